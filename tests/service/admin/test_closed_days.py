"""An office's closed days, for admins (service/admin/closed_days.py)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from proxyd.domain.errors import BadInput, NotFound
from proxyd.service.admin.closed_days import ClosedDay, ClosedDaysAdmin, OfficeCheck
from proxyd.service.admin.mailbox_admin import MailboxAdmin
from tests.domain.test_office import OneCountry
from tests.service.admin.test_mailbox_admin import ROOT, SECRET, SUPPORT, last_record

NOW_US = int(datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()) * 1_000_000
FOR_GOOD = {date(2026, 5, 1) + timedelta(n): "closed" for n in range(1000)}


@pytest.fixture
def check():
    return OfficeCheck(OneCountry(), lambda: NOW_US)


@pytest.fixture
async def mailboxes(database, sealer, check):
    admin = MailboxAdmin(database, sealer, check=check)
    await admin.add("support", SUPPORT, SECRET, by=ROOT)
    await admin.set_policy("support", {"zone": "Asia/Tokyo"}, by=ROOT)
    return admin


@pytest.fixture
def admin(database, check, mailboxes):
    return ClosedDaysAdmin(database, check)


async def test_a_country_s_and_own_ones_of_a_year(database, admin):
    own = {date(2026, 12, 31): "ours", date(2027, 1, 1): "ours too", date(2027, 1, 2): "more"}
    await admin.replace("support", own, by=ROOT)
    assert await admin.of_year("support", None) == (
        2026,
        [ClosedDay(date(2026, 1, 1), "元日", "JP"), ClosedDay(date(2026, 12, 31), "ours", "")],
    )
    assert await admin.of_year("support", 2027) == (
        2027,
        [
            ClosedDay(date(2027, 1, 1), "ours too", ""),
            ClosedDay(date(2027, 1, 1), "元日", "JP"),
            ClosedDay(date(2027, 1, 2), "more", ""),
        ],
    )
    record = await last_record(database)
    assert (record.action, record.actor, record.mailbox) == ("admin", "root@cli", "support")
    assert record.detail == {
        "did": "mailbox holidays",
        "days": 3,
        "first": "2026-12-31",
        "last": "2027-01-02",
    }


async def test_replaced_and_cleared(database, admin):
    await admin.replace("support", {date(2026, 5, 1): "a"}, by=ROOT)
    await admin.replace("support", {date(2026, 5, 2): "b"}, by=ROOT)
    _, days = await admin.of_year("support", 2026)
    assert [one.name for one in days] == ["元日", "b"]
    await admin.replace("support", {}, by=ROOT)
    _, days = await admin.of_year("support", 2026)
    assert [one.name for one in days] == ["元日"]
    assert (await last_record(database)).detail == {"did": "mailbox holidays", "days": 0}


async def test_an_office_that_would_never_open_is_refused(database, admin, mailboxes):
    before = await last_record(database)
    with pytest.raises(BadInput) as caught:
        await admin.replace("support", FOR_GOOD, by=ROOT, what="days.ics")
    assert caught.value.what == "days.ics"
    assert "closed for the next 800 days" in caught.value.problem
    assert await last_record(database) == before
    thursdays = {day: "" for day in FOR_GOOD if day.weekday() == 3}
    await admin.replace("support", thursdays, by=ROOT)
    with pytest.raises(BadInput) as caught:
        await mailboxes.set_policy("support", {"office-hours": "Thu 09:00-18:00"}, by=ROOT)
    assert caught.value.what == "office-hours"
    await mailboxes.set_policy("support", {"office-hours": "Thu-Fri 09:00-18:00"}, by=ROOT)
    await mailboxes.set_policy("support", {"office-hours": "always"}, by=ROOT)
    await admin.replace("support", FOR_GOOD, by=ROOT)


async def test_a_country_that_is_not_known_is_refused(mailboxes):
    with pytest.raises(BadInput) as caught:
        await mailboxes.set_policy("support", {"holidays": "XX"}, by=ROOT)
    assert (caught.value.what, caught.value.instead) == ("holidays", "write JP")
    for word in ("JP", "none", "auto"):
        chosen = await mailboxes.set_policy("support", {"holidays": word}, by=ROOT)
        assert chosen.policy.holidays == word


async def test_of_no_mailbox(admin):
    with pytest.raises(NotFound):
        await admin.of_year("nobody", None)
    with pytest.raises(NotFound):
        await admin.replace("nobody", {}, by=ROOT)
