"""What APPEND brings, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.domain.errors import Refused
from proxyd.domain.types import Blob


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What APPEND brings: one of them, or several that are stored all or none (RFC 3502)."""

    flags: tuple[str, ...]
    internal_date: str | None  # "17-Jul-1996 02:44:25 -0700"; None = now
    content: Blob
    binary: bool = False  # it came as a literal8, and may hold NUL (RFC 3516 §4.4)


@dataclass(frozen=True, slots=True)
class AppendResult:
    uidvalidity: int
    uids: tuple[int, ...]  # in the order of the messages; empty: stored, and not known where
    refused: Refused | None = None  # of its flags: somebody was faster, and stored it is


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of a message that is stored already (CATENATE, RFC 4469; IMAP URL, RFC 5092)."""

    view: str
    uidvalidity: int | None
    uid: int
    section: bytes  # as in BODY[section]; empty = the whole message
    partial: tuple[int, int] | None  # first octet, most octets
