"""BODY and BODYSTRUCTURE of a message on the wire (RFC 9051 §7.5.2, Content-* per RFC 2045).

Knows the tree of parts and nothing of how it was found. Nesting is bounded by the tree, so the
recursion is too. Never raises.
"""

from __future__ import annotations

from proxyd.imapwire.encode import nstring, quote_or_literal
from proxyd.imapwire.mime_envelope import envelope
from proxyd.mailtext.fields import MAX_HEADER, fields_within, first
from proxyd.mailtext.mime_tree import MimePart
from proxyd.mailtext.parameters import Valued, valued

# RFC 9051 §7.5.2 wants at least one part; a multipart without any is given an empty text.
_NO_PART = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)'
_NO_PART_EXTENDED = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)'
_DEFAULT_CHARSET = (b"charset", b"us-ascii")  # RFC 2045 §5.2


# Octets of the headers of attached mails that are read for their envelopes, in all: a digest of
# hundreds has less, and a million addresses would hold up everybody for as many microseconds.
MAX_ATTACHED_HEADERS = 2 * MAX_HEADER


class _Heads:
    """Of the mails that are attached to one."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._left = MAX_ATTACHED_HEADERS

    def envelope(self, part: MimePart) -> bytes:
        most = min(self._left, MAX_HEADER)
        octets = part.body - part.start
        self._left -= min(octets, most)
        if octets <= most:
            return envelope(part.fields)
        return envelope(fields_within(self._raw[part.start : part.body], most))


def structure(raw: bytes, part: MimePart, *, extended: bool) -> bytes:
    """``body``; with ``extended`` the extension data of BODYSTRUCTURE."""
    return _body(raw, part, _Heads(raw), extended=extended)


def _body(raw: bytes, part: MimePart, heads: _Heads, *, extended: bool) -> bytes:
    if part.divided:
        return _multipart(raw, part, heads, extended=extended)
    pieces = _basic(part)
    if part.message is not None:
        pieces += [
            heads.envelope(part.message),
            _body(raw, part.message, heads, extended=extended),
            _lines(raw, part),
        ]
    elif part.type.startswith(b"text/"):
        pieces.append(_lines(raw, part))
    if extended:
        pieces += [nstring(part.value(b"CONTENT-MD5")), *_extension(part)]
    return b"(" + b" ".join(pieces) + b")"


def _multipart(raw: bytes, part: MimePart, heads: _Heads, *, extended: bool) -> bytes:
    children = b"".join(_body(raw, child, heads, extended=extended) for child in part.children)
    if not children:
        children = _NO_PART_EXTENDED if extended else _NO_PART
    _, _, subtype = _name(part).partition(b"/")
    pieces = [children, b" ", quote_or_literal(subtype)]
    if extended:
        parameters = part.kind.parameters if part.kind else ()
        pieces += [b" ", b" ".join([_parameters(parameters), *_extension(part)])]
    return b"(" + b"".join(pieces) + b")"


def _basic(part: MimePart) -> list[bytes]:
    main, _, subtype = _name(part).partition(b"/")
    parameters = part.kind.parameters if part.kind else ()
    is_text = part.type.startswith(b"text/")
    if is_text and all(name.lower() != b"charset" for name, _ in parameters):
        parameters = (*parameters, _DEFAULT_CHARSET)
    return [
        quote_or_literal(main),
        quote_or_literal(subtype),
        _parameters(parameters),
        nstring(part.value(b"CONTENT-ID")),
        nstring(part.value(b"CONTENT-DESCRIPTION")),
        quote_or_literal(_encoding(part)),
        b"%d" % (part.end - part.body),
    ]


def _name(part: MimePart) -> bytes:
    return part.kind.value if part.kind else part.type


def _encoding(part: MimePart) -> bytes:
    text = first(part.fields, b"CONTENT-TRANSFER-ENCODING")
    return (valued(text).value if text else b"") or b"7bit"  # RFC 2045 §6.1


def _extension(part: MimePart) -> list[bytes]:
    """Disposition, language and location: the same for every kind of part."""
    disposition = part.value(b"CONTENT-DISPOSITION")
    return [
        _disposition(valued(disposition)) if disposition else b"NIL",
        _languages(part.value(b"CONTENT-LANGUAGE")),
        nstring(part.value(b"CONTENT-LOCATION")),
    ]


def _disposition(value: Valued) -> bytes:
    if not value.value:
        return b"NIL"
    return b"(" + quote_or_literal(value.value) + b" " + _parameters(value.parameters) + b")"


def _languages(text: bytes | None) -> bytes:
    tags = [tag.strip() for tag in (text or b"").split(b",")]
    found = [quote_or_literal(tag) for tag in tags if tag]
    return b"(" + b" ".join(found) + b")" if found else b"NIL"


def _parameters(parameters: tuple[tuple[bytes, bytes], ...]) -> bytes:
    pairs = [quote_or_literal(text) for pair in parameters for text in pair]
    return b"(" + b" ".join(pairs) + b")" if pairs else b"NIL"


def _lines(raw: bytes, part: MimePart) -> bytes:
    return b"%d" % raw.count(b"\n", part.body, part.end)
