"""Which mails go out inside another one: forwarded as an attachment, they are named nowhere else.

Most programs write no References then. Knows no people; what comes of it is said where it is sent
(service/sending/job.py). Linear, and bounded: what nobody means by one forward is not read.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator

from proxyd.domain.attached import DECODED, has_mails, is_mail
from proxyd.mailtext.fields import MAX_HEADER, fields, first, header_end
from proxyd.mailtext.ids import own_id
from proxyd.mailtext.mime_tree import MimePart, tree
from proxyd.mailtext.parameters import valued

MOST = 50  # mails in one; a day's digest has fewer


def passed_on(message: bytes) -> tuple[str, ...]:
    """Their Message-IDs, in their order. Not of what is inside of those."""
    if not has_mails(message):
        return ()
    found: dict[str, None] = {}
    for part in _attached(tree(message)):
        if id_ := own_id(first(fields(_head(message, part)), b"MESSAGE-ID") or b""):
            found[id_] = None
        if len(found) >= MOST:
            break
    return tuple(found)


def _attached(whole: MimePart) -> Iterator[MimePart]:
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        if is_mail(part):
            yield part
        else:
            waiting += reversed(part.children)


def _head(message: bytes, part: MimePart) -> bytes:
    encoding = valued(part.value(b"CONTENT-TRANSFER-ENCODING") or b"").value.lower()
    if encoding in DECODED:
        decode, _ = DECODED[encoding]
        try:
            mail = decode(message[part.body : part.end])
        except (binascii.Error, ValueError):
            return b""
        return mail[: header_end(mail, 0, min(len(mail), MAX_HEADER))]
    limit = min(part.end, part.body + MAX_HEADER)
    return message[part.body : header_end(message, part.body, limit)]
