"""Who has how much: people with work, people without, and what is nobody's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.errors import NotFound
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin, Right
from proxyd.domain.workflow import SHIPPED
from proxyd.service.actor import Actor
from proxyd.service.reports.load import Absence, Load, LoadReport, Loads
from proxyd.store.database import Database
from tests.bench.response_times import SUPPORT
from tests.conftest import FakeClock
from tests.service.reports.work import put_work

ADMIN = Actor("root@cli", Origin("cli"))
ANNA, BEN, CHO, DAI, EVA = range(1, 6)
NOTHING = Load({}, 0, 0, None, 0)


@pytest.fixture
async def office(database: Database, clock: FakeClock) -> Database:
    """Two mailboxes; Anna and Ben are in the first, Cho in the second, Dai and Eva in none."""

    def put(tx) -> None:
        for name in ("support", "sales"):
            tx.mailboxes.add(replace(SUPPORT, name=name), b"sealed")
        for login in ("anna", "ben", "cho", "dai", "eva"):
            tx.accounts.add(login, login.title(), "staff", "hash")
        for account, mailbox in ((ANNA, 1), (BEN, 1), (CHO, 2)):
            tx.accounts.grant(account, mailbox, Right.RESPOND)

    await database.write(put)
    return database


async def asked(database: Database, clock: FakeClock, mailbox: str | None = None) -> LoadReport:
    return await Loads(database, SHIPPED, clock).report(by=ADMIN, mailbox=mailbox)


def shown(report: LoadReport) -> dict[str, tuple[str, Load]]:
    return {
        one.account.login if one.account else "": (one.absence, one.load) for one in report.people
    }


async def test_open_waiting_overdue_and_on_hold(office: Database, clock: FakeClock) -> None:
    await put_work(office, "open", assignee_id=ANNA, waits_us=30, overdue=True)
    await put_work(office, "open", assignee_id=ANNA, waits_us=20)
    await put_work(office, "open", assignee_id=ANNA)
    await put_work(office, "hold", assignee_id=ANNA, until_us=99)
    await put_work(office, "hold", assignee_id=ANNA)
    await put_work(office, "open", waits_us=10)
    await put_work(office, "done", assignee_id=ANNA)
    await put_work(office, "open", assignee_id=ANNA, mails=False)
    report = await asked(office, clock, "support")
    assert shown(report) == {
        "anna": ("", Load({"open": 3, "hold": 2}, 2, 1, 20, 1)),
        "ben": ("", NOTHING),
        "": ("", Load({"open": 1}, 1, 0, 10, 0)),
    }
    assert report.total == Load({"open": 4, "hold": 2}, 3, 1, 10, 1)
    assert report.total.conversations == 6


async def test_of_all_mailboxes(office: Database, clock: FakeClock) -> None:
    await put_work(office, "open", assignee_id=CHO, mailbox_id=2)
    await put_work(office, "checking", mailbox_id=2)
    report = await asked(office, clock)
    assert list(shown(report)) == ["anna", "ben", "cho", ""]
    assert report.total.by_status == {"open": 1, "checking": 1}
    assert list(shown(await asked(office, clock, "support"))) == ["anna", "ben", ""]


async def test_on_whom_nobody_should_count(office: Database, clock: FakeClock) -> None:
    for account in (BEN, DAI):
        await put_work(office, "open", assignee_id=account)

    def go(tx) -> None:
        tx.accounts.set_away(ANNA, clock.now + 1)
        tx.accounts.set_disabled(BEN, disabled=True)

    await office.write(go)
    absences = {login: absence for login, (absence, _) in shown(await asked(office, clock)).items()}
    assert absences == {
        "anna": Absence.AWAY,
        "ben": Absence.DISABLED,
        "cho": Absence.NONE,
        "dai": Absence.NO_GRANT,
        "": Absence.NONE,
    }
    clock.advance(us=1)
    assert shown(await asked(office, clock))["anna"][0] is Absence.NONE, "back"


async def test_asking_is_recorded_also_for_a_mailbox_that_is_none(
    office: Database, clock: FakeClock
) -> None:
    await asked(office, clock)
    with pytest.raises(NotFound):
        await asked(office, clock, "other")
    found = await office.read(lambda tx: tx.log.search(LogQuery(action="audit")))
    told = [one.record.detail for one in found]
    assert told == [{"did": "load"}, {"did": "load", "mailbox": "other"}]


@pytest.mark.parametrize("use", ["\\trash", "\\hasnochildren \\junk"])
async def test_what_is_thrown_away_is_nobody_s_work(
    office: Database, clock: FakeClock, use: str
) -> None:
    await put_work(office, "open", assignee_id=ANNA, use=use)
    report = await asked(office, clock)
    assert report.total == NOTHING
    await put_work(office, "open", assignee_id=ANNA, use="\\hasnochildren")
    assert (await asked(office, clock)).total.conversations == 1
