"""``proxyd conversation …``: what is being worked at, and who did what with it."""

from __future__ import annotations

from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, note, say, say_json, say_table
from proxyd.commands.history_words import told, who
from proxyd.commands.installation import Installation, within
from proxyd.commands.known import check_listed
from proxyd.commands.later import group_of
from proxyd.commands.times import local_time
from proxyd.domain.ports.access_log import StoredRecord
from proxyd.domain.ports.conversations import ConversationRow
from proxyd.service.audit.history import ConversationHistory, Histories

app = group_of(
    "Conversations: who has them, and their history.",
    {
        "split": "parting:split",
        "join": "parting:join",
        "hold": "holding:hold",
        "assign": "assigning:assign",
    },
)

Mailbox = Annotated[
    str | None,
    typer.Option("--mailbox", metavar="NAME", help="Where several mailboxes have the mail."),
]


@app.command()
def show(
    wanted: Annotated[
        str, typer.Argument(metavar="NUMBER|MESSAGE-ID", help="As the list or the log has it.")
    ],
    mailbox: Mailbox = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Who did what with a conversation, and when. Asking is recorded in the access log.

    A mail without a Message-ID goes by a word that the proxy has made for it (no-id-) in the
    log's column MESSAGE: look for the time it came in with "proxyd audit search --action arrive".
    """

    async def work(at: Installation) -> ConversationHistory:
        return await Histories(at.store).of(wanted, by=at.actor, mailbox=mailbox)

    history = within(config, work)
    if as_json:
        say_json(_as_json(history))
        return
    say(_head(history))
    if not history.records:
        say(_from_before(history))
        return
    rows = [
        [
            local_time(one.at_us),
            who(one.record),
            told(one.record),
            one.record.message_id,
            _from(one),
        ]
        for one in history.records
    ]
    say_table(["TIME", "PERSON", "WHAT", "MESSAGE", "FROM"], rows)
    if history.cut:
        note("There is more: proxyd audit search --message ID")


@app.command("list")
def show_all(
    mailbox: Annotated[str | None, typer.Option("--mailbox", metavar="NAME")] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="KEY", help="Such as open or hold.")
    ] = None,
    assignee: Annotated[
        str | None, typer.Option("--assignee", metavar="LOGIN", help='"" for nobody.')
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 100,
    *,
    empty: Annotated[
        bool, typer.Option("--all", help="Also those whose mails are all gone.")
    ] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """What is being worked at; what was changed last comes first. No subjects, no bodies.

    Asking is recorded in the access log.
    """

    async def work(at: Installation) -> list[ConversationRow]:
        who = assignee.strip().lower() if assignee is not None else None
        found = await Histories(at.store).all(
            by=at.actor, mailbox=mailbox, status=status, assignee=who, limit=limit, empty=empty
        )
        if not found:
            keys = [one.key for one in at.settings.workflow.statuses]
            await check_listed(at, status, who, keys)
        return found

    found = within(config, work)
    if as_json:
        say_json([_row(one) for one in found])
        return
    say_table(_COLUMNS, [_told(one) for one in found])


_COLUMNS = [
    "NUMBER", "MAILBOX", "STATUS", "ASSIGNEE", "CHANGED", "WAITS SINCE", "OVERDUE", "HOLD UNTIL",
]  # fmt: skip


def _told(one: ConversationRow) -> list[str]:
    row = _row(one) | {"overdue": "yes" if one.overdue else None}
    return ["" if value is None else str(value) for value in row.values()]


def _row(one: ConversationRow) -> dict[str, object]:
    return {
        "number": one.number,
        "mailbox": one.mailbox,
        "status": one.status,
        "assignee": one.assignee,
        "changed": local_time(one.changed_us),
        "waits_since": local_time(one.waits_us) if one.waits_us else None,
        "overdue": one.overdue,
        "hold_until": local_time(one.until_us) if one.until_us else None,
    }


def _head(history: ConversationHistory) -> str:
    if history.present is None:
        return "Only the access log still tells of it."
    present = history.present
    whose = f"in the hands of {present.assignee}" if present.assignee else "nobody's"
    former = ", ".join(map(str, history.numbers[1:]))
    joined = f"; formerly also {former}" if former else ""
    until = f" until {local_time(present.until_us)}" if present.until_us else ""
    waits = f"; waits since {local_time(present.waits_us)}" if present.waits_us else ""
    late = "; overdue" if present.overdue else ""
    now = f"{present.status}{until}, {whose}{joined}{waits}{late}"
    return f"Conversation {present.number} of {present.mailbox}: {now}"


def _from_before(history: ConversationHistory) -> str:
    """Every mail that came in since is recorded, and whatever was done with one."""
    return (
        "The access log tells nothing of it: it was there before the proxy, and nobody has done "
        f"anything with it since. Mails that belong to it: {', '.join(history.message_ids)}"
    )


def _as_json(history: ConversationHistory) -> dict[str, object]:
    return {
        "conversation": _row(history.present) if history.present else None,
        "numbers": list(history.numbers),
        "messages": list(history.message_ids),
        "complete": not history.cut,
        "history": [
            {
                "number": one.number,
                "time": local_time(one.at_us),
                "person": who(one.record),
                "what": told(one.record),
                "action": one.record.action,
                "outcome": one.record.outcome,
                "message": one.record.message_id,
                "from": _from(one),
            }
            for one in history.records
        ],
    }


def _from(one: StoredRecord) -> str:
    origin = one.record.origin
    return " ".join(part for part in (origin.address, origin.client) if part) or origin.door
