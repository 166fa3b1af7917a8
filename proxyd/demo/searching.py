"""Which messages a SEARCH means (RFC 9051 §6.4.4): a key becomes a predicate on one message.

Text is compared decoded, without case and width, so that a search for 請求書 finds it whatever the
charset of the mail.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from proxyd.demo.decoding import folded, texts
from proxyd.demo.mailbox import Message
from proxyd.demo.session import Invalid
from proxyd.imapwire import search_key as keys
from proxyd.imapwire.dates import parse_date
from proxyd.imapwire.mime import Mail
from proxyd.imapwire.search_key import SearchKey
from proxyd.mailtext.charsets import in_charset
from proxyd.mailtext.dates import sent_day
from proxyd.mailtext.words import decoded

_WHITE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message under its sequence number in the session that asks."""

    number: int
    message: Message


@dataclass(frozen=True, slots=True)
class Context:
    """What a search needs to know beside its key."""

    charset: str
    greatest_number: int  # what "*" stands for
    greatest_uid: int
    mail: Callable[[Message], Mail]


Predicate = Callable[[Candidate], bool]


def predicate(key: SearchKey, context: Context) -> Predicate:
    """Recursion is bounded by the grammar's depth limit."""
    match key:
        case keys.KAnd(keys=terms):
            return _all([predicate(term, context) for term in terms])
        case keys.KOr(left=left, right=right):
            return _either(predicate(left, context), predicate(right, context))
        case keys.KNot(key=inner):
            return _negated(predicate(inner, context))
        case keys.KText():
            return _text(key, context)
    return _fact(key, context)


def _all(terms: list[Predicate]) -> Predicate:
    return lambda candidate: all(term(candidate) for term in terms)


def _either(left: Predicate, right: Predicate) -> Predicate:
    return lambda candidate: left(candidate) or right(candidate)


def _negated(inner: Predicate) -> Predicate:
    return lambda candidate: not inner(candidate)


def _fact(key: SearchKey, context: Context) -> Predicate:  # noqa: PLR0911 (a table of keys)
    match key:
        case keys.KSeq(numbers=numbers):
            inside = _within(numbers.resolve(context.greatest_number))
            return lambda candidate: inside(candidate.number)
        case keys.KUid(numbers=numbers):
            inside = _within(numbers.resolve(context.greatest_uid))
            return lambda candidate: inside(candidate.message.uid)
        case keys.KFlag(flag=flag, present=present):
            return lambda candidate: candidate.message.has(flag) is present
        case keys.KLarger(size=size):
            return lambda candidate: candidate.message.size > size
        case keys.KSmaller(size=size):
            return lambda candidate: candidate.message.size < size
        case keys.KBefore(day=day):
            return lambda candidate: _received_day(candidate) < day
        case keys.KOn(day=day):
            return lambda candidate: _received_day(candidate) == day
        case keys.KSince(day=day):
            return lambda candidate: _received_day(candidate) >= day
    if key == keys.KAll():
        return lambda _: True
    if key == keys.KRecent():
        return lambda _: False  # of this provider no mail is, as it says in SELECT
    raise Invalid("Unknown search key")


def _within(ranges: list[tuple[int, int]]) -> Callable[[int], bool]:
    lows = [low for low, _ in ranges]

    def inside(number: int) -> bool:
        index = bisect_right(lows, number) - 1
        return index >= 0 and number <= ranges[index][1]

    return inside


def _received_day(candidate: Candidate) -> date:
    return parse_date(candidate.message.date[:11].encode("ascii"))


# ---------------------------------------------------------------- text


def _text(key: keys.KText, context: Context) -> Predicate:
    found = _sent(key) if key.name.startswith("SENT") else _contains(key, context.charset)
    return lambda candidate: found(context.mail(candidate.message))


def _sent(key: keys.KText) -> Callable[[Mail], bool]:
    """The Date field's day as written, zone disregarded; a mail without one is never sent."""
    limit = parse_date(key.argument)

    def matches(mail: Mail) -> bool:
        day = sent_day(mail.root.value(b"DATE") or b"")
        if day is None:
            return False
        if key.name == "SENTBEFORE":
            return day < limit
        return day >= limit if key.name == "SENTSINCE" else day == limit

    return matches


def _contains(key: keys.KText, charset: str) -> Callable[[Mail], bool]:
    wanted = _searchable(in_charset(key.argument, charset))
    if key.name == "BODY":
        return lambda mail: any(wanted in _searchable(text) for text in texts(mail))
    if key.name == "TEXT":
        return lambda mail: (
            wanted in _searchable(_header(mail))
            or any(wanted in _searchable(text) for text in texts(mail))
        )
    name = (key.header if key.header is not None else key.name.encode("ascii")).upper()
    return lambda mail: any(
        wanted in _searchable(decoded(field.value))
        for field in mail.root.fields
        if field.name == name
    )


def _header(mail: Mail) -> str:
    return "\n".join(decoded(field.raw) for field in mail.root.fields)


def _searchable(text: str) -> str:
    """Line breaks count as any white space does: mail is wrapped where it happens to be."""
    return _WHITE.sub(" ", folded(text))
