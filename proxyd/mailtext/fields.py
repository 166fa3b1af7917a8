"""The fields of a message's or body part's header: names, raw octets, unfolded values.

Invariants: no octet is changed but by unfolding; joining every ``raw`` gives the header back (but
for its closing blank line).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Far above what mail servers accept as a header (Postfix: header_size_limit 102,400).
MAX_HEADER = 262_144

# A field is a line and the lines after it which begin with white space (RFC 5322 §2.2.3). A lone LF
# ends a line too: mail that came in by APPEND may have it.
_FOLDED = rb"[^\n]*+(?:\n[ \t][^\n]*+)*+"
_LINE = re.compile(_FOLDED + rb"\n?")
_PAIR = re.compile(rb"([^\n:]*+):(" + _FOLDED + rb")\n?|" + _FOLDED + rb"\n?")
_BLANK = re.compile(rb"\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]")
_HEADER_END = re.compile(rb"\n\r?\n")
_BLANK_AT_END = re.compile(rb"\n\r?\n\Z")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field. ``name`` is upper case; "" for a line that is no field."""

    name: bytes
    raw: bytes

    @property
    def value(self) -> bytes:
        return unfolded(self.raw.partition(b":")[2])


class Header:
    """The values of a header's fields, found in one pass; a body behind it is disregarded."""

    __slots__ = ("_values",)

    def __init__(self, raw: bytes) -> None:
        raw = raw[:MAX_HEADER]
        self._values: dict[bytes, list[bytes]] = {}
        values = self._values
        for name, value in _PAIR.findall(raw, 0, header_end(raw)):
            if name:
                values.setdefault(name.strip(b" \t").upper(), []).append(value)

    def first(self, name: bytes) -> bytes:
        """Of the upper-case name; of doubles the first counts, as in Dovecot. b"" for none."""
        found = self._values.get(name)
        return unfolded(found[0]) if found else b""

    def all(self, name: bytes) -> Iterator[bytes]:
        return map(unfolded, self._values.get(name, ()))

    def __contains__(self, name: bytes) -> bool:
        return name in self._values


def header_end(raw: bytes, start: int = 0, limit: int | None = None) -> int:
    """Where the body begins: after the first blank line, or ``limit`` when there is none."""
    limit = len(raw) if limit is None else limit
    blank = _BLANK.match(raw, start, limit) or _HEADER_END.search(raw, start, limit)
    return limit if blank is None else blank.end()


def fields(header: bytes) -> list[Field]:
    """The fields in order; ends at the blank line."""
    found: list[Field] = []
    for line in _LINE.findall(header):
        if not line or _BLANK.fullmatch(line):
            break
        name, colon, _ = line.partition(b":")
        is_field = colon and b"\n" not in name
        found.append(Field(name.strip(b" \t").upper() if is_field else b"", line))
    return found


def fields_within(raw: bytes, most: int = MAX_HEADER) -> list[Field]:
    """Those that stand whole in the first ``most`` octets of a mail: what a reader can take in
    whatever a sender wrote. At least one, so that a mail of one endless field has that.
    """
    head = raw[:most]
    found = fields(head)
    is_cut = len(raw) > most and header_end(head) == most and not _BLANK_AT_END.search(head)
    return found[:-1] if is_cut and len(found) > 1 else found


def first(found: list[Field], name: bytes) -> bytes | None:
    """The value of the first field of that (upper-case) name."""
    return next((field.value for field in found if field.name == name), None)


def unfolded(value: bytes) -> bytes:
    """RFC 5322 §2.2.3; the white space which a line was folded at becomes one space."""
    if b"\n" in value:
        value = _FOLD.sub(b" ", value)
    return value.strip(b" \t\r\n")
