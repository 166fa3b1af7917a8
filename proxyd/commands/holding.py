"""``proxyd conversation hold``: who waits is asked to wait, until a day or without one."""

from __future__ import annotations

from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, say, say_json
from proxyd.commands.conversation import Mailbox
from proxyd.commands.installation import Installation, within
from proxyd.commands.ordering import of_mailbox_named
from proxyd.commands.parting import only_candidate
from proxyd.commands.times import local_time
from proxyd.domain.ports.orders import Outcome, Wanted


def hold(
    wanted: Annotated[
        str, typer.Argument(metavar="NUMBER|MESSAGE-ID", help="As the list or the log has it.")
    ],
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="DAY",
            help="tomorrow, a weekday, 3d, 2w or 2026-12-24; without it, it stays on hold.",
        ),
    ] = None,
    mailbox: Mailbox = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Put a conversation on hold; on that day, when the office opens, it is open again.

    On hold it is never overdue. A new mail from the customer opens it at once. In a mail client
    the folders below "On hold" do the same. The proxy may run or not.
    """
    asked = wanted.strip().strip("<>")
    at = within(config, lambda at: at.store.read(lambda tx: only_candidate(tx, asked, mailbox)))

    async def work(there: Installation) -> Outcome:
        by = there.actor
        order = Wanted(by.name, by.origin, one=at.number, hold=True, until=(until or "").strip())
        return await of_mailbox_named(there, at.mailbox, order)

    done = within(config, work)
    when = local_time(done.until_us) if done.until_us else None
    if as_json:
        say_json({"conversation": done.kept, "until": when})
    elif when is None:
        say(f"Conversation {done.kept} of {at.mailbox} is on hold.")
    else:
        say(f"Conversation {done.kept} of {at.mailbox} is on hold until {when}.")
