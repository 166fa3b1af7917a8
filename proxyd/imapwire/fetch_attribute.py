"""One FETCH attribute: what the client asked, how to ask upstream, how to label the answer.

RFC 9051 §6.4.5 and §9 (fetch-att, section), with RFC822, RFC822.HEADER and RFC822.TEXT of RFC 3501,
and the attributes of extensions: MODSEQ (RFC 7162), EMAILID and THREADID (RFC 8474), SAVEDATE
(RFC 8514), PREVIEW (RFC 8970), BINARY (RFC 3516).
The upstream is only ever asked with PEEK: whose \\Seen a read sets is not the provider's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.imapwire.encode import quoted
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import MAX_NUMBER
from proxyd.imapwire.tokens import ATOM, Cursor

BODY_SECTION = "BODY[]"  # the name of every BODY[...] attribute
BINARY = "BINARY[]"  # of every BINARY[...]
BINARY_SIZE = "BINARY.SIZE[]"

_NAME = re.compile(rb"[A-Za-z0-9.]+")
# Nesting deeper than this is no mail, but would be a line of 64 KiB to the upstream.
_PART = rb"[1-9][0-9]{0,9}(?:\.[1-9][0-9]{0,9}){0,99}"
# section-part ["." section-text]; section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] / "TEXT"
_SECTION = re.compile(
    rb"(" + _PART + rb")?(?:(\.)?(HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME))?",
    re.IGNORECASE,
)
# header-list of field names that need no quotes: the usual case, in one match
_PLAIN_FIELDS = re.compile(rb"\(" + ATOM.pattern + rb"(?: " + ATOM.pattern + rb")*+\)")
# section-binary = "[" [section-part] "]"
_BINARY_SECTION = re.compile(rb"(" + _PART + rb")?\]")
# Alone, "PREVIEW (CHANGEDSINCE 7)" has a modifier of FETCH and not of PREVIEW: only what is one of
# PREVIEW's own (RFC 8970 §6 knows one) is taken as such.
_LAZY = re.compile(rb" ++\( *+LAZY(?: ++LAZY)*+ *+\)", re.IGNORECASE)
_PARTIAL = re.compile(rb"<([0-9]{1,10})\.([1-9][0-9]{0,9})>")

# RFC 3501 §6.4.5: each is functionally equivalent to a BODY section, under its own label.
_RFC822 = {"RFC822": b"", "RFC822.HEADER": b"HEADER", "RFC822.TEXT": b"TEXT"}


@dataclass(frozen=True, slots=True)
class FetchAttribute:
    """``name`` in upper case; BODY[...] of any section is "BODY[]" with its ``section``, and so are
    BINARY[...] and BINARY.SIZE[...], whose section is a part number or empty.

    ``section`` is canonical: upper case, one space, field names quoted only where necessary.
    """

    name: str
    section: bytes | None = None
    peek: bool = False
    partial: tuple[int, int] | None = None  # first octet, most octets
    lazy: bool = False  # PREVIEW (LAZY): only if it costs nothing

    @property
    def ask(self) -> bytes:
        """The attribute that brings this upstream, always with PEEK."""
        section = _RFC822.get(self.name, self.section)
        if section is None:
            return self.name.encode("ascii")
        if self.name == BINARY_SIZE:
            return self.label
        wire = b"%b.PEEK[%b]" % (b"BINARY" if self.name == BINARY else b"BODY", section)
        return wire if self.partial is None else wire + b"<%d.%d>" % self.partial

    @property
    def label(self) -> bytes:
        """How the answer is called (RFC 9051 §7.5.2): no PEEK, the partial's origin only."""
        if self.section is None:
            return self.name.encode("ascii")
        wire = self.name[:-1].encode("ascii") + self.section + b"]"
        return wire if self.partial is None else wire + b"<%d>" % self.partial[0]

    @property
    def sets_seen(self) -> bool:
        """Does fetching it set \\Seen implicitly?"""
        if self.name in (BODY_SECTION, BINARY):
            return not self.peek
        return self.name in ("RFC822", "RFC822.TEXT")


_SIMPLE = {
    name.encode("ascii"): FetchAttribute(name)
    for name in (
        "FLAGS",
        "UID",
        "INTERNALDATE",
        "RFC822.SIZE",
        "ENVELOPE",
        "BODY",
        "BODYSTRUCTURE",
        "MODSEQ",
        "EMAILID",
        "THREADID",
        "SAVEDATE",
        "PREVIEW",
        *_RFC822,
    )
}
_LAZY_PREVIEW = FetchAttribute("PREVIEW", lazy=True)
_FAST = (_SIMPLE[b"FLAGS"], _SIMPLE[b"INTERNALDATE"], _SIMPLE[b"RFC822.SIZE"])
_ALL = (*_FAST, _SIMPLE[b"ENVELOPE"])
# RFC 9051 §6.4.5: macros stand alone, never in a list.
_MACROS = {b"FAST": _FAST, b"ALL": _ALL, b"FULL": (*_ALL, _SIMPLE[b"BODY"])}


def read_macro(cursor: Cursor) -> tuple[FetchAttribute, ...]:
    """``"ALL" / "FULL" / "FAST" / fetch-att``: what may stand without parentheses."""
    name = _read_name(cursor)
    macro = _MACROS.get(name)
    return macro if macro is not None else (_finish(cursor, name),)


def read_attribute(cursor: Cursor) -> FetchAttribute:
    """``fetch-att``."""
    return _finish(cursor, _read_name(cursor))


def _read_name(cursor: Cursor) -> bytes:
    found = cursor.take(_NAME)
    if found is None:
        raise BadSyntax("Expected a FETCH attribute")
    return found[0].upper()


def _finish(cursor: Cursor, name: bytes) -> FetchAttribute:
    if name in (b"BODY", b"BODY.PEEK") and cursor.skip(b"["):
        section = _read_section(cursor)
        cursor.expect(b"]", "Invalid BODY section")
        peek = name == b"BODY.PEEK"
        return FetchAttribute(BODY_SECTION, section, peek, _maybe_partial(cursor))
    if name.startswith(b"BINARY") and cursor.skip(b"["):
        return _finish_binary(cursor, name)
    simple = _SIMPLE.get(name)
    if simple is None:
        raise BadSyntax("Unknown FETCH attribute")
    return _LAZY_PREVIEW if name == b"PREVIEW" and cursor.take(_LAZY) else simple


def _finish_binary(cursor: Cursor, name: bytes) -> FetchAttribute:
    """``"BINARY" [".PEEK"] section-binary [partial] / "BINARY.SIZE" section-binary``."""
    found = cursor.take(_BINARY_SECTION)
    if found is None:
        raise BadSyntax("Invalid BINARY section")
    section = found[1] or b""
    if name == b"BINARY.SIZE":
        return FetchAttribute(BINARY_SIZE, section)
    if name not in (b"BINARY", b"BINARY.PEEK"):
        raise BadSyntax("Unknown FETCH attribute")
    return FetchAttribute(BINARY, section, name == b"BINARY.PEEK", _maybe_partial(cursor))


def _read_section(cursor: Cursor) -> bytes:
    found = cursor.take(_SECTION)
    assert found is not None  # the pattern also matches nothing at all
    part, dot, text = found[1], found[2], (found[3] or b"").upper()
    if text and (part is None) != (dot is None):
        raise BadSyntax("Invalid BODY section")
    if text == b"MIME" and part is None:
        raise BadSyntax("MIME needs a part number")
    section = found[0].upper()
    if text.startswith(b"HEADER.FIELDS"):
        cursor.sp()
        return section + b" " + _read_fields(cursor)
    return section


def _read_fields(cursor: Cursor) -> bytes:
    """``header-list``, in upper case: the names of header fields have no case."""
    plain = cursor.take(_PLAIN_FIELDS)
    if plain is not None:
        return plain[0].upper()
    fields = cursor.parenthesized(lambda: _field(cursor))
    if not fields:
        raise BadSyntax("Expected header field names")
    return b"(" + b" ".join(fields) + b")"


def _field(cursor: Cursor) -> bytes:
    field = cursor.field_name().upper()
    # "]" is an ASTRING-CHAR, but bare it would end the section for a simple reader of the label.
    return field if ATOM.fullmatch(field) else quoted(field)


def _maybe_partial(cursor: Cursor) -> tuple[int, int] | None:
    """``partial = "<" number "." nz-number ">"``."""
    found = cursor.take(_PARTIAL)
    if found is None:
        return None
    first, most = int(found[1]), int(found[2])
    if first > MAX_NUMBER or most > MAX_NUMBER:
        raise BadSyntax("Partial is too large")
    return first, most
