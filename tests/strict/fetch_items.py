"""What stands in the parentheses of a FETCH response (RFC 9051 §7.5.2 and the extensions')."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.strict.codes import object_id
from tests.strict.cursor import Cursor
from tests.strict.structures import body, envelope

_NAME = re.compile(rb"[A-Z0-9.]+")
_SECTION_TEXT = rb"HEADER\.FIELDS(?:\.NOT)? \([^()\r\n]+\)|HEADER|TEXT|MIME"
_SECTION = re.compile(
    rb"\[((?:[1-9][0-9]*(?:\.[1-9][0-9]*)*(?:\.(?:" + _SECTION_TEXT + rb"))?)|"
    rb"(?:" + _SECTION_TEXT + rb")|)\](?:<(0|[1-9][0-9]*)>)?"
)
_MONTHS = rb"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DATE = re.compile(
    rb'"(?: [1-9]|[12][0-9]|3[01])-(?:' + _MONTHS + rb")-[0-9]{4}"
    rb' [0-2][0-9]:[0-5][0-9]:[0-6][0-9] [+-][0-9]{4}"'
)


def fetch_items(cursor: Cursor) -> dict[str, object]:
    """By the names as written, section and origin included: ``BODY[1.MIME]<0>``."""
    items: dict[str, object] = {}
    cursor.eat(b"(")
    while not cursor.skip(b")"):
        if items:
            cursor.sp()
        name = cursor.take(_NAME, "a data item")[0].decode("ascii")
        if cursor.ahead(b"["):
            name, value = _with_section(cursor, name)
        else:
            reader = _ITEMS.get(name)
            if reader is None:
                raise cursor.fail("a data item")
            cursor.sp()
            value = reader(cursor)
        if name in items:
            raise cursor.fail(f"{name} once")
        items[name] = value
    if not items:
        raise cursor.fail("a data item")
    return items


def _with_section(cursor: Cursor, name: str) -> tuple[str, object]:
    if name not in ("BODY", "BINARY", "BINARY.SIZE"):
        raise cursor.fail("BODY, BINARY or BINARY.SIZE before a section")
    section = cursor.take(_SECTION, "a section")
    cursor.sp()
    value: object
    if name == "BINARY.SIZE":
        value = cursor.number()
    elif name == "BINARY":
        value = cursor.nstring8()
    else:
        value = cursor.nstring()
    return name + section[0].decode("utf-8", "replace"), value


def _date(cursor: Cursor) -> str:
    return cursor.take(_DATE, "a date-time")[0].decode("ascii").strip('"')


def _saved(cursor: Cursor) -> str | None:
    return None if cursor.skip(b"NIL") else _date(cursor)


def _modseq(cursor: Cursor) -> int:
    cursor.eat(b"(")
    modseq = cursor.number64(least=1)
    cursor.eat(b")")
    return modseq


def _email_id(cursor: Cursor) -> str:
    cursor.eat(b"(")
    name = object_id(cursor)
    cursor.eat(b")")
    return name


def _preview(cursor: Cursor) -> bytes | None:
    """RFC 8970 §3.1: UTF-8, at most 256 characters; in a literal where it is not ASCII."""
    text = cursor.nstring()
    if text is not None and len(text.decode("utf-8")) > 256:
        raise cursor.fail("at most 256 characters")
    return text


_ITEMS: dict[str, Callable[[Cursor], object]] = {
    "FLAGS": Cursor.flags,
    "UID": lambda cursor: cursor.number(least=1),
    "RFC822.SIZE": Cursor.number64,
    "INTERNALDATE": _date,
    "ENVELOPE": envelope,
    "BODY": lambda cursor: body(cursor, extended=False),
    "BODYSTRUCTURE": lambda cursor: body(cursor, extended=True),
    "RFC822": Cursor.nstring,
    "RFC822.HEADER": Cursor.nstring,
    "RFC822.TEXT": Cursor.nstring,
    "MODSEQ": _modseq,
    "EMAILID": _email_id,
    "THREADID": lambda cursor: None if cursor.skip(b"NIL") else _email_id(cursor),
    "SAVEDATE": _saved,
    "PREVIEW": _preview,
}
