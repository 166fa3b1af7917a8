"""Draws the words of commands: what a client may send for a value, in any of its spellings.

Each method returns the octets and the value that must be read from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from hypothesis import strategies as st

from proxyd.imapwire import mutf7
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.imapwire.frame import Literal
from proxyd.imapwire.numset import SAVED_RESULT, NumSet, SavedResult

T = TypeVar("T")
U = TypeVar("U")
Written = tuple[bytes, T]

ATOM = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]+")
NAMES = st.one_of(
    st.sampled_from(["INBOX", "INBOX/a", "Sent", "対応済み", "a b", "&", "é&-", "(x)", "", '"\\"']),
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12),
)
FLAGS = ["\\Seen", "\\Deleted", "\\Answered", "\\Flagged", "\\Draft", "$x", "$status-a", "a=b"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
PARTS = st.lists(st.integers(1, 2**32), min_size=1, max_size=3).map(
    lambda numbers: ".".join(map(str, numbers)).encode()
)
MODSEQ = st.integers(0, 2**63 - 1)
NUMBER = st.integers(0, 2**32 - 1)


def joined(*pieces: bytes) -> bytes:
    """With one space between what is not empty."""
    return b" ".join(piece for piece in pieces if piece)


class Words:
    def __init__(self, draw: st.DrawFn, *, utf8: bool) -> None:
        self.draw = draw
        self.utf8 = utf8

    def word(self, word: str) -> bytes:
        """A name of the protocol: they have no case."""
        spell = self.draw(st.sampled_from([str.upper, str.lower, str.title]))
        return spell(word).encode()

    def one_of(self, words: Sequence[str]) -> Written[str]:
        word = self.draw(st.sampled_from(sorted(words)))
        return self.word(word), word

    def listed(self, item: Callable[[], Written[T]], low: int, high: int) -> Written[list[T]]:
        """``(a b c)``."""
        wires, values = self.several(item, low, high)
        return b"(" + b" ".join(wires) + b")", values

    def several(
        self, item: Callable[[], Written[T]], low: int, high: int
    ) -> tuple[list[bytes], list[T]]:
        pairs = [item() for _ in range(self.draw(st.integers(low, high)))]
        return [wire for wire, _ in pairs], [value for _, value in pairs]

    def maybe(self, write: Callable[[], Written[T]], otherwise: U) -> Written[T | U]:
        return write() if self.draw(st.booleans()) else (b"", otherwise)

    # ------------------------------------------------------------ strings

    def string(self, data: bytes) -> bytes:
        if re.search(rb"[\r\n\0]", data) or self.draw(st.booleans()):
            return self.literal(data)
        return b'"' + re.sub(rb'(["\\])', rb"\\\1", data) + b'"'

    def literal(self, data: bytes, *, binary: bool = False) -> bytes:
        return b"%b{%d+}\r\n%b" % (b"~" if binary else b"", len(data), data)

    def astring(self, data: bytes) -> bytes:
        if ATOM.fullmatch(data) and self.draw(st.booleans()):
            return data
        return self.string(data)

    def mailbox(self) -> Written[str]:
        name = self.draw(NAMES)
        first, slash, rest = name.partition("/")
        value = "INBOX" + slash + rest if first.upper() == "INBOX" else name
        plain = self.utf8 or (not name.isascii() and self.draw(st.booleans()))
        return self.astring(name.encode() if plain else mutf7.encode(name)), value

    def label(self) -> Written[str]:
        name = self.draw(NAMES)
        return self.astring(name.encode()), name

    def text(self) -> Written[bytes]:
        """A search string in UTF-8."""
        characters = st.characters(exclude_characters="\0", exclude_categories=("Cs",))
        data = self.draw(st.text(characters, max_size=12)).encode()
        return self.string(data), data

    def message(self) -> Written[Literal]:
        data = self.draw(st.binary(max_size=30))
        binary = self.draw(st.booleans())
        return self.literal(data, binary=binary), Literal(data, len(data), binary)

    # ------------------------------------------------------------ numbers, flags, days

    def number(self, numbers: st.SearchStrategy[int]) -> Written[int]:
        value = self.draw(numbers)
        return b"%d" % value, value

    def numset(self, *, star: bool = True) -> Written[NumSet]:
        end = st.integers(0 if star else 1, 2**32 - 1) | st.integers(1, 99)
        ranges = tuple(self.draw(st.lists(st.tuples(end, end), min_size=1, max_size=4)))
        value = NumSet(tuple((a, a) if self.draw(st.booleans()) else (a, b) for a, b in ranges))
        return ",".join(self._range(*one) for one in value.ranges).encode(), value

    def _range(self, low: int, high: int) -> str:
        first, last = str(low or "*"), str(high or "*")
        return first if low == high else f"{first}:{last}"

    def messages(self) -> Written[NumSet | SavedResult]:
        return (b"$", SAVED_RESULT) if self.draw(st.integers(0, 9)) == 0 else self.numset()

    def flag(self) -> Written[str]:
        flag = self.draw(st.sampled_from(FLAGS))
        return (self.word(flag) if flag.startswith("\\") else flag.encode()), flag

    def flags(self) -> Written[tuple[str, ...]]:
        wire, values = self.listed(self.flag, 0, 4)
        return wire, tuple(dict.fromkeys(values))

    def day(self) -> Written[date]:
        day = self.draw(st.dates())
        text = f"{day.day}-{MONTHS[day.month - 1]}-{day.year:04}".encode()
        return (text if self.draw(st.booleans()) else b'"' + text + b'"'), day

    def date_time(self) -> Written[str]:
        day, number = self.draw(st.dates()), self.draw(st.integers(0, 59))
        rest = f"-{MONTHS[day.month - 1]}-{day.year:04} {number % 24:02}:{number:02}:59 -0930"
        return f'"{day.day:2}{rest}"'.encode(), f"{day.day:02}{rest}"

    # ------------------------------------------------------------ attributes

    def attribute(self) -> Written[FetchAttribute]:
        kind = self.draw(st.integers(0, 3))
        if kind == 0:
            return self._section()
        if kind == 1:
            return self._binary()
        wire, name = self.one_of(
            [
                *("FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "RFC822"),
                *("BODYSTRUCTURE", "MODSEQ", "EMAILID", "THREADID", "SAVEDATE", "PREVIEW"),
            ]
        )
        if name == "PREVIEW" and self.draw(st.booleans()):
            return wire + b" (" + self.word("LAZY") + b")", FetchAttribute(name, lazy=True)
        return wire, FetchAttribute(name)

    def _partial(self) -> Written[tuple[int, int] | None]:
        def some() -> Written[tuple[int, int]]:
            first, most = self.draw(NUMBER), self.draw(st.integers(1, 2**32 - 1))
            return b"<%d.%d>" % (first, most), (first, most)

        return self.maybe(some, None)

    def _section(self) -> Written[FetchAttribute]:
        part = self.draw(st.just(b"") | PARTS)
        text = self.draw(st.sampled_from([b"", b"HEADER", b"TEXT", b"MIME", b"HEADER.FIELDS"]))
        if text == b"MIME" and not part:
            text = b""
        if text == b"HEADER.FIELDS":
            text += b" (TO X-Y)"
        section = part + (b"." if part and text else b"") + text
        peek = self.draw(st.booleans())
        partial, value = self._partial()
        wire = self.word("BODY.PEEK" if peek else "BODY") + b"[" + section + b"]" + partial
        return wire, FetchAttribute("BODY[]", section, peek, value)

    def _binary(self) -> Written[FetchAttribute]:
        part = self.draw(st.just(b"") | PARTS)
        if self.draw(st.booleans()):
            attribute = FetchAttribute("BINARY.SIZE[]", part)
            return self.word("BINARY.SIZE") + b"[" + part + b"]", attribute
        peek = self.draw(st.booleans())
        partial, value = self._partial()
        wire = self.word("BINARY.PEEK" if peek else "BINARY") + b"[" + part + b"]" + partial
        return wire, FetchAttribute("BINARY[]", part, peek, value)
