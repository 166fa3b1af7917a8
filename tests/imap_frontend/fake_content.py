"""What the fakes know of a message's text: parts decoded, previews, order and threads.

Independent of the services' own code for it: the standard library reads the mail.
"""

from __future__ import annotations

import base64
import email
import quopri
import re
from collections.abc import Mapping, Sequence

from proxyd.domain import errors, ordering
from proxyd.imapwire.mime import MimeMail as Mime

PREVIEW_MAX = 200  # RFC 8970 §3.1: at most 256 characters, 200 preferred
_ENCODING = re.compile(rb"^content-transfer-encoding:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def binary(raw: bytes, section: bytes) -> bytes | None:
    """``BINARY[section]`` (RFC 3516): without transfer encoding; None where there is no part."""
    mime = Mime(raw)
    octets = mime.section(section)
    if octets is None or not section:
        return octets
    found = _ENCODING.search(mime.section(section + b".MIME") or b"")
    encoding = found[1].lower() if found else b"7bit"
    if encoding == b"base64":
        return base64.b64decode(octets)
    if encoding == b"quoted-printable":
        return quopri.decodestring(octets)
    if encoding not in (b"7bit", b"8bit", b"binary"):
        raise errors.UnknownEncoding
    return octets


def preview(raw: bytes) -> bytes:
    text = raw.partition(b"\r\n\r\n")[2]
    return b" ".join(text.split())[:PREVIEW_MAX]


def sort_value(raw: bytes, uid: int, key: ordering.SortKey) -> tuple[object, ...]:
    """What ``key`` compares; the fakes' mails have one plain From, To and Subject."""
    mail = email.message_from_bytes(raw)
    match key.by:
        case ordering.SortBy.ARRIVAL:
            return (uid,)
        case ordering.SortBy.SIZE:
            return (len(raw),)
        case ordering.SortBy.SUBJECT:
            subject = str(mail.get("Subject", "")).upper()
            return (re.sub(r"^((RE|FWD?): *)+", "", subject),)
        case by:
            name = by.value.removeprefix("DISPLAY").capitalize()
            return (str(mail.get(name, "")).upper(),)


def threads(conversations: Mapping[int, Sequence[int]]) -> list[ordering.ThreadNode]:
    """Each conversation as a chain, in the order of UIDs."""
    nodes: list[ordering.ThreadNode] = []
    for uids in conversations.values():
        node: ordering.ThreadNode | None = None
        for uid in reversed(uids):
            node = ordering.ThreadNode(uid, (node,) if node else ())
        if node is not None:
            nodes.append(node)
    return nodes
