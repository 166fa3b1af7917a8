"""Tokens of what a server says, read as strictly as RFC 9051 §9 allows, and without any of proxyd's
own code: two readers that share a mistake would agree on it.

Everything that is not allowed is a ``Violation``. Leading zeros, NUL, bare CR or LF and 8-bit
octets in quoted strings are not allowed, though some servers send them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# RFC 9051 §9: atom-specials are ( ) { SP CTL % * " \ and ]; RFC 3501's ATOM-CHAR the same.
_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
_QUOTED = re.compile(rb'"((?:[^\x00\r\n"\\\x80-\xff]|\\["\\])*)"')
_QUOTED_UTF8 = re.compile(rb'"((?:[^\x00\r\n"\\]|\\["\\])*)"')
_LITERAL = re.compile(rb"\{(0|[1-9][0-9]*)\}\r\n")
_LITERAL8 = re.compile(rb"~\{(0|[1-9][0-9]*)\}\r\n")
_NUMBER = re.compile(rb"0|[1-9][0-9]*")
_SET = re.compile(rb"[1-9][0-9]*(?::[1-9][0-9]*)?(?:,[1-9][0-9]*(?::[1-9][0-9]*)?)*")
_FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+|\\\*')

NUMBER_MAX = 2**32 - 1
NUMBER64_MAX = 2**63 - 1  # RFC 9051 §9 number64; RFC 7162 §7 mod-sequence-value

Ranges = tuple[tuple[int, int], ...]


class Violation(AssertionError):
    """The server did what a careful client can't live with."""


@dataclass(slots=True)
class Cursor:
    """One response, literals included, without its last CRLF."""

    data: bytes
    utf8: bool = False  # RFC 6855 §3, RFC 9051 §4.3: quoted strings may hold UTF-8
    at: int = 0

    def fail(self, expected: str) -> Violation:
        return Violation(f"expected {expected} at octet {self.at} of {self.data!r}")

    @property
    def done(self) -> bool:
        return self.at == len(self.data)

    def end(self) -> None:
        if not self.done:
            raise self.fail("the end")

    def skip(self, octets: bytes) -> bool:
        found = self.data.startswith(octets, self.at)
        if found:
            self.at += len(octets)
        return found

    def eat(self, octets: bytes) -> None:
        if not self.skip(octets):
            raise self.fail(repr(octets))

    def sp(self) -> None:
        self.eat(b" ")

    def ahead(self, octets: bytes) -> bool:
        return self.data.startswith(octets, self.at)

    def take(self, pattern: re.Pattern[bytes], expected: str) -> re.Match[bytes]:
        found = pattern.match(self.data, self.at)
        if found is None:
            raise self.fail(expected)
        self.at = found.end()
        return found

    # -------------------------------------------------------------- numbers

    def number(self, *, least: int = 0, most: int = NUMBER_MAX) -> int:
        number = int(self.take(_NUMBER, "a number")[0])
        if not least <= number <= most:
            raise self.fail(f"a number from {least} to {most}, not {number}")
        return number

    def number64(self, *, least: int = 0) -> int:
        return self.number(least=least, most=NUMBER64_MAX)

    def set(self) -> Ranges:
        """sequence-set or uid-set of an answer: no "*"; ranges stay ranges, they may be huge."""
        pairs: list[tuple[int, int]] = []
        for part in self.take(_SET, "a set of numbers")[0].split(b","):
            low, colon, high = part.partition(b":")
            pair = (int(low), int(high) if colon else int(low))
            if max(pair) > NUMBER_MAX:
                raise self.fail("32-bit numbers")
            pairs.append(pair)
        return tuple(pairs)

    # -------------------------------------------------------------- strings

    def atom(self) -> str:
        return self.take(_ATOM, "an atom")[0].decode("ascii")

    def flag(self) -> str:
        return self.take(_FLAG, "a flag")[0].decode("ascii")

    def string(self) -> bytes:
        if self.ahead(b"{"):
            return self._octets(self.take(_LITERAL, "a literal"))
        found = self.take(_QUOTED_UTF8 if self.utf8 else _QUOTED, "a string")[1]
        if self.utf8:
            found.decode("utf-8")
        return re.sub(rb"\\(.)", rb"\1", found)

    def nstring(self) -> bytes | None:
        return None if self.skip(b"NIL") else self.string()

    def nstring8(self) -> bytes | None:
        """RFC 3516 §7: nstring / literal8."""
        if self.ahead(b"~"):
            return self._octets(self.take(_LITERAL8, "a literal8"), nul=True)
        return self.nstring()

    def astring(self) -> bytes:
        if self.ahead(b'"') or self.ahead(b"{"):
            return self.string()
        return self.take(_ASTRING, "an astring")[0]

    def mailbox(self) -> bytes:
        name = self.astring()
        if name.upper() == b"INBOX" and name != b"INBOX":
            raise self.fail("INBOX in upper case")
        return name

    def _octets(self, head: re.Match[bytes], *, nul: bool = False) -> bytes:
        size = int(head[1])
        octets = self.data[self.at : self.at + size]
        if len(octets) < size:
            raise self.fail(f"{size} octets")
        if not nul and b"\0" in octets:
            raise self.fail("a literal without NUL")
        self.at += size
        return octets

    # -------------------------------------------------------------- lists

    def flags(self) -> tuple[str, ...]:
        """``(\\Seen $x)``, no flag twice (RFC 9051 §2.3.2: without case)."""
        flags: list[str] = []
        self.eat(b"(")
        while not self.skip(b")"):
            if flags:
                self.sp()
            flags.append(self.flag())
        if len({flag.lower() for flag in flags}) < len(flags):
            raise self.fail("each flag once")
        return tuple(flags)


def numbers_in(ranges: Ranges) -> list[int]:
    """In the order written (RFC 4315 §3: a range of COPYUID counts upwards whatever its order)."""
    return [n for low, high in ranges for n in range(min(low, high), max(low, high) + 1)]


def holds(ranges: Ranges, number: int) -> bool:
    return any(min(pair) <= number <= max(pair) for pair in ranges)
