"""FETCH items that need no provider, as templates; and how a reading is to be called in the log.

What stands here is looked up in memory: facts of the index, and the marks of RFC 7162 (MODSEQ),
RFC 8474 (EMAILID, THREADID) and RFC 8514 (SAVEDATE). The service makes PREVIEW and BINARY.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from proxyd.imapwire.fetch_attribute import BINARY, FetchAttribute
from proxyd.service.api.reading import Reading
from proxyd.service.api.rows import Marks, MessageFacts

# Places in a row's template: number, UID, flags, size, date, mod-sequence, ids, save date.
_FACTS = {
    "UID": "UID {1}",
    "FLAGS": "FLAGS {2}",
    "RFC822.SIZE": "RFC822.SIZE {3}",
    "INTERNALDATE": 'INTERNALDATE "{4}"',
}
_MARKS = {
    "MODSEQ": "MODSEQ ({5})",
    "EMAILID": "EMAILID ({6})",
    "THREADID": "THREADID ({7})",
    "SAVEDATE": "SAVEDATE {8}",
}
TEMPLATES = _FACTS | _MARKS
_HEADERS_ONLY = re.compile(rb"(^|\.)(HEADER|HEADER\.FIELDS.*|MIME)$", re.DOTALL)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_local(attribute: FetchAttribute) -> bool:
    return attribute.name in TEMPLATES


def is_mark(attribute: FetchAttribute) -> bool:
    return attribute.name in _MARKS


def names(attributes: Iterable[FetchAttribute]) -> frozenset[str]:
    return frozenset(attribute.name for attribute in attributes)


def reading_of(attributes: Sequence[FetchAttribute]) -> Reading:
    """What the access log is to call this (docs/design.md §3 "Access log")."""
    if any(attribute.sets_seen for attribute in attributes):
        return Reading.OPEN
    if any(_is_content(attribute) for attribute in attributes):
        return Reading.COPY
    return Reading.LIST


def _is_content(attribute: FetchAttribute) -> bool:
    if attribute.section is None or attribute.name == "BINARY.SIZE[]":
        return False
    return attribute.name == BINARY or _HEADERS_ONLY.search(attribute.section) is None


Known = tuple[int, int, str, int, str, int, str, str, str]  # what goes into the places


def known(number: int, uid: int, flags: str, facts: MessageFacts, marks: Marks | None) -> Known:
    """Without ``marks`` for templates that have no place for them."""
    if marks is None:
        return number, uid, flags, facts.size, facts.internal_date, 0, "", "", ""
    return (
        number,
        uid,
        flags,
        facts.size,
        facts.internal_date,
        marks.modseq,
        marks.email_id,
        marks.thread_id,
        save_date(marks.saved_us),
    )


def save_date(saved_us: int | None) -> str:
    """``date-time / nil`` (RFC 8514 §7); the names of months are English wherever this runs."""
    if saved_us is None:
        return "NIL"
    then = datetime.fromtimestamp(saved_us / 1_000_000, UTC)
    return f'"{then.day:2}-{_MONTHS[then.month - 1]}-{then.year:04} {then:%H:%M:%S} +0000"'
