"""Thunderbird drags mails out of views into other views and into folders: each is at the provider
exactly once, to the octet, stands as its target says, and is where her screen shows it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.moves.cells import FOLDERS, Cell, arrive, by_source, cells
from tests.e2e.moves.outcome import differences
from tests.e2e.thunderbird.conftest import TITLE
from tests.e2e.thunderbird.program import Thunderbird
from tests.e2e.thunderbird.test_a_day import ON_DEMAND

SOURCES = ("INBOX", "Status/Unassigned")
SHOWN_AS = {"INBOX": "Inbox", "Archive": "Archives"}


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    office = found_company(count=0)
    with office.proxy.imap("anna") as anna:
        assert anna.create(FOLDERS[0])[0] == "OK"
        assert anna.subscribe(FOLDERS[0])[0] == "OK"
    return office


def path(view: str) -> tuple[str, ...]:
    return (TITLE, *SHOWN_AS.get(view, view).split("/"))


def test_what_she_drags_lies_where_she_dropped_it(
    office: Company, seat: Callable[..., Thunderbird]
) -> None:
    some = cells("tb", SOURCES)
    arrive(office, some)
    anna = seat(office, ON_DEMAND)
    anna.settled()
    for source, part in by_source(some).items():
        for cell in part:
            drag(anna, source, cell)
    anna.settled()
    assert differences(office, some) == {}
    for cell in some[:: len(some) // 4]:
        anna.open(*path(cell.target))
        anna.see(cell.subject, lambda cell=cell: anna.row(cell.subject))


def drag(anna: Thunderbird, source: str, cell: Cell) -> None:
    """One after the other: while it still says one move, Thunderbird forgets to say the next."""
    anna.open(*path(source))
    anna.see(cell.subject, lambda: anna.row(cell.subject))
    anna.see("the target", lambda: anna.shows(*path(cell.target)))
    before = moves_said(anna)
    anna.drag(cell.subject, *path(cell.target))
    anna.see("that it says MOVE", lambda: moves_said(anna) > before)
    anna.see("it idle again", lambda: " idle" in anna.dialogue().lower().rpartition(" move ")[2])


def moves_said(anna: Thunderbird) -> int:
    return anna.dialogue().lower().count(" move ")
