"""The octets a section names: ``BODY[1.2.HEADER.FIELDS (FROM)]<0.100>`` (RFC 9051 §6.4.5.1).

Takes the canonical section text without brackets. Never raises: a section that does not exist is
None (NIL on the wire). Everything returned is a slice of the message, or header fields out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.mailtext.mime_tree import MimePart
from proxyd.mailtext.quoting import unquoted

_SECTION = re.compile(
    rb"(?P<path>\d{1,9}(?:\.\d{1,9})*)?\.?"
    rb"(?P<what>HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME)?"
    rb"(?: \((?P<names>.*)\))?",
    re.IGNORECASE | re.DOTALL,
)
_NAME = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^ "]+)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a path led: ``part`` as a body part, ``message`` where it holds a whole message."""

    part: MimePart
    message: MimePart | None


def section(raw: bytes, root: MimePart, text: bytes) -> bytes | None:
    match = _SECTION.fullmatch(text)
    if match is None:
        return None
    path = [int(number) for number in match["path"].split(b".")] if match["path"] else []
    found = _walk(root, path)
    if found is None:
        return None
    return _content(raw, found, (match["what"] or b"").upper(), match["names"], bool(path))


def _walk(root: MimePart, path: list[int]) -> _Found | None:
    """Follow part numbers; a message that is no multipart has itself as its only part 1."""
    here, message = root, root
    inside = True  # ``here`` is a message whose parts are still to be entered
    for number in path:
        if not inside and here.message is not None:
            here, inside = here.message, True
        if here.divided:
            if not 1 <= number <= len(here.children):
                return None
            here = here.children[number - 1]
        elif not inside or number != 1:
            return None
        inside = False
    return _Found(here, here.message if path else message)


def _content(
    raw: bytes,
    found: _Found,
    what: bytes,
    names: bytes | None,
    numbered: bool,  # noqa: FBT001
) -> bytes | None:
    part, message = found.part, found.message
    if what == b"":
        return raw[part.body : part.end] if numbered else raw
    if what == b"MIME":
        return raw[part.start : part.body]
    if message is None:
        return None
    if what == b"HEADER":
        return raw[message.start : message.body]
    if what == b"TEXT":
        return raw[message.body : message.end]
    wanted = {unquoted(q or w).upper() for q, w in _NAME.findall(names or b"")}
    return _chosen(message, wanted, keep=what == b"HEADER.FIELDS")


def _chosen(message: MimePart, names: set[bytes], *, keep: bool) -> bytes:
    """The fields of these names (or all others), and a blank line (RFC 9051 §6.4.5.1)."""
    chosen = [f.raw for f in message.fields if (f.name in names) is keep]
    return b"".join(chosen) + b"\r\n"
