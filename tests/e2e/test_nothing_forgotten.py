"""Job 4 of the demand: nothing is forgotten. A real Dovecot, the real process, and its wall clock
in the hands of the test (tests/servers/turned_clock.py).

Nothing is ever shown to be *not yet* overdue by a pause: a mail that came a minute before the
others tells that the proxy has looked.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.e2e.test_main_job import Idler, flags_of, reply, uid_of
from tests.patience import PATIENCE_S, until
from tests.servers.turned_clock import TurnedClock

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
OVERDUE, UNASSIGNED, MONDAY = "Status/Overdue", "Status/Unassigned", "Status/On hold/Monday"
CUSTOMER = "hanako@customer.example.org"


def at(text: str, zone: ZoneInfo = TOKYO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> TurnedClock:
    return TurnedClock(tmp_path_factory.mktemp("clock") / "now", at("2026-11-27T15:00"))


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company], clock: TurnedClock) -> Company:
    company = found_company(count=0, clock=clock)
    ruled(company, "zone=Asia/Tokyo", "reminder-at=off")
    return company


@pytest.fixture(autouse=True)
def _finished(company: Company) -> Iterator[None]:
    """Nothing of one test is overdue in the next one, months later."""
    yield
    with company.proxy.imap("anna") as client:
        client.select("INBOX")
        client.store("1:*", "+FLAGS", "($status-done)")


@pytest.fixture
def anna(company: Company) -> Iterator[imaplib.IMAP4]:
    with company.proxy.imap("anna") as client:
        client.select("INBOX")
        yield client


@pytest.fixture
def idler(company: Company) -> Iterator[Callable[[str, str], Idler]]:
    made: list[Idler] = []

    def make(login: str, view: str) -> Idler:
        made.append(Idler(company, login, view))
        return made[-1]

    yield make
    for each in made:
        each.close()


def ruled(company: Company, *words: str) -> None:
    company.proxy.typed("mailbox", "policy", "support", *words)


def comes(
    company: Company, client: imaplib.IMAP4, name: str, *lines: str, sender: str = CUSTOMER
) -> str:
    """A mail that is dated by the turned clock, and taken in before it is turned on."""
    clock = company.proxy.clock
    assert clock is not None
    head = [
        f"From: {sender}",
        f"To: {ADDRESS}",
        f"Subject: {name}",
        f"Date: {format_datetime(clock.now)}",
        f"Message-ID: <{name}@customer.example.org>",
        *lines,
    ]
    company.dovecot.deliver("\n".join([*head, "", "Where is it?", ""]).encode())
    return uid_of(client, f"<{name}@customer.example.org>")


def names_in(company: Company, view: str) -> list[str]:
    """The subjects, in the order in which they came in."""
    with company.proxy.imap("ben") as client:
        client.select(f'"{view}"', readonly=True)
        _, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        heads = [row[1] for row in data if isinstance(row, tuple)]
    return [head.split(b":", 1)[1].strip().decode() for head in heads]


def become(company: Company, view: str, names: set[str]) -> None:
    until(
        lambda: set(names_in(company, view)) == names,
        lambda: f"{names_in(company, view)} in {view}, not {names}",
    )


def answers(company: Company, login: str, name: str) -> None:
    with company.proxy.smtp(login) as client:
        client.send_message(reply(f"<{name}@customer.example.org>"), ADDRESS, [CUSTOMER])


def at_the_provider(company: Company) -> imaplib.IMAP4:
    """Webmail."""
    client = imaplib.IMAP4_SSL(
        "localhost", company.dovecot.tls_port, ssl_context=company.proxy.trust(), timeout=PATIENCE_S
    )
    client.login(company.dovecot.user, company.dovecot.password)
    client.select("INBOX")
    return client


def reminder(company: Company) -> str:
    """The text of the one in INBOX, when it has come."""
    with company.proxy.imap("ben") as client:
        client.select("INBOX")
        named = ("HEADER", "Auto-Submitted", "auto-generated")
        until(lambda: client.noop() and client.search(None, *named)[1][0], "no reminder comes")
        (number,) = client.search(None, *named)[1][0].decode().split()
        _, data = client.fetch(number, "(BODY.PEEK[])")
    parsed = message_from_bytes(data[0][1], policy=default)
    return str(parsed.get_content())  # type: ignore[attr-defined]


def signs_in(company: Company, login: str) -> bool:
    try:
        with company.proxy.imap(login):
            return True
    except imaplib.IMAP4.error:
        return False


def has(client: imaplib.IMAP4, uid: str, word: str) -> None:
    until(lambda: word in flags_of(client, uid), f"{word} does not show")


def test_ten_mails_of_which_three_stay_untouched(
    company: Company,
    clock: TurnedClock,
    anna: imaplib.IMAP4,
    idler: Callable[[str, str], Idler],
    tmp_path: Path,
) -> None:
    """On a Friday at four; Monday is a holiday of the company's own."""
    days = tmp_path / "closed.txt"
    days.write_text("2026-11-30 Founding day\n")
    company.proxy.typed("mailbox", "holidays", "support", str(days))
    ruled(company, "reminder-at=17:30")
    uids = {}
    for minute, name in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight")):
        clock.turn(at("2026-11-27T16:00") + timedelta(minutes=minute))
        uids[name] = comes(company, anna, name)
    comes(company, anna, "news", "List-Id: <news.shop.example>", "Precedence: bulk")
    comes(company, anna, "away", "Auto-Submitted: auto-replied")
    overdue, inbox = idler("ben", OVERDUE), idler("ben", "INBOX")

    answers(company, "anna", "four")
    in_webmail = reply("<five@customer.example.org>").as_bytes()
    company.dovecot.deliver(in_webmail, "Sent")
    webmail = at_the_provider(company)
    _, found = webmail.search(None, "SUBJECT", "six")
    webmail.store(found[0].split()[0].decode(), "+FLAGS", r"(\Answered)")
    webmail.shutdown()
    anna.uid("STORE", uids["seven"], "+FLAGS", "($status-done)")
    for name in ("four", "five", "six", "seven"):
        has(anna, uids[name], "$status-done")

    clock.turn(at("2026-12-01T10:30"))
    answers(company, "ben", "eight")
    clock.turn(at("2026-12-01T11:00"))  # two hours on Friday, two on Tuesday
    overdue.wait_for("1 EXISTS")
    inbox.wait_for(rf"FETCH \(UID {uids['one']} FLAGS \(.*\$overdue")
    assert names_in(company, OVERDUE) == ["one"]
    assert "$overdue" not in flags_of(anna, uids["two"])
    clock.turn(at("2026-12-01T11:02"))
    become(company, OVERDUE, {"one", "two", "three"})
    assert names_in(company, OVERDUE) == ["one", "two", "three"]
    inbox.wait_for(rf"FETCH \(UID {uids['three']} FLAGS \(.*\$overdue")

    clock.turn(at("2026-12-01T17:30"))
    told = reminder(company)
    listed = re.findall(r"\b(one|two|three|four|five|six|seven|eight|news|away)\b", told)
    assert list(dict.fromkeys(listed)) == ["one", "two", "three"], told
    ruled(company, "reminder-at=off")
    become(company, OVERDUE, {"one", "two", "three"})

    answers(company, "anna", "one")
    overdue.wait_for("1 EXPUNGE")
    assert "$overdue" not in flags_of(anna, uids["one"])
    assert names_in(company, OVERDUE) == ["two", "three"]


def test_a_second_mail_reopens_what_is_done_and_whose_owner_is_away_is_nobodys(
    company: Company, clock: TurnedClock, anna: imaplib.IMAP4
) -> None:
    clock.turn(at("2026-12-02T10:00"))
    uid = comes(company, anna, "again")
    answers(company, "ben", "again")
    has(anna, uid, "$assignee-ben")
    assert "$status-done" in flags_of(anna, uid)
    company.proxy.typed("user", "away", "ben", "--until", "2099-01-01")
    clock.turn(at("2026-12-03T10:00"))
    company.proxy.add_person("rei", "Rei Oda")
    until(lambda: signs_in(company, "rei"), "the proxy looks at nobody")  # so it knows of both
    second = comes(company, anna, "second", "References: <again@customer.example.org>")
    assert {"$status-open"} <= flags_of(anna, uid)
    assert not flags_of(anna, second) & {"$assignee-ben", "$status-done"}
    become(company, UNASSIGNED, {"again", "second"})
    clock.turn(at("2026-12-03T13:59"))
    become(company, OVERDUE, set())
    clock.turn(at("2026-12-03T14:00"))
    become(company, OVERDUE, {"again", "second"})
    company.proxy.typed("user", "back", "ben")


@pytest.mark.parametrize("killed", [False, True], ids=["idling", "kill -9"])
def test_on_hold_until_monday(
    company: Company, clock: TurnedClock, idler: Callable[[str, str], Idler], *, killed: bool
) -> None:
    """By MOVE, as COPY, \\Deleted and EXPUNGE, and by the command."""
    week = timedelta(weeks=int(killed))
    clock.turn(at("2026-12-08T10:00") + week)
    names = [f"{name}-{killed}" for name in ("moved", "copied", "typed")]
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        moved, copied, _ = [comes(company, anna, name) for name in names]
        assert anna.uid("MOVE", moved, f'"{MONDAY}"')[0] == "OK"
        assert anna.uid("COPY", copied, f'"{MONDAY}"')[0] == "OK"
        anna.uid("STORE", copied, "+FLAGS", r"(\Deleted)")
        anna.expunge()
        said = company.proxy.command(
            "conversation", "hold", f"{names[2]}@customer.example.org", "--until", "monday"
        )
        opens = (at("2026-12-14T09:00") + week).astimezone(UTC)
        assert said.endswith(f"is on hold until {opens:%Y-%m-%d %H:%M:%S%z}.\n")
        held = {name: uid_of(anna, f"<{name}@customer.example.org>") for name in names}
        assert all("$status-hold" in flags_of(anna, uid) for uid in held.values())
    become(company, MONDAY, set(names))
    clock.turn(at("2026-12-12T12:00") + week)
    become(company, MONDAY, set(names))  # on a Saturday that is the next one, still
    told = [] if killed else [idler("ben", "INBOX"), idler("ben", "Status/Open")]
    clock.turn(at("2026-12-14T09:00") + week)
    if killed:
        company.proxy.kill()
        company.proxy.start()
    become(company, "Status/Open", set(names))
    become(company, MONDAY, set())
    if told:
        told[0].wait_for(rf"FETCH \(UID {held[names[0]]} FLAGS \(.*\$status-open")
        told[1].wait_for("3 EXISTS")
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        now = {name: uid_of(anna, f"<{name}@customer.example.org>") for name in names}
        assert now == held
        clock.turn(at("2026-12-14T12:59") + week)
        become(company, OVERDUE, set())
        clock.turn(at("2026-12-14T13:00") + week)
        become(company, OVERDUE, set(names))
        if killed:
            before = company.proxy.typed("conversation", "list", "--status", "open", "--json")
            company.proxy.kill()
            company.proxy.start()
            assert names_in(company, OVERDUE) == names
            after = company.proxy.typed("conversation", "list", "--status", "open", "--json")
            assert after == before
    over = [one for one in company.proxy.audit() if dict(one["detail"]).get("by") == "hold-over"]  # type: ignore[call-overload]
    assert len({one["message_id"] for one in over}) == len(over) == 3 * (1 + killed)


def test_over_the_end_of_the_year(
    company: Company, clock: TurnedClock, anna: imaplib.IMAP4
) -> None:
    """A Thursday; on Friday is New Year's Day in Japan, and then a weekend."""
    clock.turn(at("2026-12-31T15:59"))
    comes(company, anna, "before-new-year")
    clock.turn(at("2026-12-31T16:00"))
    second = comes(company, anna, "new-year")
    clock.turn(at("2027-01-04T10:59"))
    become(company, OVERDUE, {"before-new-year"})
    assert "$overdue" not in flags_of(anna, second)
    clock.turn(at("2027-01-04T11:00"))
    become(company, OVERDUE, {"before-new-year", "new-year"})


@pytest.mark.parametrize(
    ("came", "due"),
    [
        ("2027-03-27T23:00", "2027-03-28T04:00"),  # the clock leaves out an hour
        ("2027-10-30T23:00", "2027-10-31T02:00"),  # and shows one twice
    ],
    ids=["spring", "autumn"],
)
def test_a_night_shift_in_the_night_of_another_clock(
    company: Company, clock: TurnedClock, anna: imaplib.IMAP4, came: str, due: str
) -> None:
    ruled(company, "zone=Europe/Berlin", "office-hours=Mon-Sun 22:00-06:00", "holidays=none")
    minute = timedelta(minutes=1)
    came_at = at(came, BERLIN)
    due_at = datetime.fromtimestamp(came_at.timestamp() + 4 * 3600, BERLIN)
    assert due_at.replace(tzinfo=None) == datetime.fromisoformat(due)
    clock.turn(came_at - minute)
    comes(company, anna, f"first-{came[:10]}")
    clock.turn(came_at)
    second = comes(company, anna, f"second-{came[:10]}")
    clock.turn(datetime.fromtimestamp(due_at.timestamp() - 60, BERLIN))
    become(company, OVERDUE, {f"first-{came[:10]}"})
    assert "$overdue" not in flags_of(anna, second)
    clock.turn(due_at)
    become(company, OVERDUE, {f"first-{came[:10]}", f"second-{came[:10]}"})
