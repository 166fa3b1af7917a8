"""A submitted mail made ready: what goes out, and the copy for Sent.

Edits header fields as bytes and leaves everything else as it came (long lines, 8-bit text, the
order of fields). Knows no people and no guards. Invariants: what goes out has CRLF line ends only,
exactly one From, a Message-ID and a Date, no Bcc and no X-Proxyd-* field; the copy differs from it
only by Bcc and the field that names the sender's login.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from proxyd.domain.addresses import addresses
from proxyd.domain.errors import CannotDo
from proxyd.domain.guard import body_digest, copy_digest, message_digest
from proxyd.domain.mail_content import content_of
from proxyd.domain.thread import MAX_HEADER, Headers, message_ids, parse_headers

SENT_BY = b"X-Proxyd-Sent-By"

_OURS = b"x-proxyd-"
_HIDDEN = frozenset({b"bcc", b"resent-bcc"})  # RFC 5322 §3.6.3: recipients nobody is to learn of
_SINGLE = frozenset({b"from", b"sender", b"message-id", b"date"})  # RFC 5322 §3.6: at most once
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")  # RFC 5322 §2.2, with the obsolete space of §4.5
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Outgoing:
    message: bytes  # what goes out
    copy: bytes  # what is filed in Sent
    headers: Headers
    authors: tuple[str, ...]  # From and Sender, lower case; the first From comes first
    body_digest: str
    digest: str
    copy_digest: str  # of this making of it


@dataclass(frozen=True, slots=True)
class Stamp:
    """What proxyd adds where it is missing; made by the caller, who has the clock and the dice."""

    login: str
    now: datetime
    token: str


Field = tuple[bytes, bytes]  # lower-case name, the whole field with its last CRLF


def prepare(message: bytes, sender: str, recipients: tuple[str, ...], stamp: Stamp) -> Outgoing:
    """Raises CannotDo("malformed") with the fact ``what``."""
    fields, body = _split(_with_crlf(message))
    fields = [field for field in fields if not field[0].startswith(_OURS)]
    _require_single(fields)
    froms = _addresses_in(fields, b"from")
    if not froms:
        raise CannotDo("malformed", what="from")
    fields = _completed(fields, froms[0], stamp)
    goes = b"".join(raw for name, raw in fields if name not in _HIDDEN)
    headers = parse_headers(goes)
    content = content_of(goes + body)
    told = body_digest(content.texts)
    return Outgoing(
        message=goes + body,
        copy=_sent_by(stamp.login) + b"".join(raw for _, raw in fields) + body,
        headers=headers,
        authors=(*froms, *_addresses_in(fields, b"sender")),
        body_digest=told,
        digest=message_digest(sender, recipients, told, (headers.subject, *content.files)),
        copy_digest=copy_digest(headers.message_id, _value_of(fields, b"date")),
    )


def _with_crlf(message: bytes) -> bytes:
    """RFC 5321 §2.3.8: a bare CR or LF must not go out, or a server behind may see another end."""
    ends = message.count(b"\r\n")
    if message.count(b"\n") == ends == message.count(b"\r"):
        return message
    return _LINE_END.sub(b"\r\n", message)


def _split(message: bytes) -> tuple[list[Field], bytes]:
    """The fields, and the body with the empty line before it."""
    end = message.find(b"\r\n\r\n")
    if end < 0:  # a header without a body
        head, body = message, b"\r\n"
        head += b"" if head.endswith(b"\r\n") else b"\r\n"
    else:
        head, body = message[: end + 2], message[end + 2 :]
    if len(head) > MAX_HEADER:
        raise CannotDo("malformed", what="header size")
    fields: list[Field] = []
    for line in head.splitlines(keepends=True) if head != b"\r\n" else ():
        match = _FIELD.match(line)
        if line[:1] in b" \t" and fields:
            name, raw = fields[-1]
            fields[-1] = name, raw + line
        elif match:
            fields.append((match[1].lower(), line))
        else:
            raise CannotDo("malformed", what="header")
    return fields, body


def _require_single(fields: list[Field]) -> None:
    """Two From fields show one to us and the other to the reader."""
    for name in _SINGLE:
        if sum(1 for each, _ in fields if each == name) > 1:
            raise CannotDo("malformed", what=name.decode("ascii"))


def _addresses_in(fields: list[Field], wanted: bytes) -> tuple[str, ...]:
    return tuple(
        address
        for name, raw in fields
        if name == wanted
        for address in addresses(raw.partition(b":")[2])
    )


def _value_of(fields: list[Field], wanted: bytes) -> str:
    found = next((raw for name, raw in fields if name == wanted), b"")
    return found.partition(b":")[2].decode("latin-1")


def _completed(fields: list[Field], author: str, stamp: Stamp) -> list[Field]:
    """RFC 6409 §8: a submission server may add Message-ID and Date where they are missing."""
    kept = [field for field in fields if field[0] != b"message-id" or _has_id(field[1])]
    names = {name for name, _ in kept}
    added: list[Field] = []
    if b"message-id" not in names:
        domain = author.rpartition("@")[2].encode("utf-8")
        text = b"Message-ID: <%s@%s>\r\n" % (stamp.token.encode("ascii"), domain)
        added.append((b"message-id", text))
    if b"date" not in names:
        added.append((b"date", b"Date: %s\r\n" % format_datetime(stamp.now).encode("ascii")))
    return added + kept


def _has_id(field: bytes) -> bool:
    return bool(message_ids(field.partition(b":")[2]))


def _sent_by(login: str) -> bytes:
    return b"%s: %s\r\n" % (SENT_BY, login.encode("utf-8"))
