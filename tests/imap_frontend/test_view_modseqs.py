"""RFC 7162 §6: whatever a client believes when the line breaks, what it missed is above that."""

from __future__ import annotations

import re

import imap_fakes
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imap_frontend import vanished as vanished_module
from imap_frontend.vanished import vanished
from imap_frontend.view import ClientView
from proxyd.imapwire.numset import compact

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("arrive", "remove", "flag", "fetch", "fetch-one", "fetch-one-no-flags"),
                *("flush", "flush-no-expunge", "flush-no-flags"),
            ]
        ),
        st.integers(0, 7),
    ),
    max_size=60,
)


class Truth:
    """A folder of the fakes, opened."""

    def __init__(self) -> None:
        self.world = imap_fakes.World()
        self.folder = self.world.folder("INBOX")
        for uid in (1, 2, 3):
            self.folder.put(uid, imap_fakes.Message(b"x", []))

    def open(self, view: ClientView) -> None:
        mail = imap_fakes.FakeMail(self.world, None, None)  # type: ignore[arg-type]
        view.attach(imap_fakes.FakeView(mail, self.folder, view, read_only=False))


class Believer:
    """A client that reads every line, as RFC 7162 §6 wants it."""

    def __init__(self, truth: Truth) -> None:
        self.rows = dict.fromkeys(truth.folder.rows, (frozenset[str](), 0))
        self.highest = truth.folder.highest
        self.unread: set[int] = set()  # mails of which only EXISTS was told

    def hear(self, told: str, code: int | None) -> None:
        seen = self.highest
        for line in told.splitlines():
            if found := re.match(r"\* VANISHED (.*)", line):
                for uid in uids_of(found[1]):
                    assert self.rows.pop(uid, None) is not None or uid in self.unread
                    self.unread.discard(uid)
            elif found := re.search(r"UID (\d+)(?: FLAGS \((.*?)\))? MODSEQ \((\d+)\)", line):
                uid, modseq = int(found[1]), int(found[3])
                flags = self.rows.get(uid, (frozenset(), 0))[0]
                if found[2] is not None:
                    flags = frozenset(found[2].split()) - {"\\Recent"}  # the session's own
                self.rows[uid] = flags, modseq
                self.unread.discard(uid)
                seen = max(seen, modseq)
        self.highest = seen if code is None else code


def uids_of(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition(":")
        found += range(int(low), int(high or low) + 1)
    return found


@given(EVENTS)
@example([("remove", 0), ("flag", 1), ("flush-no-expunge", 0)])
@example([("remove", 0), ("flag", 1), ("fetch", 0), ("flush-no-expunge", 0), ("flush", 0)])
@example([("flag", 0), ("flush-no-flags", 0), ("flag", 1), ("fetch-one-no-flags", 1)])
@example([("flag", 0), ("remove", 1), ("flush-no-flags", 0), ("flag", 1), ("fetch-one", 1)])
def test_nothing_is_lost_when_the_line_breaks(events: list[tuple[str, int]]) -> None:
    truth = Truth()
    view = ClientView(lambda: None, {"CONDSTORE", "QRESYNC"})
    truth.open(view)
    client = Believer(truth)
    for what, number in events:
        happen(truth, view, client, what, number)
        missing_is_above(truth, client)
    happen(truth, view, client, "flush", 0)
    known = {uid: flags for uid, (flags, _) in client.rows.items()}
    there = {uid: frozenset(m.flags) for uid, m in truth.folder.rows.items()}
    assert known | {uid: there[uid] for uid in client.unread if uid in there} == there
    assert client.highest <= truth.folder.highest


def happen(truth: Truth, view: ClientView, client: Believer, what: str, number: int) -> None:
    folder, uids = truth.folder, list(truth.folder.rows)
    if what == "arrive":
        client.unread.add(folder.add(imap_fakes.Message(b"x", [])))
    elif what == "remove" and uids:
        folder.remove([uids[number % len(uids)]])
    elif what == "flag" and uids:
        truth.world.change("INBOX", uids[number % len(uids)], "+", [f"k{number}"])
    elif what.startswith("fetch") and view.count:
        first = number % view.count
        span = range(view.count) if what == "fetch" else range(first, first + 1)
        rows = view.rows(span, modseqs=True)
        view.tell_rows(rows, flags=True, modseqs=True)
        lines = [
            f"UID {uid} FLAGS {view.flags.text(flags)} MODSEQ ({modseq})\r\n"
            for uid, flags, modseq in zip(rows.uids, rows.flags, rows.modseqs, strict=True)
        ]
        # the end of FETCH by sequence number; of a client that has left FlagChange out (NOTIFY)
        told = view.flush(expunge=False, flags="no-flags" not in what).decode()
        client.hear("".join(lines) + told, view.maybe_highest())
    elif what.startswith("flush"):
        expunge, flags = "no-expunge" not in what, "no-flags" not in what
        told = view.flush(expunge=expunge, flags=flags).decode()
        assert flags or "FETCH" not in told, "nobody asked for these"
        client.hear(told, view.maybe_highest())


def missing_is_above(truth: Truth, client: Believer) -> None:
    """The next SELECT (QRESYNC) brings all that this client has wrong."""
    folder = truth.folder
    for uid, (flags, _) in client.rows.items():
        if uid not in folder.rows:
            assert folder.vanished[uid] > client.highest
        elif flags != frozenset(folder.rows[uid].flags):
            assert folder.modseqs[uid] > client.highest


def test_long_vanished_is_several_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vanished_module, "VANISHED_MAX", 50)
    uids = list(range(1, 400, 3))
    lines = vanished(compact(uids), "(EARLIER) ")
    assert len(lines) > 5
    assert all(len(line) <= 50 + len("* VANISHED (EARLIER) \r\n") for line in lines)
    told = [uid for line in lines for uid in uids_of(line[len("* VANISHED (EARLIER) ") :])]
    assert told == uids
    assert vanished(b"", "") == []
