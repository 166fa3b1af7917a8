"""Search keys of the wire to criteria of the service. Sequence numbers end here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property

from imap_frontend.view import ClientView
from proxyd.domain import search
from proxyd.imapwire import search_key as wire
from proxyd.imapwire.numset import SAVED_RESULT

_ONE_DAY = timedelta(days=1)


class _Asked:
    """The numbers of one program."""

    def __init__(self, view: ClientView) -> None:
        self.view = view

    @cached_property
    def saved(self) -> search.Uids:
        """Looked up once: a line has room for thousands of "$"."""
        return search.Uids(self.view.uid_ranges(SAVED_RESULT, uid=True))


def term_of(key: wire.SearchKey, view: ClientView) -> search.Term:
    return _term(key, _Asked(view))


def _term(key: wire.SearchKey, asked: _Asked) -> search.Term:
    match key:
        case wire.KAnd(keys):
            return search.And(tuple(_term(one, asked) for one in keys))
        case wire.KOr(left, right):
            return search.Or(_term(left, asked), _term(right, asked))
        case wire.KNot(inner):
            return search.Not(_term(inner, asked))
        case wire.KText():
            return search.Provider(key.key)
        case _:
            return _chosen(key, asked)


def _chosen(key: wire.SearchKey, asked: _Asked) -> search.Term:
    """Messages by their numbers."""
    match key:
        case wire.KSeq(numbers):
            return search.Uids(asked.view.uid_ranges(numbers, uid=False))
        case wire.KUid(numbers):
            return search.Uids(asked.view.uid_ranges(numbers, uid=True))
        case wire.KRecent():
            return search.Uids(asked.view.recent.ranges)
        case wire.KSaved():
            return asked.saved
        case _:
            return _known(key)


def _known(key: wire.SearchKey) -> search.Term:
    """What the index can tell without the provider."""
    match key:
        case wire.KFlag(flag, present):
            return search.HasFlag(flag) if present else search.Not(search.HasFlag(flag))
        case wire.KLarger(size):
            return search.Larger(size)
        case wire.KSmaller(size):
            return search.Smaller(size)
        case _:
            return _marked(key)


def _marked(key: wire.SearchKey) -> search.Term:
    match key:
        case wire.KModSeq(modseq):
            return search.ModSeqFrom(modseq)
        case wire.KEmailId(id):
            return search.EmailId(id)
        case wire.KThreadId(id):
            return search.ThreadId(id)
        case wire.KWithin(seconds, older):
            return search.Not(search.Within(seconds)) if older else search.Within(seconds)
        case _:
            return _dated(key)


def _dated(key: wire.SearchKey) -> search.Term:
    match key:
        case wire.KBefore(day):
            return search.ReceivedBefore(day)
        case wire.KSince(day):
            return search.ReceivedSince(day)
        case wire.KOn(day):
            return _that_day(day, search.ReceivedSince, search.ReceivedBefore)
        case _:
            return _saved(key)


def _saved(key: wire.SearchKey) -> search.Term:
    match key:
        case wire.KSavedBefore(day):
            return search.SavedBefore(day)
        case wire.KSavedSince(day):
            return search.SavedSince(day)
        case wire.KSavedOn(day):
            return _that_day(day, search.SavedSince, search.SavedBefore)
        case _:
            return search.All()  # ALL, and SAVEDATESUPPORTED: every view has save dates


def _that_day(
    day: date, since: Callable[[date], search.Term], before: Callable[[date], search.Term]
) -> search.Term:
    try:
        return search.And((since(day), before(day + _ONE_DAY)))
    except OverflowError:  # 31-Dec-9999 has no day after it
        return since(day)


# ---------------------------------------------------------------- what a key speaks of


def has_numbers(key: wire.SearchKey) -> bool:
    """Are there sequence numbers in it? RFC 7162 §3.2.10.2 and RFC 9586 §3 ask."""
    return _any(key, wire.KSeq)


def has_modseq(key: wire.SearchKey) -> bool:
    """RFC 7162 §3.1.5: then the answer says the greatest mod-sequence, and CONDSTORE is on."""
    return _any(key, wire.KModSeq)


def _any(key: wire.SearchKey, kind: type) -> bool:
    match key:
        case wire.KAnd(keys):
            return any(_any(one, kind) for one in keys)
        case wire.KOr(left, right):
            return _any(left, kind) or _any(right, kind)
        case wire.KNot(inner):
            return _any(inner, kind)
        case _:
            return isinstance(key, kind)
