"""``proxyd conversation assign``: somebody else goes on with it, or nobody for now."""

from __future__ import annotations

from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, say, say_json
from proxyd.commands.conversation import Mailbox
from proxyd.commands.installation import Installation, within
from proxyd.commands.ordering import of_mailbox_named
from proxyd.commands.parting import only_candidate
from proxyd.domain.errors import BadInput
from proxyd.domain.ports.orders import Outcome, Wanted


def assign(
    wanted: Annotated[
        str, typer.Argument(metavar="NUMBER|MESSAGE-ID", help="As the list or the log has it.")
    ],
    to: Annotated[str | None, typer.Argument(metavar="LOGIN", help="Who goes on with it.")] = None,
    mailbox: Mailbox = None,
    config: Config = None,
    *,
    nobody: Annotated[bool, typer.Option("--nobody", help="It is nobody's for now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give a conversation to a colleague, whoever has it now; its status stays.

    In a mail client the folder of that colleague does the same. The proxy may run or not.
    """
    if (to is None) is not nobody:
        raise BadInput("LOGIN", "it is to be somebody or nobody", "write a login, or --nobody")
    asked, login = wanted.strip().strip("<>"), (to or "").strip().lower()
    at = within(config, lambda at: at.store.read(lambda tx: only_candidate(tx, asked, mailbox)))

    async def work(there: Installation) -> Outcome:
        by = there.actor
        order = Wanted(by.name, by.origin, one=at.number, assign=True, to=login)
        return await of_mailbox_named(there, at.mailbox, order)

    done = within(config, work)
    if as_json:
        say_json({"conversation": done.kept, "assignee": login or None})
    elif login:
        say(f"Conversation {done.kept} of {at.mailbox} is in the hands of {login}.")
    else:
        say(f"Conversation {done.kept} of {at.mailbox} is nobody's.")
