"""The mail that a note is kept as, made of what a colleague has written.

Its From and its To are the mailbox's note address, so that whoever answers it writes another note;
it says in its header and in its text what it is, so that it is known wherever somebody takes it.
Pure; the clock and the dice are the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr

from proxyd.domain import notes
from proxyd.domain.mail_content import content_of
from proxyd.domain.note_marks import mark
from proxyd.domain.thread import Headers
from proxyd.mailtext.fields import Field, fields, first, header_end
from proxyd.mailtext.ids import own_id
from proxyd.mailtext.parameters import valued
from proxyd.service.notes.pieces import field, subject_field, text_part

_PREFIX = {"en": "[Note]", "ja": "[社内メモ]"}
_HEADLINE = {
    "en": "Internal note, for colleagues only: it can't be sent outside",
    "ja": "社内メモです。社外には送信できません。",
}
_CONTENT = b"CONTENT-"


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """``mailbox``: its name; ``address`` its note address; ``token`` its mark's."""

    login: str
    name: str
    mailbox: str
    address: str
    language: str
    now: datetime
    token: str
    mentioned: Sequence[str] = ()
    id: str = ""  # its Message-ID; "": that of the message, or a new one


def made(message: bytes, headers: Headers, facts: NoteFacts) -> bytes:
    """``message`` has CRLF line ends."""
    end = header_end(message)
    found, body = fields(message[:end]), message[end:]
    own = [each for each in found if each.name.startswith(_CONTENT)]
    head = [field("From", formataddr((facts.name, facts.address))), field("To", facts.address)]
    head.append(_subject(headers.subject, facts))
    date = first(found, b"DATE")
    head.append(b"Date: %b\r\n" % (date or format_datetime(facts.now).encode()).strip())
    id_ = facts.id or own_id(first(found, b"MESSAGE-ID") or b"")
    domain = facts.address.rpartition("@")[2]
    id_ = id_ or f"{facts.token}.{facts.now.timestamp():.6f}@{domain}"
    head.append(field("Message-ID", f"<{id_}>"))
    head += [each.raw for each in found if each.name in (b"IN-REPLY-TO", b"REFERENCES")]
    head.append(field(notes.FIELD.decode(), f"{facts.mailbox} {mark(facts.token)}"))
    head.append(b"%b: %b\r\n" % (notes.AUTHOR, facts.login.encode()))
    if facts.mentioned:
        head.append(b"%b: %b\r\n" % (notes.MENTIONED, " ".join(facts.mentioned).encode()))
    head.append(b"MIME-Version: 1.0\r\n")
    return b"".join(head) + _body(message, own, body, facts)


def _body(message: bytes, own: list[Field], body: bytes, facts: NoteFacts) -> bytes:
    headline = f"{_HEADLINE[facts.language]} {mark(facts.token)}"
    kind = valued(first(own, b"CONTENT-TYPE") or b"text/plain").value.lower()
    if kind == b"text/plain" and not first(own, b"CONTENT-DISPOSITION"):
        texts = content_of(message).written
        text = texts[0].text if texts else ""
        return text_part(headline + "\r\n\r\n" + text.replace("\r\n", "\n").replace("\n", "\r\n"))
    border = f"note-{facts.token}-{facts.now.timestamp():.0f}".encode()
    parts = (text_part(headline + "\r\n"), b"".join(each.raw for each in own) + b"\r\n" + body)
    mixed = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n' % border
    return (
        mixed
        + b"".join(b"--%b\r\n%b\r\n" % (border, part) for part in parts)
        + (b"--%b--\r\n" % border)
    )


def _subject(subject: str, facts: NoteFacts) -> bytes:
    prefix = _PREFIX[facts.language]
    return subject_field(subject if prefix in subject else f"{prefix} {subject}".rstrip())
