"""What of a shared mailbox's mails is remembered in memory, because it never changes and is dear.

Of one mailbox, for all its people; who may see a mail is decided before anybody looks in here.
Invariant: each kind is bounded by the octets it stands for, and what was used longest ago goes
first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from proxyd.domain.header_facts import HeaderFacts
from proxyd.domain.transfer_encoding import Decoded
from proxyd.service.mailbox.model import Message

V = TypeVar("V")

Key = tuple[int, int, int]  # folder id, upstream's UIDVALIDITY and UID
PartKey = tuple[Key, bytes]  # and the section

# About a thousand octets a mail: a mailbox of 30,000 mails is sorted without asking twice.
HEADERS_OCTETS = 32 * 1024 * 1024
# 200 characters in at most 4 octets, and the entry: the previews of at least 8,000 mails.
PREVIEWS_OCTETS = 8 * 1024 * 1024
# Attachments that are being fetched in pieces; on disk, so that as many people do so at once as
# are likely to in one mailbox. The biggest mail that is taken is 64 MiB.
PARTS_OCTETS = 256 * 1024 * 1024


def key_of(message: Message) -> Key:
    return message.folder.id, message.folder.uidvalidity, message.uid


class Bounded(Generic[V]):
    """A cache of at most ``most`` octets, by the costs its users tell."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._cost = 0
        self._entries: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Hashable, value: V, cost: int) -> None:
        """What is too big for the whole of it is not kept."""
        if cost > self._most:
            return
        self._forget(key)
        self._entries[key] = value, cost
        self._cost += cost
        while self._cost > self._most:
            self._forget(next(iter(self._entries)))

    def drop(self, key: Hashable) -> None:
        """Where it is there."""
        self._forget(key)

    def drop_if(self, is_old: Callable[[Hashable], bool]) -> None:
        for key in [key for key in self._entries if is_old(key)]:
            self._forget(key)

    def _forget(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._cost -= entry[1]


def _headers() -> Bounded[HeaderFacts]:
    return Bounded(HEADERS_OCTETS)


def _previews() -> Bounded[str]:
    return Bounded(PREVIEWS_OCTETS)


def _parts() -> Bounded[Decoded]:
    return Bounded(PARTS_OCTETS)


@dataclass(slots=True)
class Remembered:
    """Of one mailbox."""

    headers: Bounded[HeaderFacts] = field(default_factory=_headers)
    previews: Bounded[str] = field(default_factory=_previews)
    parts: Bounded[Decoded] = field(default_factory=_parts)
