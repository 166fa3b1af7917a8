"""When the office is open (admin/web/mailboxes/hours.py)."""

from __future__ import annotations

from datetime import date

HOURS = "/mailboxes/support/hours"


async def days(company):
    return await company.services.mailboxes.closed_days.own("support")


async def test_hours_and_holidays_by_the_same_two_steps(ada, company):
    await ada.get(HOURS)
    typed = {"office-hours": "Mon-Thu 10:00-16:00", "zone": "Asia/Tokyo", "holidays": "JP"}
    answer = await ada.post(HOURS, **typed)
    assert "You are changing 3 things" in answer.text and 'value="Mon-Thu' in answer.text
    await ada.post("/mailboxes/support/policy/save", **typed)
    policy = (await company.services.mailboxes.admin.find("support")).policy
    assert (str(policy.office_hours), policy.zone) == ("Mon-Thu 10:00-16:00", "Asia/Tokyo")
    text = (await ada.get(f"{HOURS}?year=2026")).text
    assert "2026-01-01" in text and "<td>JP</td>" in text


async def test_closed_days_of_one_s_own(ada, company):
    await ada.get(HOURS)
    lines = "2026-05-01 May <b>day</b>\r\n2026-12-30..2026-12-31 Winter\r\n"
    answer = await ada.post(f"{HOURS}/days", days=lines)
    assert "The closed days are saved." in answer.text
    assert (await days(company))[date(2026, 12, 31)] == "Winter"
    text = (await ada.get(f"{HOURS}?year=2026")).text
    assert "<b>" not in text and "2026-12-30 Winter\n2026-12-31 Winter" in text
    assert text.count("<td>own</td>") == 3 and 'href="/mailboxes/support/hours?year=2027"' in text
    await ada.post(f"{HOURS}/days", days=" ")
    assert await days(company) == {}


async def test_what_is_no_day_is_told_with_its_line_and_kept(ada, company):
    await ada.get(HOURS)
    answer = await ada.post(f"{HOURS}/days", days="2026-05-01 ok\r\nsome day")
    assert answer.status_code == 422
    assert ada.problems() == ["Line \u20682\u2069: begin with a date such as 2026-05-01."]
    assert "some day</textarea>" in answer.text and await days(company) == {}
    await ada.post(f"{HOURS}/days", days="BEGIN:VCALENDAR")
    assert ada.problems() == ["Write one day or range of days a line."]


async def test_an_office_that_never_opens_is_refused(ada, company):
    await ada.get(HOURS)
    answer = await ada.post(f"{HOURS}/days", days="2025-01-01..2027-12-31 away")
    assert answer.status_code == 422 and ada.problems()[0].startswith("The office would never open")


async def test_any_year_that_is_none_shows_this_one(ada):
    for year in ("0", "99999", "x", "-1", "\u0661"):
        assert (await ada.get(f"{HOURS}?year={year}")).status_code == 200
