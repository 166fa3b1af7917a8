"""What a client assumes after STORE … .SILENT, so that only surprises are told.

RFC 9051 §6.4.6: the client has asked not to be told what it knows. It must hear all else: setting
one status takes another away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imap_frontend.view import ClientView
from proxyd.service.api.changing import FlagMode


class ExpectedFlags:
    """Built before the change, settled after it."""

    def __init__(
        self, view: ClientView, uids: Iterable[int], mode: FlagMode, flags: Sequence[str]
    ) -> None:
        self._view = view
        wanted = _folded(flags)
        self._expected: dict[int, frozenset[str] | None] = {}
        for uid in uids:
            facts = view.opened.facts(uid)
            # Where the client has yet to hear of an earlier change its assumption is wrong anyway.
            if facts is None or view.owes_flags(uid):
                self._expected[uid] = None
            else:
                self._expected[uid] = _changed(_folded(facts.flags), mode, wanted)

    def settle(self, left_alone: Iterable[int] = ()) -> None:
        """``left_alone`` were not changed (UNCHANGEDSINCE); the client hears how they are."""
        self._expected.update(dict.fromkeys(left_alone))
        for uid, expected in self._expected.items():
            facts = self._view.opened.facts(uid)
            if facts is not None and _folded(facts.flags) == expected:
                self._view.assume_flags(uid, facts.flags)
            else:
                # Even where nothing changed: the client believes that something did.
                self._view.force([uid])


def _changed(before: frozenset[str], mode: FlagMode, wanted: frozenset[str]) -> frozenset[str]:
    if mode is FlagMode.ADD:
        return before | wanted
    if mode is FlagMode.REMOVE:
        return before - wanted
    return wanted


def _folded(flags: Iterable[str]) -> frozenset[str]:
    return frozenset(flag.lower() for flag in flags)
