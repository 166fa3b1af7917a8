"""A status key, and the right one at once: Thunderbird says both of the UID that has left the
folder by the first.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.raw_line import RawLine, signed_in

COUNT = 4


@pytest.fixture
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=COUNT)


def flags_of(line: RawLine, uid: int) -> bytes:
    line.ask(b"f SELECT INBOX")
    return b"".join(line.ask(b"g UID FETCH %d FLAGS" % uid))


def test_the_correction_counts(company: Company) -> None:
    with signed_in(company.proxy, "anna") as line, signed_in(company.proxy, "ben") as ben:
        line.ask(b"s SELECT Status/Open")
        said = line.ask(b"a1 UID STORE 2 +FLAGS ($status-done)")
        assert any(b"2 EXPUNGE" in each for each in said) and b"a1 OK" in said[-1]
        # What has been told as expunged is told nothing more of.
        for command in (b"+FLAGS ($status-checking)", b"-FLAGS ($status-done)"):
            [answer] = line.ask(b"a2 UID STORE 2 " + command)
            assert answer.startswith(b"a2 OK")
        assert b"$status-checking" in flags_of(ben, 2)
        [answer] = line.ask(b"a3 UID STORE 1:4 +FLAGS.SILENT ($x)")  # the other three alone
        assert b"a3 OK" in answer
        assert b"$x" not in flags_of(ben, 2) and b"$x" in flags_of(ben, 1)
        said = line.ask(b"a4 UID STORE 2 +FLAGS ($status-open)")
        assert b"4 EXISTS" in said[0] and not any(b"FETCH" in each for each in said)
        assert b"$status-open" in flags_of(ben, 2)


def test_it_is_dragged(company: Company) -> None:
    with signed_in(company.proxy, "anna") as line:
        line.ask(b"s SELECT Status/Open")
        line.ask(b"a1 UID STORE 2,3 +FLAGS ($status-done)")
        said = line.ask(b"a2 UID MOVE 2:3 Archive")
        assert b"COPYUID" in said[0] and b"a2 OK" in said[-1]
        [status, _] = line.ask(b"a3 STATUS Archive (MESSAGES)")
        assert b"MESSAGES 2" in status


def test_a_refusal_is_said(company: Company) -> None:
    with signed_in(company.proxy, "anna") as line, signed_in(company.proxy, "ben") as ben:
        line.ask(b"s SELECT Status/Unassigned")
        line.ask(b"a1 UID STORE 2 +FLAGS ($assignee-anna)")
        ben.ask(b"b0 SELECT INBOX")
        line.ask(b"a2 UID STORE 2 -FLAGS ($assignee-anna)")
        assert b"b1 OK" in ben.ask(b"b1 UID STORE 2 +FLAGS ($assignee-ben)")[-1]
        said = line.ask(b"a3 UID STORE 2 +FLAGS ($assignee-anna)")
        assert b"a3 NO [INUSE]" in said[-1]
        assert not any(b"FETCH" in each for each in said)
