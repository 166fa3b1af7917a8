"""CONDSTORE, QRESYNC, UIDONLY, "$" and IMAP4rev2 through the whole proxy, in a real folder and in a
virtual one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.raw_line import RawLine, signed_in

COUNT = 40
FOLDERS = (b"INBOX", b"Status/Open")
SEEDS = (1, 2, 3, 4)

Rows = dict[int, tuple[frozenset[bytes], int]]  # UID → flags, mod-sequence


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=COUNT)


class Cache:
    """What a client that was connected, and is not any more, remembers of a folder."""

    def __init__(self, folder: bytes) -> None:
        self.folder = folder
        self.uidvalidity = self.highest = 0
        self.rows: Rows = {}

    def fill(self, line: RawLine) -> None:
        self._open(line, b"")
        for text in line.ask(b"fi UID FETCH 1:* (FLAGS MODSEQ)")[:-1]:
            self._take(text)

    def catch_up(self, line: RawLine) -> None:
        """RFC 7162 §6: one SELECT, and what it says is all there is to know, but for new mail."""
        line.ask(b"en ENABLE QRESYNC")
        last = max(self.rows, default=0)
        before = self.uidvalidity
        self._open(line, b" (QRESYNC (%d %d))" % (self.uidvalidity, self.highest))
        assert self.uidvalidity == before
        for text in line.ask(b"nw UID FETCH %d:* (FLAGS MODSEQ)" % (last + 1))[:-1]:
            self._take(text)

    def _open(self, line: RawLine, parameters: bytes) -> None:
        said = line.ask(b'se SELECT "%b"%b' % (self.folder, parameters))
        assert said[-1].startswith(b"se OK"), said
        for text in said:
            for name, number in re.findall(rb"\[(UIDVALIDITY|HIGHESTMODSEQ) (\d+)\]", text):
                if name == b"UIDVALIDITY":
                    self.uidvalidity = int(number)
                else:
                    self.highest = int(number)
            self._take(text)

    def _take(self, text: bytes) -> None:
        for uids in re.findall(rb"^\* VANISHED \(EARLIER\) (.*)\r\n", text):
            for part in uids.split(b","):
                low, _, high = part.partition(b":")
                for uid in range(int(low), int(high or low) + 1):
                    self.rows.pop(uid, None)
        for uid, flags, modseq in re.findall(
            rb"FETCH \(UID (\d+) FLAGS \((.*?)\) MODSEQ \((\d+)\)\)", text
        ):
            # Recent is each connection's own (RFC 3501 §2.3.2).
            self.rows[int(uid)] = (frozenset(flags.split()) - {b"\\Recent"}, int(modseq))


def truth(company: Company, folder: bytes, login: str) -> Rows:
    fresh = Cache(folder)
    with signed_in(company.proxy, login) as line:
        fresh.fill(line)
    return fresh.rows


def stir(company: Company, chance: random.Random) -> None:
    """Two people do this and that, in the real folder and in the virtual one."""
    with signed_in(company.proxy, "anna") as anna, signed_in(company.proxy, "ben") as ben:
        for line, folder in ((anna, b"INBOX"), (ben, b"Status/Open")):
            said = line.ask(b"a SELECT " + folder)
            there = max(int(n) for text in said for n in re.findall(rb"\* (\d+) EXISTS", text))
            for _ in range(min(there, 4)):
                number = chance.randint(1, there)
                what = chance.choice(
                    [
                        b"STORE %d +FLAGS (\\Seen)",
                        b"STORE %d -FLAGS (\\Seen)",
                        b"STORE %d +FLAGS.SILENT ($status-done)",
                        b"STORE %d FLAGS (\\Flagged x)",
                        b"COPY %d INBOX",
                        b"COPY %d Status/Done",
                        b"FETCH %d BODY[TEXT]",
                    ]
                )
                said = line.ask(b"b " + what % number)
                assert re.match(rb"b (OK|NO \[EXPUNGEISSUED\])", said[-1]), (what, said)
            for what in (b"STORE 1 +FLAGS.SILENT (\\Deleted)", b"EXPUNGE"):
                said = line.ask(b"c " + what)
                assert re.match(rb"c (OK|NO \[EXPUNGEISSUED\])", said[-1]), (what, said)
            line.ask(b"d NOOP")


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_who_was_away_knows_the_truth_again(company: Company, folder: bytes, seed: int) -> None:
    cache = Cache(folder)
    with signed_in(company.proxy) as line:
        cache.fill(line)
    before = dict(cache.rows)
    stir(company, random.Random(seed))
    if seed == SEEDS[-1]:
        company.proxy.stop()
        company.proxy.start()
        company.proxy.wait_synced(1)
    with signed_in(company.proxy) as line:
        cache.catch_up(line)
    assert cache.rows == truth(company, folder, "anna")
    assert cache.rows.keys() != before.keys(), "somebody deleted something"


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_one_person_has_read_is_news_to_nobody_else(company: Company, folder: bytes) -> None:
    """RFC 7162 §3.1.4.2, example 14: \\Seen is each person's own, and so is its mod-sequence."""
    anna, ben = Cache(folder), Cache(folder)
    with signed_in(company.proxy) as one, signed_in(company.proxy, "ben") as other:
        anna.fill(one)
        ben.fill(other)
        uid = next(uid for uid, (flags, _) in anna.rows.items() if b"\\Seen" not in flags)
        said = b"".join(one.ask(b"a UID STORE %d +FLAGS.SILENT (\\Seen)" % uid))
        assert re.search(rb"FETCH \(UID %d MODSEQ" % uid, said)
        assert other.ask(b"b NOOP")[:-1] == []
        said = b"".join(other.ask(b"c UID FETCH %d (FLAGS MODSEQ)" % uid))
        ben._take(said)
    assert ben.rows == truth(company, folder, "ben")
    assert anna.rows != truth(company, folder, "anna")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_condition_that_does_not_hold(company: Company, folder: bytes) -> None:
    cache = Cache(folder)
    with signed_in(company.proxy) as line:
        cache.fill(line)
        first, second = list(cache.rows)[:2]
        line.ask(b"a UID STORE %d +FLAGS (changed)" % first)
        command = b"b UID STORE %d,%d (UNCHANGEDSINCE %d) +FLAGS (mine)"
        said = line.ask(command % (first, second, cache.highest))
        assert said[-1].startswith(b"b OK [MODIFIED %d]" % first), said
        for text in said:
            cache._take(text)
        assert b"mine" in cache.rows[second][0]
        assert b"mine" not in cache.rows[first][0]
        assert b"changed" in cache.rows[first][0]


@pytest.mark.parametrize("folder", FOLDERS)
def test_searches(company: Company, folder: bytes) -> None:
    with signed_in(company.proxy) as line:
        line.ask(b"s SELECT " + folder)
        uids = [
            int(uid)
            for text in line.ask(b"a UID FETCH 1:* (UID)")[:-1]
            for uid in re.findall(rb"UID (\d+)", text)
        ]
        said = line.ask(b"b UID SEARCH RETURN (MIN MAX COUNT) ALL")
        expected = b'* ESEARCH (TAG "b") UID MIN %d MAX %d COUNT %d\r\n'
        assert said[0] == expected % (uids[0], uids[-1], len(uids))
        assert line.ask(b"c SEARCH RETURN (SAVE) 1:2")[-1].startswith(b"c OK")
        said = line.ask(b"d UID FETCH $ (UID EMAILID THREADID SAVEDATE)")
        rows = re.findall(
            rb"FETCH \(UID (\d+) EMAILID \((\S+)\) THREADID \((\S+)\) SAVEDATE ", b"".join(said)
        )
        assert [int(uid) for uid, _, _ in rows] == uids[:2]
        old = line.ask(b"f UID SEARCH OLDER 60 SAVEDATESUPPORTED")[0].split()[2:]
        young = line.ask(b"g UID SEARCH OR YOUNGER 60 SAVEDBEFORE 1-Jan-2000")[0].split()[2:]
        assert sorted(map(int, old + young)) == uids
        said = line.ask(b"e UID SEARCH EMAILID %b THREADID %b" % rows[0][1:])
        assert str(uids[0]).encode() in said[0].split()


@pytest.mark.parametrize("folder", FOLDERS)
def test_without_sequence_numbers(company: Company, folder: bytes) -> None:
    with signed_in(company.proxy) as line, signed_in(company.proxy, "ben") as other:
        line.ask(b"a ENABLE UIDONLY IMAP4rev2")
        said = b"".join(line.ask(b"b SELECT " + folder))
        assert b"* LIST (" in said and b"RECENT" not in said and b"UNSEEN" not in said
        said = b"".join(line.ask(b"c UID FETCH 1:* (FLAGS)"))
        (first, *_) = re.findall(rb"\* (\d+) UIDFETCH \(FLAGS ", said)
        other.ask(b"a SELECT " + folder)
        assert other.ask(b"b UID STORE %b +FLAGS (\\Deleted)" % first)[-1].startswith(b"b OK")
        assert other.ask(b"c UID EXPUNGE " + first)[-1].startswith(b"c OK")
        said = b"".join(line.ask(b"d NOOP"))
        assert b"* VANISHED %b\r\n" % first in said
        assert line.ask(b"e FETCH 1 FLAGS")[-1].startswith(b"e BAD [UIDREQUIRED]")
