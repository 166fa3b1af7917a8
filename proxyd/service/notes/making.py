"""The mail that a note is kept as, made of what a colleague has written.

Its From and its To are the mailbox's note address, so that whoever answers it writes another note;
it says in its header and in its text what it is, so that it is known wherever somebody takes it.
Pure; the clock and the dice are the caller's.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr

from proxyd.domain import notes
from proxyd.domain.mail_content import content_of
from proxyd.domain.thread import Headers
from proxyd.mailtext.fields import Field, fields, first, header_end
from proxyd.mailtext.ids import own_id
from proxyd.mailtext.parameters import valued

_PREFIX = {"en": "[Note]", "ja": "[社内メモ]"}
_HEADLINE = {
    "en": "Internal note, for colleagues only: it can't be sent outside",
    "ja": "社内メモです。社外には送信できません",
}
_CONTENT = b"CONTENT-"
_LINE = 76  # letters of base64 in one


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """``mailbox``: its name; ``address`` its note address; ``token`` eight hexadecimal digits."""

    login: str
    name: str
    mailbox: str
    address: str
    language: str
    now: datetime
    token: str
    mentioned: Sequence[str] = ()
    keeps_id: bool = True  # or another mail has its Message-ID


def made(message: bytes, headers: Headers, facts: NoteFacts) -> bytes:
    """``message`` has CRLF line ends."""
    end = header_end(message)
    found, body = fields(message[:end]), message[end:]
    own = [field for field in found if field.name.startswith(_CONTENT)]
    head = [_field("From", formataddr((facts.name, facts.address))), _field("To", facts.address)]
    head.append(_subject(headers.subject, facts))
    date = first(found, b"DATE")
    head.append(b"Date: %b\r\n" % (date or format_datetime(facts.now).encode()).strip())
    id_ = own_id(first(found, b"MESSAGE-ID") or b"") if facts.keeps_id else ""
    domain = facts.address.rpartition("@")[2]
    id_ = id_ or f"{facts.token}.{facts.now.timestamp():.6f}@{domain}"
    head.append(_field("Message-ID", f"<{id_}>"))
    head += [field.raw for field in found if field.name in (b"IN-REPLY-TO", b"REFERENCES")]
    head.append(b"%b: %b\r\n" % (notes.FIELD, facts.mailbox.encode()))
    head.append(b"%b: %b\r\n" % (notes.AUTHOR, facts.login.encode()))
    if facts.mentioned:
        head.append(b"%b: %b\r\n" % (notes.MENTIONED, " ".join(facts.mentioned).encode()))
    head.append(b"MIME-Version: 1.0\r\n")
    return b"".join(head) + _body(message, own, body, facts)


def _body(message: bytes, own: list[Field], body: bytes, facts: NoteFacts) -> bytes:
    headline = f"{_HEADLINE[facts.language]} {notes.mark(facts.token)}"
    kind = valued(first(own, b"CONTENT-TYPE") or b"text/plain").value.lower()
    if kind == b"text/plain" and not first(own, b"CONTENT-DISPOSITION"):
        texts = content_of(message).written
        text = texts[0].text if texts else ""
        return _text(headline + "\r\n\r\n" + text.replace("\r\n", "\n").replace("\n", "\r\n"))
    border = f"note-{facts.token}-{facts.now.timestamp():.0f}".encode()
    parts = (_text(headline + "\r\n"), b"".join(field.raw for field in own) + b"\r\n" + body)
    mixed = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n' % border
    return (
        mixed
        + b"".join(b"--%b\r\n%b\r\n" % (border, part) for part in parts)
        + (b"--%b--\r\n" % border)
    )


def _text(text: str) -> bytes:
    letters = base64.b64encode(text.encode("utf-8", "replace"))
    lines = [letters[at : at + _LINE] for at in range(0, len(letters), _LINE)]
    return (
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b"\r\n".join(lines)
        + b"\r\n"
    )


def _subject(subject: str, facts: NoteFacts) -> bytes:
    prefix = _PREFIX[facts.language]
    shown = subject if prefix in subject else f"{prefix} {subject}".rstrip()
    one_line = " ".join(shown.split())
    encoded = one_line if one_line.isascii() else Header(one_line, "utf-8", 64).encode("\r\n")
    return b"Subject: " + encoded.replace("\r\n", "\n").replace("\n", "\r\n").encode() + b"\r\n"


def _field(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()
