"""Which UIDs a command names: those of its view, and of what is gone those that it still means.

A client that has been told of an EXPUNGE may have sent a command for that UID before, or not have
heeded it yet: Thunderbird does not for about a second (see ``OpenView.just_left``). Where mails
wait before they leave, who names one that is gone hears what became of it: the service says NO. By
number only what the client counts can be named.
"""

from __future__ import annotations

from collections.abc import Iterator

from imap_frontend.view import ClientView
from proxyd.imapwire.numset import STAR, NumSet, SavedResult


def uids_named(view: ClientView, numbers: NumSet | SavedResult, *, uid: bool) -> list[int]:
    """Of STORE, COPY and MOVE. Ascending. Raises what ``ClientView.resolve`` does."""
    uids = uids_there_or_waited(view, numbers, uid=uid)
    if not uid or isinstance(numbers, SavedResult) or not view.opened.just_left:
        return uids
    return sorted({*uids, *_just_left(view, numbers)})


def uids_there_or_waited(
    view: ClientView, numbers: NumSet | SavedResult, *, uid: bool
) -> list[int]:
    """Of EXPUNGE, which goes on with what is there. Ascending; raises as above."""
    uids = view.uids_at(view.resolve(numbers, uid=uid))
    if not uid or isinstance(numbers, SavedResult) or not view.opened.waits:
        return uids
    return sorted({*uids, *_waited(view, numbers)})


def _just_left(view: ClientView, numbers: NumSet) -> Iterator[int]:
    """A range that has what is still there means that: clients close gaps over what is gone."""
    left = view.opened.just_left
    for one, other in numbers.ranges:
        low, high = min(one, other), max(one, other)
        if low and (low == high or all(each in left for each in view.uids_between(low, high))):
            yield from (each for each in left if low <= each <= high)


def _waited(view: ClientView, numbers: NumSet) -> Iterator[int]:
    """Of a range in which nothing is there its ends stand for all of it."""
    for pair in numbers.ranges:
        if STAR not in pair and not view.uids_between(min(pair), max(pair)):
            yield from pair
