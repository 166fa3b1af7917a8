"""An admin ends what a person has open (service/admin/session_ending.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import NotFound, StoreUnavailable
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.web_sessions import WebSessions
from proxyd.service.actor import Actor
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.session_ending import Ended, SessionEnding
from proxyd.service.password_checks import PasswordChecks

ROOT = Actor("Root@cli", Origin("cli"))
PASSWORD = "seven green kettles"


class Session:
    def __init__(self):
        self.ended = []

    def end(self, reason):
        self.ended.append(reason)


@pytest.fixture
async def accounts(database, hasher):
    checks = PasswordChecks(hasher)
    admin = AccountAdmin(database, checks)
    for login in ("anna", "ben"):
        await admin.add(login, login.title(), by=ROOT, password=PASSWORD)
    yield Accounts(database, checks)
    checks.close()


async def open_for(accounts, login):
    account = await accounts.sign_in(login, PASSWORD, Origin("web", "192.0.2.7"))
    session = Session()
    accounts.register(account, session)
    return account, session


async def in_a_browser(database, clock, account):
    begun = await WebSessions(database, clock).begin(
        account, factors=["password"], address="", client="", still=lambda _: True
    )
    return begun.session.number


async def test_mail_and_browsers_end_and_others_stay(database, accounts, clock):
    anna, first = await open_for(accounts, "anna")
    _, second = await open_for(accounts, "anna")
    _, bens = await open_for(accounts, "ben")
    await in_a_browser(database, clock, anna)
    kept = await in_a_browser(database, clock, anna)
    ending = SessionEnding(database, accounts)
    assert ending.mail_sessions(anna) == 2
    assert await ending.end_all(" Anna ", by=ROOT, but=kept) == Ended(mail=2, web=1)
    assert (first.ended, second.ended, bens.ended) == (["ended"], ["ended"], [])
    left = await database.read(lambda tx: tx.web_sessions.of(anna.id))
    assert [one.number for one in left] == [kept]
    (stored,) = await database.read(
        lambda tx: tx.log.search(LogQuery(action="admin", newest_first=True, limit=1))
    )
    assert stored.record.detail == {
        "did": "user sessions ended",
        "login": "anna",
        "web": 1,
        "mail": 2,
    }
    assert stored.record.actor == "root@cli"


async def test_nobody_of_that_login(database, accounts):
    with pytest.raises(NotFound):
        await SessionEnding(database, accounts).end_all("nobody", by=ROOT)


async def test_without_a_record_nothing_ends(database, accounts, monkeypatch):
    _, session = await open_for(accounts, "anna")

    async def full(_work):
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(database, "write", full)
    with pytest.raises(StoreUnavailable):
        await SessionEnding(database, accounts).end_all("anna", by=ROOT)
    assert session.ended == []
