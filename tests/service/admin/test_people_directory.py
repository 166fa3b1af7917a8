"""Everybody a page at a time, and one person (service/admin/people_directory.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import LogRecord, Origin, Right, Role, SeenMode, Server, SharedMailbox
from proxyd.service.actor import Actor
from proxyd.service.admin.people_directory import PeopleDirectory, PeopleQuery, Standing

ADA = Actor("ada", Origin("web", "192.0.2.1", "Firefox"))
SERVER = Server("mail.example.test", 993, "tls", "user")


def signed_in(login, *, outcome="ok", address="192.0.2.7", door="imap", **detail):
    return LogRecord(Action.LOGIN, outcome, login, origin=Origin(door, address), detail=detail)


@pytest.fixture
async def directory(database, clock):
    def fill(tx):
        for name in ("support", "sales"):
            address = f"{name}@example.test"
            tx.mailboxes.add(
                SharedMailbox(0, name, address, (), "en", SeenMode.PERSON, SERVER, SERVER), b"s"
            )
        boxes = {box.name: box.id for box in tx.mailboxes.all()}
        for login, name, role, granted in (
            ("anna", "Anna Sato", "staff", "support"),
            ("ben", "Ben Ｍｏｒｉ", "staff", "sales"),
            ("cleo", "佐藤 クレオ", "staff", ""),
            ("ada", "Ada", "admin", ""),
            ("otto", "Otto", "auditor", ""),
        ):
            account = tx.accounts.add(login, name, role, "hash")
            if granted:
                tx.accounts.grant(account.id, boxes[granted], Right.RESPOND)
            tx.accounts.set_disabled(account.id, login == "otto")
            tx.accounts.set_away(account.id, clock.now + 60_000_000 if login == "ben" else None)

    await database.write(fill)
    return PeopleDirectory(database, clock)


async def logins(directory, most=25, **query):
    found = await directory.page(PeopleQuery(**query), by=ADA, most=most)
    return [one.account.login for one in found.people]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["ada", "anna", "ben", "cleo"]),
        ({"standing": Standing.ALL}, ["ada", "anna", "ben", "cleo", "otto"]),
        ({"standing": Standing.SHUT_OUT}, ["otto"]),
        ({"standing": Standing.AWAY}, ["ben"]),
        ({"role": Role.ADMIN}, ["ada"]),
        ({"mailbox": "support"}, ["anna"]),
        ({"text": "SATO"}, ["anna"]),
        ({"text": "mori sales"}, ["ben"]),
        ({"text": "佐藤"}, ["cleo"]),
        ({"text": "anna sales"}, []),
        ({"text": "a", "role": Role.AUDITOR, "standing": Standing.ALL}, []),
    ],
)
async def test_who_is_looked_for_is_found(directory, query, found):
    assert await logins(directory, **query) == found
    assert PeopleQuery(**query).narrows == bool(query)


async def test_a_page_at_a_time_in_both_directions(directory):
    pages = []
    query = PeopleQuery(standing=Standing.ALL)
    while True:
        page = await directory.page(query, by=ADA, most=2)
        pages.append([one.account.login for one in page.people])
        if not page.after:
            break
        query = PeopleQuery(standing=Standing.ALL, after=pages[-1][-1])
    assert pages == [["ada", "anna"], ["ben", "cleo"], ["otto"]]
    back = await directory.page(PeopleQuery(standing=Standing.ALL, before="otto"), by=ADA, most=2)
    assert [one.account.login for one in back.people] == ["ben", "cleo"]
    assert back.before and back.after
    first = await directory.page(PeopleQuery(standing=Standing.ALL, before="ben"), by=ADA, most=2)
    assert [one.account.login for one in first.people] == ["ada", "anna"] and not first.before


async def test_the_last_sign_in_of_each_and_that_it_was_looked_at(directory, database):
    records = [
        signed_in("anna", address="192.0.2.1"),
        signed_in("anna", address="192.0.2.2", door="web"),
        signed_in("anna", outcome="refused", reason="password"),
    ]
    await database.write(lambda tx: tx.log.append(records))
    page = await directory.page(PeopleQuery(), by=ADA)
    told = {
        one.account.login: one.last and (one.last.door, one.last.address) for one in page.people
    }
    assert told == {"ada": None, "anna": ("web", "192.0.2.2"), "ben": None, "cleo": None}
    assert page.mailboxes == ["sales", "support"]
    (stored,) = await database.read(lambda tx: tx.log.search(LogQuery(action=Action.AUDIT)))
    assert (stored.record.actor, stored.record.detail) == ("ada", {"did": "people"})


async def test_one_person_with_the_sign_ins_of_their_own_account(directory, database, clock):
    """Who had the same login before was somebody else."""
    await database.write(lambda tx: tx.log.append([signed_in("dora")]))
    clock.advance(seconds=1)
    await database.write(lambda tx: tx.accounts.add("dora", "Dora", "staff", "hash"))
    records = [signed_in("dora", outcome="refused", reason="password"), signed_in("dora")]
    await database.write(lambda tx: tx.log.append(records))
    person = await directory.person("Dora", by=ADA)
    assert [(one.outcome, one.reason) for one in person.sign_ins] == [
        ("ok", ""),
        ("refused", "password"),
    ]
    assert person.mailboxes == ["sales", "support"] and not person.grants and not person.is_away
    ben = await directory.person("ben", by=ADA)
    assert ben.is_away and ben.grants == {"sales": Right.RESPOND}
    found = await database.read(lambda tx: tx.log.search(LogQuery(action=Action.AUDIT)))
    assert [one.record.detail for one in found] == [
        {"did": "person", "login": "dora"},
        {"did": "person", "login": "ben"},
    ]


async def test_nobody_of_that_login(directory, database):
    with pytest.raises(NotFound):
        await directory.person("nobody", by=ADA)
    assert await database.read(lambda tx: tx.log.search(LogQuery(action=Action.AUDIT))) == []


async def test_what_adding_somebody_has_to_know(directory):
    assert await directory.mailboxes() == ["sales", "support"]
    assert await directory.logins() == {"ada", "anna", "ben", "cleo", "otto"}
