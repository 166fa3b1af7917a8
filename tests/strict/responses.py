"""One whole response → a value. See ``Data`` for what stands where."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.strict.codes import Code, read_code
from tests.strict.cursor import Cursor, Violation
from tests.strict.untagged import OF_A_NUMBER, OF_NO_NUMBER

_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
_CONDITION = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH)(?= )")
_WORD = re.compile(rb"[A-Z]+(?= |\Z)")


@dataclass(frozen=True, slots=True)
class Continuation:
    text: bytes


@dataclass(frozen=True, slots=True)
class Status:
    tag: bytes | None  # None: untagged
    condition: str
    code: Code | None
    text: bytes


@dataclass(frozen=True, slots=True)
class Data:
    """An untagged response that is no status. ``number``: of EXISTS, FETCH and the like."""

    name: str
    number: int | None
    value: object = None


Response = Continuation | Status | Data


def parse(line: bytes, *, utf8: bool = False) -> Response:
    cursor = Cursor(line, utf8)
    if line == b"+" or cursor.skip(b"+ "):
        return Continuation(line[2:])
    tag = None
    if not cursor.skip(b"* "):
        tag = cursor.take(_TAG, "a tag")[0]
        cursor.sp()
    found = _CONDITION.match(line, cursor.at)
    if found is not None:
        return _status(cursor, tag, found)
    if tag is not None:
        raise cursor.fail("OK, NO or BAD")
    data = _data(cursor)
    cursor.end()
    return data


def _status(cursor: Cursor, tag: bytes | None, found: re.Match[bytes]) -> Status:
    cursor.at = found.end() + 1
    condition = found[0].decode("ascii")
    if tag is not None and condition in ("BYE", "PREAUTH"):
        raise cursor.fail("OK, NO or BAD")
    code = None
    if cursor.skip(b"["):
        code = read_code(cursor)
        cursor.eat(b"]")
        cursor.sp()
    text = cursor.data[cursor.at :]
    text.decode("utf-8")
    if not text:
        raise cursor.fail("a text for people (RFC 3501 §9)")
    return Status(tag, condition, code, text)


def _data(cursor: Cursor) -> Data:
    number = None
    if cursor.data[cursor.at : cursor.at + 1].isdigit():
        number = cursor.number()
        cursor.sp()
    name = cursor.take(_WORD, "the name of a response")[0].decode("ascii")
    reader = (OF_A_NUMBER if number is not None else OF_NO_NUMBER).get(name)
    if reader is None:
        raise Violation(f"no such response: {cursor.data!r}")
    if name != "EXISTS" and name != "RECENT" and number == 0:
        raise cursor.fail("a number above 0")
    return Data(name, number, reader(cursor))
