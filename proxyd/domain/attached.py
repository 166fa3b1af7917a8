"""Copies of our sent mails that go out inside another mail: without the field that names a login.

The copy in Sent says who sent it (outgoing.py). Forwarded as an attachment it would tell a stranger
the logins of an office. Wherever a mail is attached (nested, in multiparts, base64, as an .eml
file) the fields that are ours are cut from its header; no other octet changes.

What is signed stays as it is, octet by octet: a broken signature tells the recipient that somebody
has tampered with the mail, which is worse than a login (docs/decisions/033). What is encrypted
nobody can look into, and text that a person has quoted is that person's.

Linear; a mail with nothing of ours is neither copied nor taken apart.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proxyd.mailtext.fields import MAX_HEADER, fields, header_end
from proxyd.mailtext.mime_tree import MimePart, tree
from proxyd.mailtext.parameters import valued

OURS = b"X-PROXYD-"

_SEALED = (b"multipart/signed", b"multipart/encrypted")
_MAILS = (b"message/rfc822", b"message/global", b"text/rfc822-headers", b"message/global-headers")
# What a mail with another one attached has somewhere, in lower case.
_HINTS = (b"message/", b"rfc822", b".eml", b"multipart/digest")
WINDOW = 1_048_576  # octets that are looked at in one go
# Encoded mails in encoded mails: each is decoded once more, and nobody means more than one.
MAX_ENCODED = 4
_BASE64_LINE = 57  # octets that give 76 letters (RFC 2045 §6.8)


@dataclass(frozen=True, slots=True)
class _Cut:
    start: int
    end: int
    instead: bytes = b""


def without_ours(message: bytes, depth: int = 0) -> bytes:
    """The mail; the very object where nothing is cut. Its own header is the caller's."""
    if not has_mails(message):
        return message
    cuts = sorted(_cuts(message, depth), key=lambda cut: cut.start)
    if not cuts:
        return message
    pieces: list[bytes | memoryview] = []
    at, view = 0, memoryview(message)
    for cut in cuts:
        pieces += [view[at : cut.start], cut.instead]
        at = cut.end
    pieces.append(view[at:])
    return b"".join(pieces)


def _cuts(message: bytes, depth: int) -> Iterator[_Cut]:
    waiting = [tree(message)]
    while waiting:
        part = waiting.pop()
        if part.type in _SEALED:
            continue
        waiting += part.children
        if not is_mail(part):
            continue
        encoding = valued(part.value(b"CONTENT-TRANSFER-ENCODING") or b"").value.lower()
        if encoding in DECODED:
            yield from _encoded(message, part, encoding, depth)
            continue
        yield from _header_cuts(message, part.body, part.end)
        if part.message is not None:
            waiting.append(part.message)


def is_mail(part: MimePart) -> bool:
    if part.type in _MAILS:
        return True
    if part.children or part.divided:
        return False
    disposition = valued(part.value(b"CONTENT-DISPOSITION") or b"")
    names = (disposition.parameter(b"filename"), part.kind and part.kind.parameter(b"name"))
    return any(name and name.lower().endswith(b".eml") for name in names)


def _header_cuts(message: bytes, start: int, end: int) -> Iterator[_Cut]:
    """Of the mail that begins there."""
    limit = min(end, start + MAX_HEADER)
    head = message[start : header_end(message, start, limit)]
    at = start
    for field in fields(head):
        if field.name.startswith(OURS):
            yield _Cut(at, at + len(field.raw))
        at += len(field.raw)


def _encoded(message: bytes, part: MimePart, encoding: bytes, depth: int) -> Iterator[_Cut]:
    if depth >= MAX_ENCODED:
        return
    decode, encode = DECODED[encoding]
    try:
        inner = decode(message[part.body : part.end])
    except (binascii.Error, ValueError):
        return  # what nobody can decode tells nothing
    if not _has(inner, (OURS.lower(),)) and not _has(inner, _HINTS):
        return
    left = _without_in_mail(inner, depth + 1)
    if left is not inner:
        yield _Cut(part.body, part.end, encode(left))


def _without_in_mail(mail: bytes, depth: int) -> bytes:
    """The same of a whole mail, its own header too."""
    cuts = list(_header_cuts(mail, 0, len(mail)))
    for cut in reversed(cuts):
        mail = mail[: cut.start] + mail[cut.end :]
    return without_ours(mail, depth)


def has_mails(message: bytes) -> bool:
    """Perhaps; False is sure."""
    return _has(message, _HINTS)


def _has(text: bytes, words: Sequence[bytes]) -> bool:
    """In any case. A window at a time: a big mail is not copied whole for it."""
    overlap = max(map(len, words))
    for start in range(0, len(text), WINDOW):
        window = text[start : start + WINDOW + overlap].lower()
        if any(word in window for word in words):
            return True
    return False


def _to_base64(mail: bytes) -> bytes:
    starts = range(0, len(mail), _BASE64_LINE)
    lines = (binascii.b2a_base64(mail[at : at + _BASE64_LINE], newline=False) for at in starts)
    return b"\r\n".join(lines)


def _to_quoted(mail: bytes) -> bytes:
    return binascii.b2a_qp(mail.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def _from_base64(text: bytes) -> bytes:
    return binascii.a2b_base64(text)


def _from_quoted(text: bytes) -> bytes:
    return binascii.a2b_qp(text)


DECODED = {
    b"base64": (_from_base64, _to_base64),
    b"quoted-printable": (_from_quoted, _to_quoted),
}
