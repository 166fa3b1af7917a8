"""What the provider tells, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxyd.domain.types import Blob


@dataclass(frozen=True, slots=True)
class UpstreamFolder:
    name: str  # UTF-8, with the upstream's own delimiter
    delimiter: str  # "" where the hierarchy is flat
    attributes: frozenset[str]  # lower case, with the backslash: "\\sent", "\\noselect"

    @property
    def selectable(self) -> bool:
        return not self.attributes & {"\\noselect", "\\nonexistent"}


@dataclass(frozen=True, slots=True)
class FolderStatus:
    uidvalidity: int
    uidnext: int  # 0 where the server does not say it
    messages: int
    highestmodseq: int | None  # None where the server has no CONDSTORE


@dataclass(frozen=True, slots=True)
class FlagRow:
    """``left_out``: how many of the provider's words can't be flags, and are shown to nobody."""

    uid: int
    flags: tuple[str, ...]  # without \\Recent
    left_out: int = 0
    known: bool = True  # False: the mail is there, and its flags can't be told


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """What the index needs of a message.

    ``trouble``: why the provider does not tell it; then the rest is as far as it is known, and the
    header is empty.
    """

    uid: int
    flags: tuple[str, ...]
    size: int  # 0 where it is not known
    # As on the wire, without the quotes: "17-Jul-1996 02:44:25 -0700"; NO_DATE for what is none.
    internal_date: str
    header: bytes  # the header fields asked for, raw, with CRLF
    left_out: int = 0  # see FlagRow
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ContentRow:
    """Answered FETCH attributes of one message, in the server's order.

    Keys are the attribute names as the server wrote them (``BODY[1.2]<0>``), without UID and FLAGS
    unless asked for. A value is the wire text verbatim (quoted string, NIL, list, or a literal with
    its ``{n}CRLF``), or a Blob (spooled): the literal's octets alone.

    ``trouble``: why the provider does not tell all that was asked for of this mail.
    """

    uid: int
    values: Mapping[bytes, bytes | Blob]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class CopyMap:
    """COPYUID (RFC 4315 §3): where each source UID went in the target folder."""

    uidvalidity: int
    uids: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class UpstreamQuota:
    """A quota root (RFC 9208 §3.2) as the provider calls it, and its numbers."""

    root: str
    resources: tuple[tuple[str, int, int], ...]  # (name in upper case, usage, limit)


@dataclass(frozen=True, slots=True)
class AppendedMail:
    """One of several mails for one APPEND."""

    flags: tuple[str, ...]
    internal_date: str | None
    content: Blob
    binary: bool = False  # it holds NUL
