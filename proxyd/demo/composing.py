"""A letter as a mail client would write it: values in, RFC 5322 octets out, always the same.

Knows charsets and MIME, nothing of mailboxes. Addresses are ``Name <local@host>`` as str.
"""

from __future__ import annotations

import base64
import quopri
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from hashlib import sha256

from proxyd.mailtext.addresses import addresses, readable

_LINE = 75  # RFC 2047 §2: an encoded word has at most 75 characters


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    type: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    message_id: str  # with its angle brackets
    date: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str = ""
    charset: str = "utf-8"
    references: tuple[str, ...] = ()  # the thread, oldest first; the last one is answered
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    forwarded: bytes = b""  # a message to attach whole


def compose(letter: Letter) -> bytes:
    """The message, with CRLF."""
    body = _text_part("plain", letter.text, letter.charset)
    if letter.html:
        body = _multipart(letter, "alternative", [body, _text_part("html", letter.html, "utf-8")])
    parts = [_attachment(one, letter.charset) for one in letter.attachments]
    if letter.forwarded:
        parts.append(b"Content-Type: message/rfc822\r\n\r\n" + letter.forwarded)
    if parts:
        body = _multipart(letter, "mixed", [body, *parts])
    return _head(letter) + body


def _head(letter: Letter) -> bytes:
    lines = [f"{name}: {_word(value, letter.charset)}" for name, value in letter.headers.items()]
    lines += [
        f"Date: {format_datetime(letter.date)}",
        f"From: {_address(letter.sender, letter.charset)}",
        f"To: {_address(letter.to, letter.charset)}",
        f"Subject: {_word(letter.subject, letter.charset)}",
        f"Message-ID: {letter.message_id}",
    ]
    if letter.references:
        lines.append(f"In-Reply-To: {letter.references[-1]}")
        lines.append("References: " + "\r\n ".join(letter.references))
    lines.append("MIME-Version: 1.0")
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _address(address: str, charset: str) -> str:
    parsed = next(addresses(address.encode()))
    name, mailbox = readable(parsed.name or b""), parsed.text
    if not name:
        return mailbox
    if name.isascii():
        return f'"{name}" <{mailbox}>'
    return f"{_word(name, charset)} <{mailbox}>"


def _word(text: str, charset: str) -> str:
    if text.isascii():
        return text
    head, opening, rest = text.partition(" <")  # List-Id: a name and an identifier
    words = Header(head, charset, maxlinelen=_LINE).encode(linesep="\r\n")
    return words + opening + rest


def _text_part(subtype: str, text: str, charset: str) -> bytes:
    text = text.strip("\n") + "\n"
    octets = text.encode(charset, "replace")
    if text.isascii():
        charset, encoding = "us-ascii", "7bit"
    elif charset == "iso-2022-jp":
        encoding = "7bit"
    elif len(octets) > len(text) * 3 // 2:  # mostly not ASCII: base64 is the shorter one
        encoding, octets = "base64", base64.encodebytes(octets.replace(b"\n", b"\r\n"))
    else:
        encoding, octets = "quoted-printable", quopri.encodestring(octets)
    head = (
        f"Content-Type: text/{subtype}; charset={charset}\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode("ascii") + octets.replace(b"\n", b"\r\n")


def _attachment(attachment: Attachment, charset: str) -> bytes:
    name = _word(attachment.name, charset)
    head = (
        f'Content-Type: {attachment.type}; name="{name}"\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + base64.encodebytes(attachment.octets).replace(b"\n", b"\r\n")


def _multipart(letter: Letter, subtype: str, parts: list[bytes]) -> bytes:
    seed = f"{letter.message_id} {subtype}".encode()
    boundary = b"=_" + sha256(seed).hexdigest()[:32].encode("ascii")
    head = b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n' % (subtype.encode(), boundary)
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts)
    return head + body + b"--%b--\r\n" % boundary
