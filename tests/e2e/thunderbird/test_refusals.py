"""A move that is refused, on Thunderbird's screen: it says why, asks once, shows the mail where it
is, and does the same when it is dragged again once the cause is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.moves.causes import CAUSES, Office, behind_a_door
from tests.e2e.moves.cells import Cell, arrive
from tests.e2e.moves.test_refusals import ASKED_MOST, IMPATIENT, commands, lies
from tests.e2e.thunderbird.conftest import TITLE
from tests.e2e.thunderbird.program import Thunderbird
from tests.e2e.thunderbird.test_a_day import ON_DEMAND
from tests.patience import until
from tests.servers.certificates import Certificates

SAYS = {
    "full": "Quota exceeded",
    "busy": "locked by another process",
    "breaks-off": "does not answer at the moment",
    "reads": "you may read this mail, but not change or answer it",
}


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company], certificates: Certificates) -> Iterator[Office]:
    company = found_company(count=0, more=IMPATIENT)
    with company.proxy.imap("anna") as anna:
        assert anna.create("Projects")[0] == "OK"
        assert anna.subscribe("Projects")[0] == "OK"
    with behind_a_door(company, certificates) as office:
        yield office


@pytest.fixture(scope="module")
def anna(office: Office, seat: Callable[..., Thunderbird]) -> Thunderbird:
    anna = seat(office.company, ON_DEMAND)
    anna.settled()
    return anna


@pytest.mark.parametrize("why", SAYS)
def test_she_is_told_and_sees_the_mail_where_it_is(
    office: Office, anna: Thunderbird, why: str
) -> None:
    cause, proxy = CAUSES[why], office.company.proxy
    cell = Cell(f"tb-{why}", cause.source, cause.target)
    target = (TITLE, *cause.target.split("/"))
    arrive(office.company, [cell])
    anna.do("tidyUp")
    anna.open(TITLE, "Inbox")
    anna.see(cell.subject, lambda: anna.row(cell.subject))
    with cause.begun(office):
        before = commands(proxy)

        def refused() -> int:
            asked = commands(proxy) - before
            return sum(n for (_, outcome), n in asked.items() if outcome != "ok")

        anna.drag(cell.subject, *target)
        anna.see(SAYS[why], lambda: any(SAYS[why] in text for text in anna.look("notifications")))
        anna.settled()
        assert 1 <= refused() <= ASKED_MOST
        assert lies(office, cell) == [cause.source]
        anna.see("it where it was", lambda: anna.row(cell.subject))
    anna.drag(cell.subject, *target)
    anna.settled()
    anna.open(*target)
    anna.see("it where it was dragged to", lambda: anna.row(cell.subject))
    until(lambda: lies(office, cell) == list(cause.afterwards))
