"""Which parts a mail has, as the provider describes it (BODYSTRUCTURE, RFC 9051 §7.5.2).

Reads any provider's answer tolerantly: what makes no sense is a part of no kind. Invariants: never
raises, linear in the text, no recursion (the sender decides how deep a mail is).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    rb'(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\]|\\.)*+)"?|~?\{(?P<length>\d{1,10})\+?\}\r\n'
    rb'|(?P<word>[^\s()"]+)',
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)

Value = bytes | list["Value"]


@dataclass(frozen=True, slots=True)
class BodyPart:
    """A body part without children, or a message in the mail (``kind`` "message/rfc822")."""

    number: bytes  # "1.2", as in BODY[1.2]
    kind: str  # "text/plain", lower case
    charset: str
    encoding: str  # lower case
    attached: bool  # Content-Disposition says that it is not to be shown with the mail


def parts_of(structure: bytes) -> Iterator[BodyPart]:
    """All parts in the order of the mail; multiparts themselves are none."""
    root = _tree(structure)
    # RFC 9051 §6.4.5.1: a message that is no multipart has itself as its part 1.
    waiting: list[tuple[list[Value], bytes]] = [(root, b"")]
    while waiting:
        body, number = waiting.pop()
        children = _children(body)
        if children:
            numbers = [b"%d" % n if not number else b"%b.%d" % (number, n)
                       for n in range(1, len(children) + 1)]  # fmt: skip
            waiting += reversed(list(zip(children, numbers, strict=True)))
        elif body:
            here = number or b"1"
            part = _part(body, here)
            yield part
            inner = body[8] if part.kind.startswith("message/") and len(body) > 8 else None
            if isinstance(inner, list) and inner:
                divided = isinstance(inner[0], list)
                waiting.append((inner, here if divided else here + b".1"))


def _children(body: list[Value]) -> list[list[Value]]:
    children: list[list[Value]] = []
    for value in body:
        if not isinstance(value, list):
            break
        children.append(value)
    return children


def _part(body: list[Value], number: bytes) -> BodyPart:
    """``body-fields``: type, subtype, parameters, id, description, encoding, octets, …"""
    words = [value if isinstance(value, bytes) else b"" for value in body[:6]]
    words += [b""] * (6 - len(words))
    parameters = body[2] if len(body) > 2 else b""
    return BodyPart(
        number=number,
        kind=_text(words[0]) + "/" + _text(words[1]),
        charset=_text(_parameter(parameters, b"charset")),
        encoding=_text(words[5]),
        attached=_is_attached(body),
    )


def _parameter(parameters: Value, name: bytes) -> bytes:
    if not isinstance(parameters, list):
        return b""
    for key, value in zip(parameters[::2], parameters[1::2], strict=False):
        if isinstance(key, bytes) and isinstance(value, bytes) and key.lower() == name:
            return value
    return b""


def _is_attached(body: list[Value]) -> bool:
    """``body-fld-dsp`` stands somewhere behind the size; a list that begins with its name."""
    return any(
        isinstance(value, list) and value and isinstance(value[0], bytes)
        and value[0].lower() == b"attachment"
        for value in body[7:]
    )  # fmt: skip


def _text(value: bytes) -> str:
    text = value.decode("ascii", "replace").strip().lower()
    return "" if text == "nil" else text


def _tree(text: bytes) -> list[Value]:
    """The outermost list, with lists in it."""
    top: list[Value] = []
    path = [top]
    at = 0
    while match := _TOKEN.search(text, at):
        at = match.end()
        if match["open"]:
            inner: list[Value] = []
            path[-1].append(inner)
            path.append(inner)
        elif match["close"]:
            if len(path) > 1:
                path.pop()
        elif match["length"]:
            path[-1].append(text[at : at + int(match["length"])])
            at += int(match["length"])
        elif match["quoted"] is not None:
            path[-1].append(_ESCAPE.sub(rb"\1", match["quoted"]))
        else:
            path[-1].append(match["word"])
    first = top[0] if top else top
    return first if isinstance(first, list) else top
