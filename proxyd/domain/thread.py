"""What the headers of a mail say about its conversation: ids, author, subject, automatic or not.

Reads raw header bytes as upstream or a client wrote them; knows nothing of storage or the wire.
Invariants: ``parse_headers`` and ``message_ids`` never raise, take linear time, and their results
are bounded, printable and free of lone surrogates. Own unfolding instead of ``email.parser``: an
index of 100,000 mails is read in seconds, and no odd byte stops it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.domain.addresses import addresses
from proxyd.domain.encoded_words import decoded

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

# A conversation of more mails is found by its first and its newest ones all the same.
MAX_IDS = 100
_KEPT_FIRST = 10
# RFC 5322 §2.1.1: no line is longer, so no well-formed id is.
MAX_ID = 998
# Far above what mail servers accept as a header (Postfix: header_size_limit 102,400).
MAX_HEADER = 262_144
# An old mailing-list thread may well fill several KB with References; ids beyond are not needed.
_MAX_VALUE = 65_536

_END_OF_HEADER = re.compile(rb"(?:\A|\n)\r?\n")
_FIELD = re.compile(
    rb"^(" + b"|".join(re.escape(name.encode()) for name in FIELDS) + rb")"
    rb"[ \t]*:((?:[^\n]*+)(?:\n[ \t][^\n]*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)
_IN_BRACKETS = re.compile(rb"<([^<>]+)>")
_SEPARATORS = re.compile(rb"[\s,<>]+")
_UNPRINTABLE = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_FIRST_WORD = re.compile(rb"[\s]*([^\s;(,]*)")


@dataclass(frozen=True, slots=True)
class Headers:
    """The facts of one mail that matter to threads and workflow."""

    message_id: str = ""  # without < >; "" where it has none
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()  # oldest first, at most MAX_IDS
    from_addresses: tuple[str, ...] = ()  # lower case
    subject: str = ""
    automatic: bool = False  # auto-reply, bounce, receipt, list or bulk mail
    notice: bool = False  # automatic, but perhaps a contact form's: somebody may wait for an answer
    content_type: str = ""  # "multipart/report", lower case, without parameters

    @property
    def answered_ids(self) -> tuple[str, ...]:
        """Every id this mail refers to, the most telling first: its parent, then upwards."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))


def message_ids(value: str | bytes) -> list[str]:
    """The ids in a Message-ID, In-Reply-To or References value, without < >, in their order."""
    raw = value.encode("utf-8", "replace") if isinstance(value, str) else value
    found = _IN_BRACKETS.findall(raw[:_MAX_VALUE])
    if not found:
        # Some programs leave the brackets out. RFC 822 phrases ("your mail of 5 May") are no ids.
        words = [word for word in _SEPARATORS.split(raw[:_MAX_VALUE]) if word]
        found = words if all(b"@" in word for word in words) else []
    ids = list(dict.fromkeys(_id_text(each) for each in found if len(each) <= MAX_ID))
    if "" in ids:
        ids.remove("")
    if len(ids) > MAX_IDS:
        ids = ids[:_KEPT_FIRST] + ids[_KEPT_FIRST - MAX_IDS :]
    return ids


def parse_headers(raw: bytes) -> Headers:
    """The facts in a raw header (a body behind it is disregarded)."""
    raw = raw[:MAX_HEADER]
    end = _END_OF_HEADER.search(raw)
    fields: dict[bytes, bytes] = {}
    for match in _FIELD.finditer(raw, 0, end.start() + 1 if end else len(raw)):
        fields.setdefault(match[1].lower(), match[2])  # of doubles the first counts, as in Dovecot
    own = message_ids(fields.get(b"message-id", b""))
    content_type = _word(fields.get(b"content-type", b""))
    return Headers(
        message_id=own[0] if own else "",
        in_reply_to=tuple(message_ids(fields.get(b"in-reply-to", b""))),
        references=tuple(message_ids(fields.get(b"references", b""))),
        from_addresses=addresses(fields.get(b"from", b"")),
        subject=decoded(fields.get(b"subject", b"")),
        automatic=_automatic(fields, content_type),
        notice=_notice(fields, content_type),
        content_type=content_type,
    )


def _automatic(fields: dict[bytes, bytes], content_type: str) -> bool:
    """No person waits for an answer to it, and it is nobody's answer (RFC 3834 §2)."""
    if content_type == "multipart/report":  # RFC 6522: bounce, read receipt, abuse report
        return True
    if b"auto-submitted" in fields and _word(fields[b"auto-submitted"]) != "no":
        return True  # RFC 3834 §5
    if _word(fields.get(b"precedence", b"")) in ("bulk", "list", "junk", "auto_reply"):
        return True
    if b"return-path" in fields and b"".join(fields[b"return-path"].split()) == b"<>":
        return True  # RFC 5321 §4.5.5
    # [MS-OXCMAIL] §2.1.3.2.18. A part of it ("DR, OOF, AutoReply") stands on mail that people and
    # their programs send, and asks no more than to be spared of receipts.
    if _word(fields.get(b"x-auto-response-suppress", b"")) == "all":
        return True
    return not fields.keys().isdisjoint((b"list-id", b"x-autoreply", b"x-autorespond"))


def _notice(fields: dict[bytes, bytes], content_type: str) -> bool:
    """Written by a program for people (RFC 3834 §5 "auto-generated"), and not to a list.

    Web forms mark a customer's question like that; nothing else tells it from an alarm.
    """
    if not _word(fields.get(b"auto-submitted", b"")).startswith("auto-generated"):
        return False
    rest = {name: value for name, value in fields.items() if name != b"auto-submitted"}
    return not _automatic(rest, content_type)


def _word(value: bytes) -> str:
    match = _FIRST_WORD.match(value)
    return match[1].decode("ascii", "replace").lower() if match else ""


def _id_text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return _UNPRINTABLE.sub("", text)  # folded in the middle by some programs
