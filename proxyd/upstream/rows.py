"""From a server's FETCH responses to the rows of the port.

A server may split a message's answer over several responses, tell flags of messages nobody asked
for, and repeat itself (RFC 9051 §7.5.2): what is told last counts, what was not asked is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.ports import ContentRow, CopyMap, FlagRow, HeaderRow
from proxyd.domain.types import Blob
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.fetch_row import literal_octets, parse_flags
from proxyd.imapwire.numset import STAR, NumSet
from proxyd.imapwire.response import Fetch, Octets, Response, Status
from proxyd.upstream.spool import FileBlob

# More header than any client looks at; what is behind it is cut off in the index only.
HEADER_OCTETS = 256 * 1024
_FIELDS = b"BODY[HEADER.FIELDS"


def flag_rows(untagged: Iterable[Response]) -> list[FlagRow]:
    """In the server's order."""
    rows: dict[int, FlagRow] = {}
    for one in untagged:
        if not isinstance(one, Fetch):
            continue
        uid = one.uid
        flags = one.values.get(b"FLAGS")
        if uid is not None and isinstance(flags, bytes):
            rows[uid] = FlagRow(uid, parse_flags(flags))
    return list(rows.values())


def header_rows(untagged: Iterable[Response], asked: Collection[int]) -> list[HeaderRow]:
    """Of messages that were told in full."""
    rows: list[HeaderRow] = []
    fields = b""  # how this server writes the name; the same in each row
    for uid, values in _merged(untagged, asked).items():
        flags, size = values.get(b"FLAGS"), values.get(b"RFC822.SIZE")
        date = values.get(b"INTERNALDATE")
        if fields not in values:
            fields = next((name for name in values if name.startswith(_FIELDS)), b"")
        header = values.get(fields)
        if not isinstance(flags, bytes) or not isinstance(size, bytes) or header is None:
            continue
        when = (_text(date) or b"").decode("ascii", "replace") if date is not None else ""
        rows.append(HeaderRow(uid, parse_flags(flags), _number(size), when, _text(header) or b""))
    return rows


def content_rows(
    untagged: Iterable[Response], asked: Collection[int], attributes: Sequence[bytes]
) -> list[ContentRow]:
    """Raises UpstreamUnavailable where there was no room for a big one."""
    wanted = {attribute.upper() for attribute in attributes}
    unasked = {b"UID", b"FLAGS", b"MODSEQ"} - wanted
    rows: list[ContentRow] = []
    for uid, values in _merged(untagged, asked).items():
        kept = {name: value for name, value in values.items() if name not in unasked}
        for value in kept.values():
            if isinstance(value, FileBlob) and value.error is not None:
                raise UpstreamUnavailable(f"no room for a big mail here: {value.error.strerror}")
        if kept:
            rows.append(ContentRow(uid, kept))
    return rows


def copy_map(statuses: Iterable[Response], asked: int) -> CopyMap | None:
    """What all COPYUID codes together tell (RFC 4315 §3); None where there is none.

    ``asked``: the number of messages, which bounds what the sets may stand for.
    """
    uidvalidity, uids = 0, dict[int, int]()
    for status in statuses:
        if not isinstance(status, Status) or status.code != "COPYUID":
            continue
        words = status.argument.split()
        if len(words) != 3 or not words[0].isdigit():
            continue
        sources, targets = _expanded(words[1], asked), _expanded(words[2], asked)
        if sources and len(sources) == len(targets):
            uidvalidity = int(words[0])
            uids.update(zip(sources, targets, strict=True))
    return CopyMap(uidvalidity, uids) if uidvalidity else None


def append_uids(status: Status, count: int) -> tuple[int, Sequence[int]] | None:
    """APPENDUID (RFC 4315 §3) of ``count`` mails: UIDVALIDITY and their UIDs.

    None where it is missing, or not about so many.
    """
    words = status.argument.split()
    if status.code != "APPENDUID" or len(words) != 2 or not words[0].isdigit():
        return None
    uids = _expanded(words[1], count)
    return (int(words[0]), uids) if len(uids) == count else None


def _merged(
    untagged: Iterable[Response], asked: Collection[int]
) -> dict[int, dict[bytes, bytes | Octets]]:
    wanted = asked if isinstance(asked, set | frozenset) else frozenset(asked)
    merged: dict[int, dict[bytes, bytes | Octets]] = {}
    for one in untagged:
        if isinstance(one, Fetch) and (uid := one.uid) in wanted and uid is not None:
            merged.setdefault(uid, {}).update(one.values)
    return merged


def _expanded(raw: bytes, most: int) -> list[int]:
    """The numbers of a set in its order; none where it stands for more than ``most``."""
    try:
        ranges = NumSet.parse(raw).ranges
    except BadSyntax:
        return []
    # "*" is no UID that anything went to.
    if any(STAR in one for one in ranges) or sum(abs(b - a) + 1 for a, b in ranges) > most:
        return []
    return [uid for low, high in ranges for uid in range(min(low, high), max(low, high) + 1)]


def _text(value: bytes | Blob) -> bytes | None:
    if isinstance(value, bytes):
        return literal_octets(value)
    start = b""
    for chunk in value.chunks():
        start += chunk
        if len(start) >= HEADER_OCTETS:
            break
    return start[:HEADER_OCTETS]


def _number(raw: bytes) -> int:
    return int(raw) if raw.isdigit() else 0
