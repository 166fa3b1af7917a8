"""What RFC 7162, 8474 and 8514 promise of the numbers, checked between any two moments.

``look`` takes down all numbers of a mailbox for all its people and compares them with the last
time: works across restarts, because it keeps nothing of the objects themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message, View
from proxyd.service.mailbox.vanished import absent

Place = tuple[str, str, int]  # kind and subject of a view, its UIDVALIDITY


@dataclass
class Seen:
    """One message in one view."""

    flags: dict[int, tuple[str, ...]]  # by account
    modseqs: dict[int, int]
    ids: tuple[str, str]
    saved_us: int | None
    reasons: object  # what else may let the number grow


@dataclass
class Looked:
    uidnext: int
    modseq: int
    messages: dict[int, Seen] = field(default_factory=dict)


class Numbers:
    def __init__(self) -> None:
        self.last: dict[Place, Looked] = {}
        self.counter = 0
        self.contents: dict[str, object] = {}  # EMAILID → what never changes of it
        self.threads: dict[str, str] = {}  # EMAILID → THREADID

    def look(self, room: Mailroom) -> None:
        state = room.state
        assert state.modseq >= self.counter, "the counter went back"
        self.counter = state.modseq
        people = [person.id for person in room.shop.people.all()]
        now = {(*v.key, v.uidvalidity): self._one(room, v, people) for v in state.views.values()}
        for view in state.views.values():
            place = (*view.key, view.uidvalidity)
            assert 1 <= now[place].modseq <= state.modseq
            if place in self.last:
                _compare(self.last[place], now[place], view)
        self.last = now

    def _one(self, room: Mailroom, view: View, people: list[int]) -> Looked:
        looked = Looked(view.uidnext, view.modseq)
        assert len(view.uids) == len(view.saved_us) == len(view.members)
        for uid in view.uids:
            message = view.members[uid]
            modseqs = {person: message.modseq_for(person) for person in people}
            assert all(1 <= modseq <= view.modseq for modseq in modseqs.values())
            looked.messages[uid] = Seen(
                flags={
                    person: tuple(sorted(room.flags(message, person, view))) for person in people
                },
                modseqs=modseqs,
                ids=(room.shop.ids.of_mail(message), room.shop.ids.of_thread(message)),
                saved_us=view.saved_at(uid),
                reasons=_reasons(message),
            )
            self._check_ids(message, looked.messages[uid].ids)
        return looked

    def _check_ids(self, message: Message, ids: tuple[str, str]) -> None:
        email_id, thread_id = ids
        content = (message.message_id, message.size, message.internal_date)
        assert self.contents.setdefault(email_id, content) == content
        thread = self.threads.setdefault(email_id, thread_id)
        assert thread == thread_id, "one EMAILID in two threads"


def _reasons(message: Message) -> Any:
    """Everybody sees a new number when it enters a view, or when its conversation is joined."""
    places = sorted((*view.key, uid) for view, uid in message.views.items())
    return places, sorted(message.flags), len(message.conversation.messages)


def _compare(before: Looked, now: Looked, view: View) -> None:
    assert now.modseq >= before.modseq, "HIGHESTMODSEQ went back"
    assert now.uidnext >= before.uidnext
    gone = before.messages.keys() - now.messages.keys()
    come = now.messages.keys() - before.messages.keys()
    if gone or come:
        assert now.modseq > before.modseq
    assert all(uid >= before.uidnext for uid in come)
    for uid in come:
        assert all(modseq > before.modseq for modseq in now.messages[uid].modseqs.values())
    for uid in now.messages.keys() & before.messages.keys():
        _compare_message(before.messages[uid], now.messages[uid], before.modseq)
    _check_vanished(view, before, gone)


def _compare_message(before: Seen, now: Seen, known: int) -> None:
    assert now.ids == before.ids
    assert now.saved_us == before.saved_us
    for person in before.flags.keys() & now.flags.keys():
        assert now.modseqs[person] >= before.modseqs[person]
        if now.flags[person] != before.flags[person]:
            assert now.modseqs[person] > known, "changed, and CHANGEDSINCE would not tell"
        elif now.modseqs[person] > before.modseqs[person]:
            assert now.reasons != before.reasons, "a new number for nothing"


def _check_vanished(view: View, before: Looked, gone: set[int]) -> None:
    known = view.vanished.since(before.modseq)
    told = absent(view.uids, view.uidnext) if known is None else known
    assert all(high < low for (_, high), (low, _) in pairwise(told))
    uids = {uid for low, high in told for uid in range(low, high + 1)}
    assert gone <= uids
    assert not uids & set(view.uids)
    assert all(uid < view.uidnext for uid in uids)
