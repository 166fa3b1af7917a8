"""Who belongs together: may a mail join a conversation because it names an id of it?

By an id that its sender can know: of any mail from outside, or of a mail of ours to one person. By
a mail of ours to several (a circular), or an id of which nobody here has seen the mail, only with
somebody in common: else two strangers become one conversation, and answering one finishes the other
(docs/design.md §3 "Who belongs together"). A mail that names several conversations makes one of
them only where they have somebody in common: who forwards two customers' mails together makes no
conversation of the two. What is not known of mails taken in long ago parts nobody. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set

from proxyd.domain.ports.mail_rows import StoredLeft
from proxyd.service.mailbox.circle import Circle, in_order
from proxyd.service.mailbox.correspondents import (
    Keyed,
    each_of,
    number_of,
    overlap,
    together,
)
from proxyd.service.mailbox.model import Conversation, Message

# Of the mails with one Message-ID, the latest: a web form may give the same to all.
LOOKED_AT = 200


def may_join(
    named: Sequence[Message],
    circle: Callable[[], Circle],
    came_us: Callable[[Message], int],
    *,
    inbound: bool,
    people: Keyed,
) -> bool:
    """``named`` are the mails of the id, ``circle`` is that of the conversation, asked for only
    where the mails do not tell.

    ``people`` are those of the mail that wants to join, ``inbound`` whether it is from outside:
    what we refer to ourselves, we know.
    """
    if not inbound or any(message.inbound for message in named):
        return True
    if any(message.correspondents is None for message in named):
        return True
    present, those = circle(), each_of(people)
    if not named and present.unknown:
        return True
    to_one = bool(named) and all(map(_to_one, named))
    if not present.written:
        # The only recipient may answer from another address.
        return to_one or not those.isdisjoint(present.everybody)
    if to_one:
        asked = each_of(with_whom(named))
        if not those.isdisjoint(asked) or _is_theirs(named, asked, present, came_us):
            return True
    # That both are in a circular of ours is nothing they have in common.
    return not those.isdisjoint(present.wrote)


def is_anothers(named: Sequence[Message | StoredLeft], people: Keyed) -> bool:
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


def may_become_one(one: Circle, other: Circle, people: Keyed) -> bool:
    """Two conversations, because a mail with these ``people`` may join either of them."""
    if one.unknown or other.unknown or not (one.mails and other.mails):
        return True
    those = other.wrote.keys() or other.everybody
    return not (each_of(people).isdisjoint(those) and one.everybody.isdisjoint(those))


def _is_theirs(
    named: Sequence[Message],
    asked: Set[bytes],
    present: Circle,
    came_us: Callable[[Message], int],
) -> bool:
    """Written to one person who had written to us: nobody else has got it from us, as a circular's
    hidden recipients have.
    """
    first = min(in_order(message, came_us) for message in named)
    return any(one in present.wrote and present.wrote[one] < first for one in asked)


def with_whom(messages: Iterable[Message]) -> Keyed:
    return together(message.correspondents or b"" for message in messages)


def _to_one(message: Message) -> bool:
    return number_of(message.correspondents or b"") <= 1
