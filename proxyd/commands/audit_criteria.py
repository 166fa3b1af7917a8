"""What ``proxyd audit search`` and ``export`` can be asked: their options, and the query of them.

Must never let a typing error pass as "nothing found": who reads an empty answer believes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from proxyd.commands.installation import now_us
from proxyd.commands.times import parsed_time
from proxyd.domain.errors import BadInput
from proxyd.domain.events import Action
from proxyd.domain.log_period import period_of
from proxyd.domain.log_question import parsed
from proxyd.domain.machine_zone import machine_zone
from proxyd.domain.ports.access_log import LogQuery
from proxyd.service.audit.asking import query_of as query_of_question
from proxyd.service.audit.criteria import bare_id, logged_address, require_order


class OutcomeWord(StrEnum):
    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"
    UNSURE = "unsure"


TIME = 'A date (2026-01-31), a time ("2026-01-31 17:00"), or how long ago (90m, 12h, 7d).'

Person = Annotated[
    str | None, typer.Option("--person", metavar="LOGIN", help="Who; also one who is gone.")
]
Message = Annotated[
    str | None,
    typer.Option(
        "--message",
        metavar="ID",
        help="The mail's Message-ID. Also shows what was done to its conversation: who claimed, "
        "answered or finished it. A mail that has none goes by one of ours that "
        "begins with no-id-, as --action arrive shows it.",
    ),
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help=f"From then on. {TIME}")]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Before then; written likewise.")
]
What = Annotated[
    Action | None,
    typer.Option(
        "--action",
        metavar="ACTION",
        help="One of: " + ", ".join(action.value for action in Action) + ".",
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="IP",
        help="From where: the client's IP address, or a network such as 192.0.2.0/24.",
    ),
]
InMailbox = Annotated[
    str | None, typer.Option("--mailbox", metavar="NAME", help="In which shared mailbox.")
]
CameOut = Annotated[
    OutcomeWord | None, typer.Option("--outcome", help="What came of it.", show_default=False)
]
InConversation = Annotated[
    int | None,
    typer.Option(
        "--conversation", metavar="NUMBER", min=1, max=2**63 - 1, help="As the log numbers it."
    ),
]


Line = Annotated[
    str | None,
    typer.Argument(
        metavar="QUESTION",
        help="All of it as a line, as in the console, in place of the options: "
        "'person:anna action:open,copy since:7d -action:list'. Without since: seven days.",
        show_default=False,
    ),
]


def query_of_line(line: str, options: Iterable[object]) -> LogQuery:
    """Raises BadQuestion; BadInput where options were given as well."""
    if any(option is not None for option in options):
        raise BadInput("QUESTION", "there are options beside it", "write all of it in the line")
    question = parsed(line)
    return query_of_question(question, period_of(question, now_us(), machine_zone()))


def query_of(
    person: str | None,
    message: str | None,
    since: str | None,
    until: str | None,
    action: Action | None,
    address: str | None,
    mailbox: str | None,
    outcome: OutcomeWord | None,
    conversation: int | None,
) -> LogQuery:
    """Raises BadInput for what nothing could ever match."""
    now = datetime.fromtimestamp(now_us() / 1_000_000, UTC)
    since_us = parsed_time("--since", since, now) if since is not None else None
    until_us = parsed_time("--until", until, now) if until is not None else None
    require_order(since_us, until_us, since=since or "", until=until or "")
    return LogQuery(
        actor=person,
        message_id=bare_id(message) if message is not None else None,
        mailbox=mailbox,
        action=action.value if action is not None else None,
        outcome=outcome.value if outcome is not None else None,
        address=logged_address(address) if address is not None else None,
        conversation=conversation,
        since_us=since_us,
        until_us=until_us,
    )
