"""What the headers of a mail say about its conversation: ids, author, subject, automatic or not.

Reads raw header bytes as upstream or a client wrote them; knows nothing of storage or the wire.
Invariants: ``parse_headers`` never raises, takes linear time, and its results are bounded,
printable and free of lone surrogates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from proxyd.mailtext.addresses import texts
from proxyd.mailtext.dates import sent_us
from proxyd.mailtext.fields import Header
from proxyd.mailtext.ids import answered_ids, message_ids, own_id
from proxyd.mailtext.words import decoded

# Header fields to ask upstream for (HEADER.FIELDS).
FIELDS: tuple[str, ...] = (
    "Message-ID",
    "In-Reply-To",
    "References",
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Date",
    "Subject",
    "Content-Type",
    "Auto-Submitted",
    "Precedence",
    "List-Id",
    "List-Post",
    "X-Autoreply",
    "X-Autorespond",
)

# Of To, Cc and Bcc (which copies in Sent keep), and of Reply-To: with whom one may correspond.
MAX_RECIPIENTS = 100
_TO_WHOM = (b"TO", b"CC", b"BCC")
_IN_BRACKETS = re.compile(rb"<([^<>]{1,250})>")
_MAILTO = re.compile(r"<mailto:([^<>?\s]{3,250})")  # RFC 2369 §3.4
_FIRST_WORD = re.compile(rb'(?:\s|\([^()]*\))*+"?([^\s;(,"]*)')
_NO = ("", "no", "none", "false", "0")  # a field with such a word says that it is not so


@dataclass(frozen=True, slots=True)
class Headers:
    """The facts of one mail that matter to threads and workflow."""

    message_id: str = ""  # without < >; "" where it has none
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()  # oldest first, at most ids.MAX_IDS
    from_addresses: tuple[str, ...] = ()  # lower case
    subject: str = ""
    reply_to: tuple[str, ...] = ()  # lower case, as all addresses here
    recipients: tuple[str, ...] = ()  # To, Cc and Bcc, at most MAX_RECIPIENTS
    automatic: bool = False  # it says so: auto-reply, bounce, receipt
    notice: bool = False  # automatic, but perhaps a contact form's: somebody may wait for an answer
    by_list: bool = False  # a mailing list's; perhaps of a list that is ours
    list_name: str = ""  # what List-Id has between < and >
    list_addresses: tuple[str, ...] = ()  # where one writes to the list
    sent_us: int | None = None  # Date; None where there is none that can be read
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
        reply_to=texts(header.all(b"REPLY-TO"), MAX_RECIPIENTS),
        recipients=texts(chain.from_iterable(map(header.all, _TO_WHOM)), MAX_RECIPIENTS),
        subject=decoded(header.first(b"SUBJECT")),
        automatic=_automatic(header, content_type),
        notice=_notice(header, content_type),
        by_list=_by_list(header),
        list_name=_list_name(header),
        sent_us=sent_us(header.first(b"DATE")),
        list_addresses=_list_addresses(header),
        content_type=content_type,
    )


def _automatic(header: Header, content_type: str) -> bool:
    """No person waits for an answer to it, and it is nobody's answer: it says so (RFC 3834 §2).

    What only hints at it does not: forms and help desks write with a null Return-Path, as bulk
    mail, and ask for no receipts (X-Auto-Response-Suppress), and people wait behind them.
    """
    if content_type == "multipart/report":  # RFC 6522: bounce, read receipt, abuse report
        return True
    said = _word(header.first(b"AUTO-SUBMITTED"))
    if said:  # RFC 3834 §5: then nobody has to guess
        return said != "no"
    return _answers_by_itself(header)


def _answers_by_itself(header: Header) -> bool:
    """In the words of programs from before RFC 3834."""
    if _word(header.first(b"PRECEDENCE")) == "auto_reply":
        return True
    words = (_word(header.first(name)) for name in (b"X-AUTOREPLY", b"X-AUTORESPOND"))
    return any(word not in _NO for word in words)


def _by_list(header: Header) -> bool:
    """It says which list it is of (RFC 2919), or where one writes to it (RFC 2369 §3.4).

    Precedence says nothing: newsletters and help desks' people write the same word there.
    """
    return bool(header.first(b"LIST-ID").strip()) or bool(_list_addresses(header))


def _list_addresses(header: Header) -> tuple[str, ...]:
    return tuple(_MAILTO.findall(decoded(header.first(b"LIST-POST")).lower()))


def _list_name(header: Header) -> str:
    """RFC 2919 §3: ``phrase <name.domain>``."""
    found = _IN_BRACKETS.search(header.first(b"LIST-ID"))
    return found[1].decode("ascii", "replace").strip().lower() if found else ""


def _notice(header: Header, content_type: str) -> bool:
    """Written by a program for people (RFC 3834 §5 "auto-generated"), and not to a list.

    Web forms mark a customer's question like that; nothing else tells it from an alarm.
    """
    if not _word(header.first(b"AUTO-SUBMITTED")).startswith("auto-generated"):
        return False
    report = content_type == "multipart/report"
    return not report and not _answers_by_itself(header) and not _by_list(header)


def _word(value: bytes) -> str:
    """The first one, behind comments (RFC 5322 §3.2.2), without quotes."""
    match = _FIRST_WORD.match(value)
    return match[1].decode("ascii", "replace").lower() if match else ""
