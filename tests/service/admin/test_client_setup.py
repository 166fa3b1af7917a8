"""Who needs what to set up a mail client (service/admin/client_setup.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.client_facts import ClientFacts, ClientServer
from proxyd.domain.policy import Policy
from proxyd.domain.types import Right, SeenMode, Server, SharedMailbox
from proxyd.domain.workflow import SHIPPED
from proxyd.service.admin.client_setup import ClientSetup, Reached
from proxyd.store.database import Database

SERVER = Server("mail.example.test", 993, "tls", "user")
REACHED = Reached(
    "Aoba",
    ClientServer("mail.example.test", 993, "tls"),
    ClientServer("mail.example.test", 587, "starttls"),
    "https://autoconfig.example.test",
    "",
)


@pytest.fixture
async def facts(company: ClientSetup) -> ClientFacts:
    return await company.facts()


@pytest.fixture
async def company(database: Database) -> ClientSetup:
    def add(tx):  # type: ignore[no-untyped-def]
        for name, language in (("support", "ja"), ("sales", "en")):
            box = SharedMailbox(
                *(0, name, f"{name}@Example.test", (), language, SeenMode.PERSON, SERVER, SERVER)
            )
            tx.mailboxes.add(box, b"s")
        boxes = {box.name: box.id for box in tx.mailboxes.all()}
        for login, grants in {
            "anna": {"support": Right.RESPOND, "sales": Right.READ},
            "ben": {"sales": Right.MANAGE},
            "reader": {"support": Right.READ},
            "leaver": {"support": Right.RESPOND},
            "root": {},
        }.items():
            account = tx.accounts.add(login, login.title(), "staff", "hash")
            for name, right in grants.items():
                tx.accounts.grant(account.id, boxes[name], right)
            tx.accounts.set_disabled(account.id, login == "leaver")

    await database.write(add)
    return ClientSetup(database, SHIPPED, REACHED)


async def test_everybody_who_has_a_mailbox_and_may_come_in(facts: ClientFacts) -> None:
    assert [person.login for person in facts.people] == ["anna", "ben", "reader"]
    anna, ben, reader = facts.people
    assert [box.name for box in anna.mailboxes] == ["support", "sales"]
    assert (anna.language, ben.language) == ("ja", "en")
    assert (anna.may_respond, reader.may_respond) == (True, False)
    box = anna.mailboxes[0]
    assert (box.address, box.domain) == ("support@Example.test", "example.test")
    assert box.note_address == "note@support.example.test.invalid"


async def test_whose_mails_wait_and_where(company: ClientSetup, database: Database) -> None:
    def change(tx):  # type: ignore[no-untyped-def]
        ids = {box.name: box.id for box in tx.mailboxes.all()}
        support = next(box for box in tx.mailboxes.all() if box.name == "support")
        tx.mailboxes.update(replace(support, policy=Policy(send_delay_s=30)))
        account = tx.accounts.add("trainee", "T", "staff", "hash")
        for name, right in (("support", Right.RESPOND_WITH_APPROVAL), ("sales", Right.MANAGE)):
            tx.accounts.grant(account.id, ids[name], right)

    await database.write(change)
    people = {one.login: one for one in (await company.facts()).people}
    assert [one.login for one in people.values() if one.needs_approval] == ["trainee"]
    assert [box.send_delay_s for box in people["trainee"].mailboxes] == [30, 0]


async def test_the_tags_are_those_of_who_works_in_these_mailboxes(facts: ClientFacts) -> None:
    people = {p.login: [t.keyword for t in p.tags if "assignee" in t.keyword] for p in facts.people}
    assert people == {
        "anna": ["$assignee-anna", "$assignee-ben"],
        "ben": ["$assignee-ben"],
        "reader": ["$assignee-anna"],
    }


async def test_people_of_one_name_are_called_as_their_folders_are(
    company: ClientSetup, database: Database
) -> None:
    """By age, not by login; who is switched off keeps the name (service/mail/tree.py)."""

    def add(tx):  # type: ignore[no-untyped-def]
        box = next(box.id for box in tx.mailboxes.all() if box.name == "support")
        for login in ("zed", "abe"):
            account = tx.accounts.add(login, "Leaver", "staff", "hash")
            tx.accounts.grant(account.id, box, Right.RESPOND)

    await database.write(add)
    labels = {tag.keyword: tag.label for tag in await company.tags(["support"], "en")}
    assert labels["$assignee-zed"] == "Leaver (zed)" and "$assignee-leaver" not in labels
    assert labels["$assignee-abe"] == "Leaver (abe)"
    anna = (await company.facts()).people[1]
    assert {tag.label for tag in anna.tags} >= {"Leaver (zed)", "Leaver (abe)"}


async def test_who_works_in_the_first_mailbox_is_called_as_there(
    company: ClientSetup, database: Database
) -> None:
    def add(tx):  # type: ignore[no-untyped-def]
        boxes = {box.name: box.id for box in tx.mailboxes.all()}
        for login, name in (("old", "sales"), ("new", "support")):
            account = tx.accounts.add(login, "Twin", "staff", "hash")
            tx.accounts.grant(account.id, boxes[name], Right.RESPOND)

    await database.write(add)
    anna, ben, *_ = (await company.facts()).people
    called = [{t.keyword: t.label for t in one.tags} for one in (anna, ben)]
    assert called[0]["$assignee-new"] == "Twin" and called[0]["$assignee-old"] == "Twin (old)"
    assert called[1]["$assignee-old"] == "Twin"
