"""Who belongs together: may a mail join a conversation because it names an id of it?

By an id that its sender can know: of any mail from outside, or of a mail of ours to one person. By
a mail of ours to several (a circular), or an id of which nobody here has seen the mail, only with
somebody in common: else two strangers become one conversation, and answering one finishes the other
(docs/design.md §3 "Who belongs together"). A mail that names several conversations makes one of
them only where they have somebody in common: who forwards two customers' mails together makes no
conversation of the two. What is not known of mails taken in long ago parts nobody. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from proxyd.service.mailbox.correspondents import (
    Keyed,
    each_of,
    have_in_common,
    number_of,
    overlap,
    together,
)
from proxyd.service.mailbox.model import Conversation, Message

# The number of what is being taken in: behind all that are here.
_NOT_YET = 1 << 62
# Of the mails with one Message-ID, the latest: a web form may give the same to all.
LOOKED_AT = 200


def may_join(
    named: Sequence[Message],
    present: Sequence[Message],
    came_us: Callable[[Message], int],
    *,
    inbound: bool,
    people: Keyed,
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
    to_one = bool(named) and all(map(_to_one, named))
    if not written:
        # The only recipient may answer from another address.
        return to_one or have_in_common(people, with_whom(present))
    if to_one and (have_in_common(people, with_whom(named)) or _is_theirs(named, written, came_us)):
        return True
    # That both are in a circular of ours is nothing they have in common.
    return have_in_common(people, with_whom(written))


def is_anothers(named: Sequence[Message], people: Keyed) -> bool:
    """Whether a mail with these ``people`` is not the one that has had its Message-ID until now.

    An id is one sender's; a program that gives the same to all it sends (a web form) names nobody.

    Less or more of the same people are no others: an address may have become ours meanwhile.
    """
    those = each_of(people)
    return bool(those and named) and not any(
        not message.correspondents
        or each_of(message.correspondents) <= those
        or those <= each_of(message.correspondents)
        for message in named[-LOOKED_AT:]
    )


def whose(
    id_owner: Conversation, named: Iterable[tuple[Message, Conversation]], people: Keyed
) -> Conversation:
    """Of the conversations with mails of one Message-ID, the one that a mail with these ``people``
    is about: where there are several, whoever has most in common with it tells.
    """
    best, most = id_owner, 0
    for message, conversation in named:
        common = overlap(message.correspondents or b"", people)
        if common > most or (common == most and conversation is id_owner):
            best, most = conversation, common
    return best


def may_become_one(one: Sequence[Message], other: Sequence[Message], people: Keyed) -> bool:
    """Two conversations, because a mail with these ``people`` may join either of them."""
    if any(message.correspondents is None for message in (*one, *other)) or not (one and other):
        return True
    those = with_whom(message for message in other if message.inbound) or with_whom(other)
    return have_in_common(people, those) or have_in_common(with_whom(one), those)


def _is_theirs(
    named: Sequence[Message], written: Sequence[Message], came_us: Callable[[Message], int]
) -> bool:
    """Written to one person who had written to us: nobody else has got it from us, as a circular's
    hidden recipients have.
    """
    first = min(in_order(message, came_us) for message in named)
    before = (message for message in written if in_order(message, came_us) < first)
    return have_in_common(with_whom(named), with_whom(before))


def with_whom(messages: Iterable[Message]) -> Keyed:
    return together(message.correspondents or b"" for message in messages)


def in_order(message: Message, came_us: Callable[[Message], int]) -> tuple[int, int]:
    """By which mails came here; of two at one time, the number of the first copy tells."""
    return came_us(message), message.origin or message.id or _NOT_YET


def _to_one(message: Message) -> bool:
    return number_of(message.correspondents or b"") <= 1
