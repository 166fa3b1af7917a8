"""What the headers of a mail say about its conversation: ids, author, subject, automatic or not.

Reads raw header bytes as upstream or a client wrote them; knows nothing of storage or the wire.
Invariants: ``parse_headers`` never raises, takes linear time, and its results are bounded,
printable and free of lone surrogates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.mailtext.addresses import texts
from proxyd.mailtext.fields import Header
from proxyd.mailtext.ids import answered_ids, message_ids, own_id
from proxyd.mailtext.words import decoded

# Header fields to ask upstream for (HEADER.FIELDS).
FIELDS: tuple[str, ...] = (
    "Message-ID",
    "In-Reply-To",
    "References",
    "From",
    "Subject",
    "Content-Type",
    "Auto-Submitted",
    "Precedence",
    "List-Id",
    "Return-Path",
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
)

_FIRST_WORD = re.compile(rb"[\s]*([^\s;(,]*)")


@dataclass(frozen=True, slots=True)
class Headers:
    """The facts of one mail that matter to threads and workflow."""

    message_id: str = ""  # without < >; "" where it has none
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()  # oldest first, at most ids.MAX_IDS
    from_addresses: tuple[str, ...] = ()  # lower case
    subject: str = ""
    automatic: bool = False  # auto-reply, bounce, receipt, list or bulk mail
    notice: bool = False  # automatic, but perhaps a contact form's: somebody may wait for an answer
    content_type: str = ""  # "multipart/report", lower case, without parameters

    @property
    def answered_ids(self) -> tuple[str, ...]:
        """Every id this mail refers to, the most telling first: its parent, then upwards."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))


def parse_headers(raw: bytes) -> Headers:
    """The facts in a raw header (a body behind it is disregarded)."""
    header = Header(raw)
    content_type = _word(header.first(b"CONTENT-TYPE"))
    return Headers(
        message_id=own_id(header.first(b"MESSAGE-ID")),
        in_reply_to=tuple(answered_ids(header.first(b"IN-REPLY-TO"))),
        references=tuple(message_ids(header.first(b"REFERENCES"))),
        from_addresses=texts(header.all(b"FROM")),
        subject=decoded(header.first(b"SUBJECT")),
        automatic=_automatic(header, content_type),
        notice=_notice(header, content_type),
        content_type=content_type,
    )


def _automatic(header: Header, content_type: str) -> bool:
    """No person waits for an answer to it, and it is nobody's answer (RFC 3834 §2)."""
    if b"AUTO-SUBMITTED" in header and _word(header.first(b"AUTO-SUBMITTED")) != "no":
        return True  # RFC 3834 §5
    return _automatic_otherwise(header, content_type)


def _automatic_otherwise(header: Header, content_type: str) -> bool:
    if content_type == "multipart/report":  # RFC 6522: bounce, read receipt, abuse report
        return True
    if _word(header.first(b"PRECEDENCE")) in ("bulk", "list", "junk", "auto_reply"):
        return True
    if b"".join(header.first(b"RETURN-PATH").split()) == b"<>":  # RFC 5321 §4.5.5
        return True
    # [MS-OXCMAIL] §2.1.3.2.18. A part of it ("DR, OOF, AutoReply") stands on mail that people and
    # their programs send, and asks no more than to be spared of receipts.
    if _word(header.first(b"X-AUTO-RESPONSE-SUPPRESS")) == "all":
        return True
    return any(name in header for name in (b"LIST-ID", b"X-AUTOREPLY", b"X-AUTORESPOND"))


def _notice(header: Header, content_type: str) -> bool:
    """Written by a program for people (RFC 3834 §5 "auto-generated"), and not to a list.

    Web forms mark a customer's question like that; nothing else tells it from an alarm.
    """
    if not _word(header.first(b"AUTO-SUBMITTED")).startswith("auto-generated"):
        return False
    return not _automatic_otherwise(header, content_type)


def _word(value: bytes) -> str:
    match = _FIRST_WORD.match(value)
    return match[1].decode("ascii", "replace").lower() if match else ""
