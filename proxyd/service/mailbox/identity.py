"""Which mail a mail is, as far as its header tells: its Message-ID is not enough. Pure."""

from __future__ import annotations

import hashlib

from proxyd.domain.ports.mail_rows import StoredLeft
from proxyd.domain.ports.upstream_rows import HeaderRow
from proxyd.domain.thread import Headers, parse_headers
from proxyd.service.mailbox.correspondents import each_of
from proxyd.service.mailbox.model import Message

NO_ID = "no-id-"  # what stands for a Message-ID begins with it


def identity(headers: Headers, row: HeaderRow) -> str:
    """The Message-ID, or a stand-in that is the same wherever the same mail lies."""
    if headers.message_id:
        return headers.message_id
    return NO_ID + hashlib.sha256(b"%d\n" % row.size + row.header).hexdigest()[:32]


def identity_of(row: HeaderRow) -> str:
    return identity(parse_headers(row.header), row)


def same_date(one: Message, other: Message | StoredLeft) -> bool:
    """Whether they may be one mail by their Date: moved, delivered once more or passed on by a
    list, it keeps that. What has none, or is of an earlier version, may be.
    """
    return None in (one.sent_us, other.sent_us) or one.sent_us == other.sent_us


def says_the_same(one: Message, other: Message | StoredLeft) -> bool:
    """As far as can be told without the text; the same mail may be delivered twice."""
    if not same_date(one, other):
        return False
    if other.correspondents is None:
        return True
    same_people = each_of(one.correspondents or b"") == each_of(other.correspondents)
    return same_people and one.subject_digest == other.subject_digest


def same_content(copy: Message, origin: Message) -> bool:
    """As far as can be told without the text: nothing that stays may differ (RFC 8474 §5.1)."""
    return (
        copy.message_id == origin.message_id
        and copy.size == origin.size
        and copy.internal_date == origin.internal_date
        and copy.subject_digest == origin.subject_digest
        and same_date(copy, origin)
    )
