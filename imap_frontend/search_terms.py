"""Search keys of the wire to criteria of the service. Sequence numbers end here."""

from __future__ import annotations

from datetime import timedelta

from imap_frontend.view import ClientView
from proxyd.domain import search
from proxyd.imapwire import search_key as wire

_ONE_DAY = timedelta(days=1)


def term_of(key: wire.SearchKey, view: ClientView) -> search.Term:
    match key:
        case wire.KAnd(keys):
            return search.And(tuple(term_of(one, view) for one in keys))
        case wire.KOr(left, right):
            return search.Or(term_of(left, view), term_of(right, view))
        case wire.KNot(inner):
            return search.Not(term_of(inner, view))
        case wire.KText():
            return search.Provider(key.key)
        case _:
            return _known(key, view)


def _known(key: wire.SearchKey, view: ClientView) -> search.Term:
    """What the index can tell without the provider."""
    match key:
        case wire.KSeq(numbers):
            return search.Uids(view.uid_ranges(numbers, uid=False))
        case wire.KUid(numbers):
            return search.Uids(view.uid_ranges(numbers, uid=True))
        case wire.KFlag(flag, present):
            return search.HasFlag(flag) if present else search.Not(search.HasFlag(flag))
        case wire.KLarger(size):
            return search.Larger(size)
        case wire.KSmaller(size):
            return search.Smaller(size)
        case _:
            return _received(key)


def _received(key: wire.SearchKey) -> search.Term:
    match key:
        case wire.KBefore(day):
            return search.ReceivedBefore(day)
        case wire.KSince(day):
            return search.ReceivedSince(day)
        case wire.KOn(day):
            since = search.ReceivedSince(day)
            try:
                return search.And((since, search.ReceivedBefore(day + _ONE_DAY)))
            except OverflowError:  # 31-Dec-9999 has no day after it
                return since
        case _:
            return search.All()
