"""The words of a command: a cursor over one Frame (RFC 9051 §9; RFC 3501 where it is wider).

Every method takes what it names and moves on, or raises BadSyntax and leaves the command to be
refused: there is no backing up. Knows strings, numbers and lists, no command and no attribute.

Where the grammar has a space there may be several, and also behind ``(``, before ``)`` and at the
end, as Dovecot takes them: clients send them, and a space more never makes it another command.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.flags import ATOM_CLASS
from proxyd.imapwire.frame import Frame, Literal
from proxyd.imapwire.numset import MAX_NUMBER, SAVED_RESULT, SEQUENCE_SET, NumSet, SavedResult

T = TypeVar("T")

# atom = 1*ATOM-CHAR ; astring = 1*ASTRING-CHAR / string ; ASTRING-CHAR = ATOM-CHAR / "]"
ATOM = re.compile(ATOM_CLASS + rb"+")
ASTRING_ATOM = re.compile(rb"(?:" + ATOM_CLASS + rb"|\])+")
# flag = ["\"] atom ; which flags there are is asked in flags.py
FLAG = re.compile(rb"\\?" + ATOM_CLASS + rb"+")
# quoted = DQUOTE *QUOTED-CHAR DQUOTE. 8-bit is taken as RFC 9051 does (UTF8-2/3/4), whatever was
# enabled: clients send it, and the alternative is a folder nobody can open.
QUOTED = re.compile(rb'"([^\r\n\x00"\\]*+(?:\\["\\][^\r\n\x00"\\]*+)*+)"')
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
FIELD_NAME = re.compile(rb"[!-~]+")
_SPACES = re.compile(rb" ++")
NUMBER = re.compile(rb"[0-9]{1,10}")
NUMBER64 = re.compile(rb"[0-9]{1,19}")
MAX_NUMBER64 = 2**63 - 1


class Cursor:
    """A place in a frame's text and literals.

    ``utf8``: the client enabled UTF-8, so mailbox names are not in modified UTF-7 any more.
    """

    __slots__ = ("_index", "_parts", "_pos", "_text", "utf8")

    def __init__(self, frame: Frame, start: int = 0, *, utf8: bool = False) -> None:
        """Begin at ``start`` octets into the first text."""
        self.utf8 = utf8
        self._parts = frame.parts
        self._index = 0
        self._text = _text(frame.parts[0])
        self._pos = start

    # ------------------------------------------------------------ structure

    def take(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """What ``pattern`` matches here, or None (nothing is taken then)."""
        found = pattern.match(self._text, self._pos)
        if found is not None:
            self._pos = found.end()
        return found

    def peek(self) -> bytes:
        """The next octet; b"" at the end of the command and before a literal."""
        return self._text[self._pos : self._pos + 1]

    def skip(self, octet: bytes) -> bool:
        """Take ``octet`` if it is next."""
        if self._text.startswith(octet, self._pos):
            self._pos += 1
            return True
        return False

    def expect(self, octet: bytes, reason: str) -> None:
        """Take ``octet``, or raise BadSyntax with ``reason``."""
        if not self.skip(octet):
            raise BadSyntax(reason)

    def sp(self) -> None:
        """``SP``, of which there may be more than one (see the module)."""
        if self.take(_SPACES) is None:
            raise BadSyntax("Expected a space and an argument")

    def more(self) -> bool:
        """``SP`` and one more word; False at the end of the command and before ``)``."""
        if self.take(_SPACES) is None:
            return False
        return not self._at_end() and self.peek() != b")"

    def opening(self) -> None:
        """``"("``, and where there is nothing to be read but a list."""
        self.expect(b"(", "Expected a parenthesis")
        self.take(_SPACES)

    def closing(self) -> None:
        """``")"``."""
        self.take(_SPACES)
        self.expect(b")", "Expected a closing parenthesis")

    def eol(self) -> None:
        """The end of the command."""
        self.take(_SPACES)
        if not self._at_end():
            raise BadSyntax("Unexpected text after the arguments")

    def _at_end(self) -> bool:
        return self._pos == len(self._text) and self._index + 1 == len(self._parts)

    def parenthesized(self, item: Callable[[], T]) -> list[T]:
        """``"(" [item *(SP item)] ")"``."""
        self.opening()
        items: list[T] = []
        if self.skip(b")"):
            return items
        items.append(item())
        while self.more():
            items.append(item())
        self.closing()
        return items

    # ------------------------------------------------------------ words

    def atom(self) -> bytes:
        found = self.take(ATOM)
        if found is None:
            raise BadSyntax("Expected an atom")
        return found[0]

    def word(self) -> str:
        """An atom that is a name of the protocol: upper case."""
        return self.atom().upper().decode("ascii")

    def number(self) -> int:
        """``number``: 0 to 2**32-1."""
        found = self.take(NUMBER)
        if found is None or (value := int(found[0])) > MAX_NUMBER:
            raise BadSyntax("Expected a number")
        return value

    def number64(self) -> int:
        """``number64`` and mod-sequence values: 0 to 2**63-1 (RFC 9051 §9, RFC 7162 §7)."""
        found = self.take(NUMBER64)
        if found is None or (value := int(found[0])) > MAX_NUMBER64:
            raise BadSyntax("Expected a number")
        return value

    def nz_number(self) -> int:
        """``nz-number``: 1 to 2**32-1."""
        value = self.number()
        if not value:
            raise BadSyntax("Expected a number above zero")
        return value

    def messages(self) -> NumSet | SavedResult:
        """``sequence-set =/ "$"`` (RFC 5182 §4): the messages a command is about."""
        return SAVED_RESULT if self.skip(b"$") else self.numset()

    def numset(self) -> NumSet:
        """``sequence-set`` as RFC 9051 has it, numbers only."""
        found = self.take(SEQUENCE_SET)
        if found is None:
            raise BadSyntax("Expected a message set")
        return NumSet.parse(found[0])

    def flags(self) -> list[bytes]:
        """``flag-list``; are they flags a client may set? ``flags.settable`` knows."""
        return self.parenthesized(self.flag)

    def flag(self) -> bytes:
        found = self.take(FLAG)
        if found is None:
            raise BadSyntax("Expected a flag")
        return found[0]

    # ------------------------------------------------------------ strings

    def maybe_literal(self) -> Literal | None:
        """The literal that stands here, if one does."""
        if self._pos != len(self._text) or self._index + 1 == len(self._parts):
            return None
        part = self._parts[self._index + 1]
        if not isinstance(part, Literal):
            return None
        self._index += 2
        self._text = _text(self._parts[self._index])
        self._pos = 0
        return part

    def maybe_string(self, *, literal8: bool = False) -> bytes | None:
        """``string = quoted / literal``, or None when something else stands here.

        With ``literal8`` also that (RFC 3516 §4.4), which may have NUL.
        """
        found = self.take(QUOTED)
        if found is not None:
            inner = found[1]
            return _ESCAPED.sub(rb"\1", inner) if b"\\" in inner else inner
        literal = self.maybe_literal()
        if literal is None:
            return None
        # literal = *CHAR8, CHAR8 = %x01-ff; a spooled one is a message in the wrong place.
        if not isinstance(literal.data, bytes) or (literal.binary and not literal8):
            raise BadSyntax("This literal can not be a string")
        if b"\0" in literal.data and not literal.binary:
            raise BadSyntax("This literal can not be a string")
        return literal.data

    def string(self) -> bytes:
        value = self.maybe_string()
        if value is None:
            raise BadSyntax("Expected a string")
        return value

    def nstring(self, *, literal8: bool = False) -> bytes | None:
        """``nstring = string / nil``."""
        value = self.maybe_string(literal8=literal8)
        if value is None and self.word() != "NIL":
            raise BadSyntax("Expected a string or NIL")
        return value

    def astring(self, atom: re.Pattern[bytes] = ASTRING_ATOM) -> bytes:
        """``astring``; ``atom`` widens what may stand without quotes (list-mailbox)."""
        found = self.take(atom)
        if found is not None:
            return found[0]
        return self.string()

    def field_name(self) -> bytes:
        """``header-fld-name = astring``.

        RFC 5322 §2.2 has them in printable US-ASCII; others name nothing, and would need literals
        in the middle of sections and search keys.
        """
        name = self.astring()
        if FIELD_NAME.fullmatch(name) is None:
            raise BadSyntax("Invalid header field name")
        return name


def _text(part: bytes | Literal) -> bytes:
    """Frames alternate text and literals, text first (see frame.Frame)."""
    if not isinstance(part, bytes):
        raise BadSyntax("Expected text")
    return part
