"""The folder tree of one person, and what is counted of each view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DELIMITER = "/"  # between levels of a view's name, whatever the upstream uses


class Special(StrEnum):
    """SPECIAL-USE attributes (RFC 6154 §2); a virtual folder has none."""

    ARCHIVE = "\\Archive"
    DRAFTS = "\\Drafts"
    JUNK = "\\Junk"
    SENT = "\\Sent"
    TRASH = "\\Trash"


@dataclass(frozen=True, slots=True)
class ViewInfo:
    """A line of the folder tree of one person."""

    name: str
    selectable: bool
    subscribed: bool
    children: bool
    special: Special | None = None
    virtual: bool = False
    id: str = ""  # as ``ViewCounts.mailbox_id``; a mere level above others has none


@dataclass(frozen=True, slots=True)
class ViewCounts:
    messages: int
    unseen: int
    uidnext: int
    uidvalidity: int
    size: int  # octets, sum of RFC822.SIZE
    deleted: int  # messages with \\Deleted
    highest_modseq: int  # RFC 7162 §3.1.2.1; never 0
    mailbox_id: str  # RFC 8474 §4: stays through RENAME
    deleted_size: int = 0  # octets of the messages with \\Deleted (RFC 9208 §4.1.4)
    recent: int = 0  # messages no SELECT of this person was told of (RFC 3501 §6.3.10)


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Prefixes, each ending in the delimiter or empty (RFC 2342)."""

    personal: tuple[str, ...]
    shared: tuple[str, ...]
