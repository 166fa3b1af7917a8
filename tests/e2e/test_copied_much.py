"""Who copies far more than usual: mbsync on a new computer does not, and a script that fetches
everything again does, where mbsync has been for days.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.keeping_copies import Mbsync
from tests.patience import until
from tests.servers.turned_clock import TurnedClock

MAILS = 60
FLOOR = 40


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> TurnedClock:
    now = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    return TurnedClock(tmp_path_factory.mktemp("clock") / "now", now)


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company], clock: TurnedClock) -> Company:
    company = found_company(count=MAILS, clock=clock)
    policy = ("mailbox", "policy", "support", f"copy-alarm-floor={FLOOR}")
    company.proxy.typed(*policy)
    return company


def told(company: Company) -> list[tuple[object, object]]:
    records = company.proxy.audit("--action", "alarm")
    return [(r["actor"], dict(r["detail"])["what"]) for r in records]  # type: ignore[call-overload]


def test_a_new_computer_is_noted_and_a_script_raises_the_alarm(
    company: Company, clock: TurnedClock, tmp_path: Path
) -> None:
    proxy = company.proxy
    computer = Mbsync(proxy, tmp_path, login="ben")
    computer.sync()
    assert len(computer.mails("INBOX")) == MAILS
    first = ("ben", "first-synchronisation")
    until(lambda: told(company) == [first])
    computer.sync()
    assert 'proxyd_copied_much{mailbox="support"} 0.0' in proxy.http("/metrics")[1]

    clock.turn(clock.now + timedelta(days=4))
    with proxy.imap("ben") as script:
        script.select("INBOX", readonly=True)
        assert script.uid("FETCH", "1:*", "(BODY.PEEK[])")[0] == "OK", "nobody is stopped"
        until(lambda: told(company) == [first, ("ben", "copied-much")])
        assert script.uid("FETCH", "1:*", "(BODY.PEEK[])")[0] == "OK"
    until(lambda: 'proxyd_copied_much{mailbox="support"} 1.0' in proxy.http("/metrics")[1])
    code, ready = proxy.http("/readyz")
    assert code == 200 and "copied far more mail today than usual" in ready
    assert "ben" not in ready, "who may read this may not know who it is"
    assert " warning " in proxy.log() and "ben copies far more of support than usual" in proxy.log()
    (alarm,) = proxy.audit("--action", "alarm")[1:]
    detail = dict(alarm["detail"])  # type: ignore[call-overload]
    assert (detail["mails"], detail["limit"], detail["usual"]) == (MAILS, FLOOR, 0)
    assert alarm["address"] == "127.0.0.1"
