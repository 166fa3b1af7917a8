"""Who belongs together: may a mail join a conversation because it names an id of it?

By an id that its sender can know: of any mail from outside, or of a mail of ours to one person.
By a mail of ours to several (a circular), or an id of which nobody here has seen the mail, only
with somebody in common: else two strangers become one conversation, and answering one finishes the
other (DESIGN.md §3). What is not known of mails taken in long ago parts nobody. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from proxyd.service.mailbox.correspondents import Keyed, have_in_common, number_of, together
from proxyd.service.mailbox.model import Message


def may_join(
    named: Sequence[Message], present: Sequence[Message], *, inbound: bool, people: Keyed
) -> bool:
    """``named`` are the mails of the id, ``present`` all of the conversation.

    ``people`` are those of the mail that wants to join, ``inbound`` whether it is from outside:
    what we refer to ourselves, we know.
    """
    if not inbound or any(message.inbound for message in named):
        return True
    if any(message.correspondents is None for message in (named or present)):
        return True
    written = [message for message in present if message.inbound]
    if written:
        # That both are in a circular of ours is nothing they have in common.
        return have_in_common(people, with_whom(written))
    # The only recipient may answer from another address.
    to_one = bool(named) and all(_to_one(message) for message in named)
    return to_one or have_in_common(people, with_whom(present))


def with_whom(messages: Iterable[Message]) -> Keyed:
    return together(message.correspondents or b"" for message in messages)


def _to_one(message: Message) -> bool:
    return number_of(message.correspondents or b"") <= 1
