"""What an outgoing mail is to its conversation: an answer, an answer to what is not the last, a
forward (docs/design.md §3 "What an answer is").

An answer goes to a correspondent of what it answers: From, Reply-To, To or Cc outside of us. It
finishes only where nothing from outside has come after that, but what has its own answer (the mail
of a supplier who was thanked before); "after" is by our own clock, since clocks differ, and for
what was there before us by the provider's. The same mail delivered once more came when it came
first. What is not known of old mails counts for the answer. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from proxyd.domain.workflow.table import ANSWERED
from proxyd.service.mailbox.belonging import with_whom
from proxyd.service.mailbox.circle import in_order
from proxyd.service.mailbox.correspondents import Keyed, have_in_common
from proxyd.service.mailbox.model import Message


def is_answer(refers_to: Sequence[str], present: Sequence[Message], recipients: Keyed) -> bool:
    """``refers_to`` are the ids it names, ``present`` the other mails of the conversation."""
    inbound = [message for message in present if message.inbound]
    named = set(refers_to)
    asked = [message for message in inbound if message.message_id in named] or inbound or present
    if not asked or any(message.correspondents is None for message in asked):
        return True
    return have_in_common(recipients, with_whom(asked))


def newest_from_outside(
    present: Iterable[Message], came_us: Callable[[Message], int]
) -> Message | None:
    """The last that came, of a person where one has written."""
    inbound = [message for message in present if message.inbound]
    people = [message for message in inbound if not message.automatic]
    return max(people or inbound, key=came_us, default=None)


def came_since(
    answered: Iterable[Message],
    present: Iterable[Message],
    came_us: Callable[[Message], int],
    has_own: Callable[[Message], bool],
) -> bool:
    """Whether a person outside has written after each of ``answered``, and was not answered.

    ``has_own``: whether there is an answer to what is marked \\Answered.
    """
    mails = list(answered)
    last = max((in_order(message, came_us) for message in mails), default=None)
    if last is None:
        return False
    ids = {message.message_id for message in mails}
    return any(
        in_order(message, came_us) > last
        for message in present
        if message.inbound and message.folder.working and not message.automatic
        if message.message_id not in ids  # a copy of it, in another folder
        if ANSWERED not in message.flags or not has_own(message)
    )


def given_us(
    answer: Message,
    answered: Iterable[Message],
    present: Iterable[Message],
    came_us: Callable[[Message], int],
) -> int:
    """When an answer was given that lies in Sent, by our clock: when it came to us.

    Mails and answers come in any order after a time without the provider, which has dated both:
    what it dates after the answer came later, unless that is what was answered.
    """
    dated = answer.received_us
    if not dated:
        return came_us(answer)
    before = max((came_us(each) for each in answered), default=0)
    later = (came_us(each) for each in present if each.inbound and each.received_us > dated)
    times = [came for came in later if came > before]
    return max(before + 1, min([came_us(answer), *times]))
