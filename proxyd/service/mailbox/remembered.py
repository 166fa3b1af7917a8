"""What of a shared mailbox's mails is remembered in memory, because it never changes and is dear.

Of one mailbox, for all its people; who may see a mail is decided before anybody looks in here.
Invariant: each kind is bounded by the octets it stands for, and what was used longest ago goes
first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from proxyd.domain.bounded import Bounded
from proxyd.domain.header_facts import HeaderFacts
from proxyd.domain.transfer_encoding import Decoded
from proxyd.service.mailbox.model import Message

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
