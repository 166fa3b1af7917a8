"""From a server's FETCH responses to the rows of the port.

A server may split a message's answer over several responses, tell flags of messages nobody asked
for, and repeat itself (RFC 9051 §7.5.2): what is told last counts, what was not asked is left out.
What can't be read costs its own mail's row and no other; ``doubtful`` names those mails. Of two
messages that claim one UID the first has it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from proxyd.domain.errors import UpstreamNoRoom
from proxyd.domain.internal_date import NO_DATE
from proxyd.domain.ports.upstream_rows import ContentRow, CopyMap, FlagRow, HeaderRow
from proxyd.domain.types import Blob
from proxyd.imapwire.dates import parse_internaldate
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.fetch_row import Flags, literal_octets, parse_flags
from proxyd.imapwire.fetch_value import can_be_told
from proxyd.imapwire.numset import STAR, NumSet
from proxyd.imapwire.octets import Octets
from proxyd.imapwire.response import (
    BadResponse,
    Count,
    Fetch,
    Junk,
    Response,
    Status,
    number_in,
)
from proxyd.upstream.spool import FileBlob

# More header than any client looks at; what is behind it is cut off in the index only.
HEADER_OCTETS = 256 * 1024
_FIELDS = b"BODY[HEADER.FIELDS"
BASICS = (b"FLAGS", b"RFC822.SIZE", b"INTERNALDATE")
# date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
_DATE = re.compile(rb"([0-9]{1,2})(-[A-Za-z]{3}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4})")
# What servers tell of any message at any time (RFC 9051 §7.5.2, RFC 7162 §3.2.4).
_UNSOLICITED = frozenset({b"FLAGS", b"MODSEQ"})


def flag_rows(untagged: Iterable[Response], asked: Collection[int] | None = None) -> list[FlagRow]:
    """In the server's order; of all that it tells of where ``asked`` is None."""
    rows: dict[int, FlagRow] = {}
    for uid, values in _merged(untagged, asked).items():
        flags = values.get(b"FLAGS")
        if isinstance(flags, bytes):
            read = parse_flags(flags)
            rows[uid] = FlagRow(uid, read.flags, read.left_out)
    return list(rows.values())


def header_rows(untagged: Iterable[Response], asked: Collection[int]) -> list[HeaderRow]:
    """Of messages that were told in full."""
    rows: list[HeaderRow] = []
    fields = b""  # how this server writes the name; the same in each row
    for uid, values in _merged(untagged, asked).items():
        if fields not in values:
            fields = next((name for name in values if name.startswith(_FIELDS)), b"")
        header, size = values.get(fields), values.get(b"RFC822.SIZE")
        flags, octets = values.get(b"FLAGS"), _text(header) if header is not None else None
        told = isinstance(flags, bytes) and isinstance(size, bytes) and number_in(size) is not None
        basics = basic_row(uid, values)
        # A mail that has octets has a header, and be it the empty line alone.
        if told and octets is not None and (octets or not basics.size):
            rows.append(replace(basics, header=octets))
    return rows


def basic_row(uid: int, values: Mapping[bytes, bytes | Blob]) -> HeaderRow:
    """What is told of flags, size and date, without a header."""
    flags, size, date = (values.get(name) for name in BASICS)
    read = parse_flags(flags) if isinstance(flags, bytes) else Flags(())
    octets = (number_in(size) or 0) if isinstance(size, bytes) else 0
    when = (_text(date) if date is not None else None) or b""
    return HeaderRow(uid, read.flags, octets, _date(when), b"", read.left_out)


def _date(raw: bytes) -> str:
    """In the form that any client can be told; NO_DATE for what is none."""
    found = _DATE.fullmatch(raw.strip())
    if found is None:
        return NO_DATE
    told = found[1].rjust(2) + found[2]
    try:
        parse_internaldate(told)
    except BadSyntax:  # that no calendar has
        return NO_DATE
    # A leap second is one on the wire (RFC 3339 §5.7), and none to whoever reckons with it.
    return told.replace(b":60 ", b":59 ").decode()


def basic_rows(untagged: Iterable[Response], asked: Collection[int]) -> list[HeaderRow]:
    return [basic_row(uid, values) for uid, values in _merged(untagged, asked).items()]


def doubtful(
    untagged: Iterable[Response], asked: Collection[int], told: Collection[int]
) -> list[int]:
    """Those of ``asked`` that were not ``told`` although the server said something of them, or
    said something unreadable that may have been about them. The others are gone.
    """
    missing = frozenset(asked).difference(told)
    if not missing:
        return []
    named: set[int] = set()
    for one in untagged:
        if isinstance(one, Junk):
            return sorted(missing)
        if isinstance(one, Fetch):
            if one.uid is not None:
                named.add(one.uid)
            elif one.broken or not one.values.keys() <= _UNSOLICITED:
                return sorted(missing)
    return sorted(missing & named)


def is_torn(untagged: Iterable[Response]) -> bool:
    """Whether a mail may be there whose flags it does not tell in a way that can be read."""
    for one in untagged:
        if isinstance(one, Junk):
            return True
        if (
            isinstance(one, Fetch)
            and one.broken
            and (one.uid is None or b"FLAGS" not in one.values)
        ):
            return True
        if isinstance(one, Fetch) and one.uid is None and b"UID" in one.values:
            return True
    return False


def content_rows(
    untagged: Iterable[Response], asked: Collection[int], attributes: Sequence[bytes]
) -> list[ContentRow]:
    """Each with what the server told of it that a client can be told.

    Raises UpstreamNoRoom where there was no room for a big one.
    """
    wanted = {attribute.upper() for attribute in attributes}
    unasked = {b"UID", b"FLAGS", b"MODSEQ"} - wanted
    rows: list[ContentRow] = []
    for uid, values in _merged(untagged, asked).items():
        kept = {
            name: value
            for name, value in values.items()
            if name not in unasked and can_be_told(name, value)
        }
        for value in kept.values():
            if isinstance(value, FileBlob) and value.error is not None:
                raise UpstreamNoRoom(f"no room for a big mail here: {value.error.strerror}")
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
    untagged: Iterable[Response], asked: Collection[int] | None
) -> dict[int, dict[bytes, bytes | Octets]]:
    wanted = frozenset(asked) if asked is not None else None
    merged: dict[int, dict[bytes, bytes | Octets]] = {}
    numbers: dict[int, int] = {}  # message number → UID: a row may leave out what was told before
    owners: dict[int, int] = {}  # UID → message number
    nameless: dict[int, dict[bytes, bytes | Octets]] = {}
    for one in untagged:
        if isinstance(one, Count) and one.name == "EXPUNGE":
            numbers.clear()  # RFC 9051 §7.5.1: those behind it have others now
            owners.clear()
        if not isinstance(one, Fetch):
            continue
        uid = one.uid
        if uid is None and b"UID" not in one.values:
            uid = numbers.get(one.number)
        if uid is None:
            nameless.setdefault(one.number, {}).update(one.values)
        elif (wanted is None or uid in wanted) and owners.setdefault(uid, one.number) == one.number:
            numbers[one.number] = uid
            merged.setdefault(uid, {}).update(one.values)
    if wanted is not None and len(wanted) == 1 == len(nameless) and not merged:
        # One was asked for and one was told of: that is the one, whatever its row leaves out.
        ((values),) = nameless.values()
        if not values.keys() <= _UNSOLICITED:
            merged[next(iter(wanted))] = values
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
        try:
            return literal_octets(value)
        except BadResponse:  # an atom where a string should be
            return value if not value.startswith(b"(") else None
    start = b""
    for chunk in value.chunks():
        start += chunk
        if len(start) >= HEADER_OCTETS:
            break
    return start[:HEADER_OCTETS]
