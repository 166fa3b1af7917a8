"""Which messages a SEARCH means (RFC 9051 §6.4.4): a key becomes a predicate on one message.

How text is compared stands in ``imapwire/text_search.py``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from proxyd.demo.mailbox import DemoMessage
from proxyd.demo.session import Invalid
from proxyd.imapwire import search_key as keys
from proxyd.imapwire.dates import parse_date
from proxyd.imapwire.mime import MimeMail
from proxyd.imapwire.search_key import SearchKey
from proxyd.imapwire.text_search import matcher


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message under its sequence number in the session that asks."""

    number: int
    message: DemoMessage


@dataclass(frozen=True, slots=True)
class SearchContext:
    """What a search needs to know beside its key."""

    charset: str
    greatest_number: int  # what "*" stands for
    greatest_uid: int
    mail: Callable[[DemoMessage], MimeMail]


Predicate = Callable[[Candidate], bool]


def predicate(key: SearchKey, context: SearchContext) -> Predicate:
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


def _fact(key: SearchKey, context: SearchContext) -> Predicate:  # noqa: PLR0911 (a table of keys)
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


def _text(key: keys.KText, context: SearchContext) -> Predicate:
    found = matcher(key)
    return lambda candidate: found(context.mail(candidate.message))
