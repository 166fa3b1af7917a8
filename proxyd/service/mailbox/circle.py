"""Who has a part in a conversation, as far as is asked where a mail wants to join it.

A conversation may have thousands of mails, and each new one may name many ids of it: what they are
asked is summed up once for a change, and grows with what comes in. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from proxyd.service.mailbox.correspondents import each_of
from proxyd.service.mailbox.model import Message

# The number of what is being taken in: behind all that are here.
_NOT_YET = 1 << 62


def in_order(message: Message, came_us: Callable[[Message], int]) -> tuple[int, int]:
    """By which mails came here; of two at one time, the number of the first copy tells."""
    return came_us(message), message.origin or message.id or _NOT_YET


@dataclass(slots=True)
class Circle:
    mails: int = 0
    unknown: bool = False  # with whom one of them is
    written: bool = False  # a mail from outside is there
    everybody: set[bytes] = field(default_factory=set)
    wrote: dict[bytes, tuple[int, int]] = field(default_factory=dict)  # from outside, when first

    def take(self, messages: Iterable[Message], came_us: Callable[[Message], int]) -> None:
        for message in messages:
            self.mails += 1
            self.unknown = self.unknown or message.correspondents is None
            people = each_of(message.correspondents or b"")
            self.everybody |= people
            if message.inbound:
                self.written = True
                at = in_order(message, came_us)
                for one in people:
                    self.wrote[one] = min(at, self.wrote.get(one, at))
