"""``proxyd conversation split`` and ``join``: what rules have put together wrongly, or apart."""

from __future__ import annotations

from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, agreed, say, say_json
from proxyd.commands.conversation import Mailbox
from proxyd.commands.installation import Installation, within
from proxyd.commands.ordering import of_mailbox_named
from proxyd.domain.errors import BadInput
from proxyd.domain.nearly import meant
from proxyd.domain.ports.conversations import ConversationRow
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.orders import Outcome, Wanted
from proxyd.service.audit.history import number_now

Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
MessageId = Annotated[
    str,
    typer.Argument(metavar="MESSAGE-ID", help="Of the first mail that shall go, from its source."),
]


def split(
    message_id: MessageId,
    mailbox: Mailbox = None,
    config: Config = None,
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make a conversation of its own of a mail and all that refer to it.

    What the mail itself refers to stays. Both have the status and assignee that they had
    together; only where just the other one has the answer to its last mail, a part that was done
    is open again. A later reply goes with the nearest mail that it names, and joins the two no
    more: "join" does. The proxy may run or not.
    """
    wanted = message_id.strip().strip("<>")
    at = within(config, lambda at: at.store.read(lambda tx: _of_mail(tx, wanted, mailbox)))
    agreed(f"Split {wanted} off from conversation {at.number} of {at.mailbox}?", yes=yes)

    async def work(there: Installation) -> Outcome:
        by = there.actor
        return await of_mailbox_named(
            there, at.mailbox, Wanted(by.name, by.origin, message_id=wanted)
        )

    done = within(config, work)
    if as_json:
        say_json({"from": done.kept, "conversation": done.other, "mails": done.mails})
    else:
        say(f"Conversation {done.other} has mails of conversation {done.kept} now: {done.mails}")


def join(
    one: Annotated[str, typer.Argument(metavar="A", help="A conversation's number or Message-ID.")],
    other: Annotated[str, typer.Argument(metavar="B", help="The same, of the other one.")],
    mailbox: Mailbox = None,
    config: Config = None,
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make one conversation of two of the same mailbox; what was split as well.

    It keeps the number of the older one, the status of both that is further from done, and the
    older one's assignee, if that has one. The proxy may run or not.
    """
    asked = [each.strip().strip("<>") for each in (one, other)]
    pair = within(config, lambda at: at.store.read(lambda tx: _both(tx, asked, mailbox)))
    numbers = sorted(each.number for each in pair)
    agreed(f"Join conversations {numbers[0]} and {numbers[1]} of {pair[0].mailbox}?", yes=yes)

    async def work(there: Installation) -> Outcome:
        by = there.actor
        wanted = Wanted(by.name, by.origin, one=numbers[0], other=numbers[1])
        return await of_mailbox_named(there, pair[0].mailbox, wanted)

    done = within(config, work)
    if as_json:
        say_json({"conversation": done.kept, "joined": done.other, "mails": done.mails})
    else:
        say(
            f"Conversation {done.kept} has the mails of conversation {done.other} now: {done.mails}"
        )


def _both(tx: Transaction, asked: list[str], mailbox: str | None) -> list[ConversationRow]:
    """Two different ones of one mailbox. Raises BadInput."""
    found = [_candidates(tx, each, mailbox) for each in asked]
    shared = {one.mailbox for one in found[0]} & {one.mailbox for one in found[1]}
    if not shared:
        told = [f"{one[0].number} is of {one[0].mailbox}" for one in found]
        problem = f"{told[0]} and {told[1]}"
        raise BadInput("A B", problem, "only conversations of one mailbox can be joined")
    pair = [
        _only(each, [c for c in row if c.mailbox in shared])
        for each, row in zip(asked, found, strict=True)
    ]
    if pair[0].number == pair[1].number:
        problem = f"both are conversation {pair[0].number}"
        raise BadInput("A B", problem, "name another one")
    return pair


def _of_mail(tx: Transaction, message_id: str, mailbox: str | None) -> ConversationRow:
    """Raises BadInput."""
    if tx.conversations.of_message(message_id):
        return _only(message_id, _candidates(tx, message_id, mailbox))
    if message_id.isdecimal() and tx.conversations.find(int(message_id[:18])):
        problem = f"{message_id} is the number of a conversation"
        raise BadInput("MESSAGE-ID", problem, "name the first mail that shall go")
    raise _unknown(tx, message_id)


def only_candidate(tx: Transaction, asked: str, mailbox: str | None) -> ConversationRow:
    """The one with this number or Message-ID. Raises BadInput."""
    return _only(asked, _candidates(tx, asked, mailbox))


def _candidates(tx: Transaction, asked: str, mailbox: str | None) -> list[ConversationRow]:
    if mailbox is not None and tx.mailboxes.find(mailbox) is None:
        names = [one.name for one in tx.mailboxes.all()]
        instead = meant(mailbox, names) or "see: proxyd mailbox list"
        raise BadInput("--mailbox", f"there is no mailbox {mailbox!r}", instead)
    numbers: list[int | None] = [*tx.conversations.of_message(asked)] or [number_now(tx, asked)]
    rows = [tx.conversations.find(number) for number in numbers if number is not None]
    present = [row for row in rows if row is not None]
    if not present:
        raise _unknown(tx, asked)
    found = [row for row in present if mailbox in (None, row.mailbox)]
    if not found:
        where = ", ".join(row.mailbox for row in present)
        raise BadInput("--mailbox", f"{asked} is not in {mailbox!r}", f"it is in: {where}")
    return found


def _only(asked: str, rows: list[ConversationRow]) -> ConversationRow:
    if len(rows) > 1:
        where = ", ".join(row.mailbox for row in rows)
        raise BadInput("--mailbox", f"several mailboxes have {asked}", f"write one of: {where}")
    return rows[0]


def _unknown(tx: Transaction, asked: str) -> BadInput:
    if asked.isdecimal():
        problem = f"there is no conversation {asked}"
        return BadInput("NUMBER", problem, "see: proxyd conversation list")
    instead = meant(asked, tx.conversations.like(asked))
    instead = instead or "copy the Message-ID from the mail's source, as in <id@example.com>"
    return BadInput("MESSAGE-ID", f"no mail {asked!r} was ever here", instead)
