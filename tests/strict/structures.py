"""ENVELOPE and BODYSTRUCTURE (RFC 9051 §7.5.2, §9): the form is checked, nothing else."""

from __future__ import annotations

from tests.strict.cursor import Cursor, Violation

DEPTH_MAX = 200  # nested parts; the reader is recursive

Address = tuple[bytes | None, ...]
Envelope = tuple[object, ...]


def envelope(cursor: Cursor) -> Envelope:
    """date subject from sender reply-to to cc bcc in-reply-to message-id."""
    cursor.eat(b"(")
    fields: list[object] = [cursor.nstring()]
    cursor.sp()
    fields.append(cursor.nstring())
    for _ in range(6):
        cursor.sp()
        fields.append(_addresses(cursor))
    for _ in range(2):
        cursor.sp()
        fields.append(cursor.nstring())
    cursor.eat(b")")
    return tuple(fields)


def _addresses(cursor: Cursor) -> tuple[Address, ...] | None:
    """ "(" 1*address ")" / nil, with nothing in between."""
    if cursor.skip(b"NIL"):
        return None
    cursor.eat(b"(")
    found: list[Address] = []
    while not cursor.skip(b")"):
        cursor.eat(b"(")
        parts = [cursor.nstring()]
        for _ in range(3):
            cursor.sp()
            parts.append(cursor.nstring())
        cursor.eat(b")")
        found.append(tuple(parts))
    if not found:
        raise cursor.fail("an address")
    return tuple(found)


def body(cursor: Cursor, *, extended: bool, depth: int = 0) -> int:
    """How many leaf parts it has. ``extended``: BODYSTRUCTURE, where extension data may follow."""
    if depth > DEPTH_MAX:
        raise Violation("parts nested without end")
    cursor.eat(b"(")
    leaves = (
        _multipart(cursor, extended=extended, depth=depth)
        if cursor.ahead(b"(")
        else _single(cursor, extended=extended, depth=depth)
    )
    cursor.eat(b")")
    return leaves


def _multipart(cursor: Cursor, *, extended: bool, depth: int) -> int:
    """1*body SP media-subtype [SP body-ext-mpart]"""
    leaves = 0
    while cursor.ahead(b"("):
        leaves += body(cursor, extended=extended, depth=depth + 1)
    cursor.sp()
    cursor.string()
    if cursor.ahead(b" "):
        _need_extended(cursor, extended=extended)
        cursor.sp()
        _parameters(cursor)
        _disposition_and_on(cursor)
    return leaves


def _single(cursor: Cursor, *, extended: bool, depth: int) -> int:
    """body-type-basic, body-type-text or body-type-msg; they differ by their media type."""
    kind = cursor.string().lower()
    cursor.sp()
    subtype = cursor.string().lower()
    cursor.sp()
    _parameters(cursor)
    cursor.sp()
    cursor.nstring()  # id
    cursor.sp()
    cursor.nstring()  # description
    cursor.sp()
    cursor.string()  # encoding: a string, never NIL
    cursor.sp()
    cursor.number()  # octets
    if kind == b"message" and subtype in (b"rfc822", b"global"):
        cursor.sp()
        envelope(cursor)
        cursor.sp()
        body(cursor, extended=extended, depth=depth + 1)
        cursor.sp()
        cursor.number64()  # lines
    elif kind == b"text":
        cursor.sp()
        cursor.number64()
    if cursor.ahead(b" "):
        _need_extended(cursor, extended=extended)
        cursor.sp()
        cursor.nstring()  # md5
        _disposition_and_on(cursor)
    return 1


def _need_extended(cursor: Cursor, *, extended: bool) -> None:
    if not extended:
        raise cursor.fail("no extension data in BODY")


def _parameters(cursor: Cursor) -> None:
    """ "(" string SP string *(SP string SP string) ")" / nil"""
    if cursor.skip(b"NIL"):
        return
    cursor.eat(b"(")
    while True:
        cursor.string()
        cursor.sp()
        cursor.string()
        if cursor.skip(b")"):
            return
        cursor.sp()


def _disposition_and_on(cursor: Cursor) -> None:
    """[SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]"""
    if not cursor.skip(b" "):
        return
    if not cursor.skip(b"NIL"):
        cursor.eat(b"(")
        cursor.string()
        cursor.sp()
        _parameters(cursor)
        cursor.eat(b")")
    if cursor.skip(b" "):
        _language(cursor)
    if cursor.skip(b" "):
        cursor.nstring()  # location
    while cursor.skip(b" "):
        _extension(cursor, 0)


def _language(cursor: Cursor) -> None:
    """nstring / "(" string *(SP string) ")" """
    if not cursor.skip(b"("):
        cursor.nstring()
        return
    cursor.string()
    while not cursor.skip(b")"):
        cursor.sp()
        cursor.string()


def _extension(cursor: Cursor, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise Violation("extension data nested without end")
    if cursor.data[cursor.at : cursor.at + 1].isdigit():
        cursor.number64()
    elif cursor.skip(b"("):
        _extension(cursor, depth + 1)
        while not cursor.skip(b")"):
            cursor.sp()
            _extension(cursor, depth + 1)
    else:
        cursor.nstring()
