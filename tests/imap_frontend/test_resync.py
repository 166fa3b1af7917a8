"""VANISHED (EARLIER) against sets worked out UID by UID (dialogues: qresync, qresync_known)."""

from __future__ import annotations

import asyncio
import re

import imap_fakes
from hypothesis import given, settings
from hypothesis import strategies as st

from imap_frontend.resync import resync, say_vanished
from imap_frontend.view import ClientView
from proxyd.imapwire.command import QresyncParameter
from proxyd.imapwire.numset import SAVED_RESULT, NumSet
from tests.effort import effort_below

UIDS = st.sets(st.integers(1, 30))
SETS = st.lists(st.tuples(st.integers(0, 35), st.integers(0, 35)), min_size=1, max_size=4)


class Said:
    """As much of a context as is needed to say something."""

    def __init__(self) -> None:
        self.wire = self
        self.text = b""
        self.enabled = {"QRESYNC", "CONDSTORE"}

    def has(self, name: str) -> bool:
        return name in self.enabled

    def write(self, data: bytes) -> None:
        self.text += data

    async def drain(self) -> None: ...

    def vanished(self) -> set[int]:
        found: set[int] = set()
        for uids in re.findall(rb"\* VANISHED \(EARLIER\) (.*)\r\n", self.text):
            for part in uids.split(b","):
                low, _, high = part.partition(b":")
                more = range(int(low), int(high or low) + 1)
                assert more and found.isdisjoint(more)
                found.update(more)
        return found


def folder_of(there: set[int], gone: set[int], forgotten: bool) -> imap_fakes.Folder:
    folder = imap_fakes.World().folder("INBOX")
    for uid in sorted(there | gone):
        folder.put(uid, imap_fakes.Message(b"x", []))
    folder.uidnext = 31
    for uid in gone:
        folder.remove([uid])
    folder.forgets_before = 10_000 if forgotten else 0
    return folder


def opened(folder: imap_fakes.Folder) -> ClientView:
    view = ClientView(lambda: None, {"CONDSTORE", "QRESYNC"})
    mail = imap_fakes.FakeMail(imap_fakes.World(), None, None)  # type: ignore[arg-type]
    view.attach(imap_fakes.FakeView(mail, folder, view, read_only=False))
    return view


@given(UIDS, UIDS, SETS, st.booleans(), UIDS)
@settings(max_examples=300)
def test_what_is_asked_about_and_gone_and_not_counted(there, gone, asked, forgotten, leaving):
    gone = gone - there
    folder = folder_of(there, gone, forgotten)
    view, said = opened(folder), Said()
    leaving &= there
    folder.remove(sorted(leaving))  # the client still counts these
    numbers = NumSet(tuple(asked))
    say_vanished(said, view, 0, numbers)
    ends = [(low or 30, high or 30) for low, high in asked]
    wanted = {uid for a, b in ends for uid in range(min(a, b), max(a, b) + 1)}
    known = set(range(1, 31)) - there if forgotten else gone
    assert said.vanished() == known & wanted


def test_dollar_names_nobody_who_is_gone():
    said = Said()
    say_vanished(said, opened(folder_of({5}, {7}, forgotten=False)), 0, SAVED_RESULT)
    assert said.text == b""


@given(UIDS, UIDS, st.integers(0, 30))
def test_up_to_the_last_pair_that_matches(there, gone, cut):
    """RFC 7162 §3.2.5.2, with a client that knows of everything up to ``cut``."""
    gone = gone - there
    folder = folder_of(there, gone, forgotten=True)
    told = sorted(uid for uid in there if uid <= cut)
    later = sorted(uid for uid in there | gone if uid > cut)
    cache = told + later
    pairs = NumSet.of(range(1, len(cache) + 1)), NumSet.of(cache)
    view, said = opened(folder), Said()
    parameter = QresyncParameter(777, 9_999, NumSet(((1, 30),)), pairs if cache else None)
    asyncio.run(resync(said, view, parameter))
    assert gone - set(range(cut + 1)) <= said.vanished()
    assert not said.vanished() & there
    if told:
        assert min(said.vanished(), default=31) > told[-1]


def test_sets_as_long_as_numbers_go_cost_nothing():
    """Promise 10: what the client wrote is never expanded."""
    view, said = opened(folder_of({3, 7}, {5}, forgotten=False)), Said()
    everything = NumSet(((1, 2**32 - 1),))
    parameter = QresyncParameter(777, 0, everything, (everything, everything))
    with effort_below(1):
        asyncio.run(resync(said, view, parameter))
    assert said.vanished() == {5}


def test_the_old_state_of_another_folder_says_nothing():
    view, said = opened(folder_of({3, 7}, {5}, forgotten=False)), Said()
    asyncio.run(resync(said, view, QresyncParameter(778, 0, None, None)))
    assert said.text == b""
