"""Shared mailboxes come, change and go while people work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from proxyd.domain.events import Action
from proxyd.domain.policy_options import changed
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin, Right, SeenMode, SharedMailbox, Unfinished
from proxyd.domain.workflow import SHIPPED, StatusSet, StatusWord
from proxyd.service.accounts.people import People
from proxyd.service.api.changing import FlagMode
from proxyd.service.mail.front import Front
from proxyd.service.mailbox.object_ids import ObjectIds
from proxyd.service.mailbox.shop import Shop
from proxyd.service.rooms import Plumbing, Rooms
from proxyd.service.sending.submission import Submission
from proxyd.store.database import Database
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S
from tests.service.conftest import SERVER, Watcher, mail
from tests.service.fake_upstream import FakeUpstream


class NoRelay:
    async def send(self, sender: str, recipients: object, message: bytes) -> None:
        raise AssertionError("nobody sends here")

    async def probe(self) -> list[str]:
        return []


@dataclass
class House:
    """Rooms on a real database; each mailbox's provider outlives its connections."""

    database: Database
    clock: FakeClock
    statuses: StatusSet = SHIPPED
    providers: dict[str, FakeUpstream] = field(default_factory=dict)
    made: list[FakeUpstream] = field(default_factory=list)

    def build(self) -> None:
        self.people = People(lambda: self.accounts)
        ids = ObjectIds(bytes(32))
        shop = Shop(self.database, self.people, self.statuses, self.clock, lambda subject: "d", ids)
        submission = Submission(self.database, self.clock, subject_digest=lambda subject: "d")
        plumbing = Plumbing(self.connect, lambda mailbox: NoRelay(), 60)
        self.submission = submission
        self.rooms = Rooms(shop, plumbing, submission)
        self.front = Front(self.rooms.counters, self.database)

    def connect(self, mailbox: SharedMailbox) -> FakeUpstream:
        """A new line to the same provider."""
        provider = self.providers.setdefault(mailbox.name, FakeUpstream())
        line = FakeUpstream()
        line.folders, line.down = provider.folders, provider.down
        self.made.append(line)
        return line

    async def apply(self, renewed: tuple[int, ...] = ()) -> None:
        self.accounts = await self.database.read(lambda tx: tx.accounts.all())
        self.people.refresh()
        mailboxes = await self.database.read(lambda tx: tx.mailboxes.all())
        await self.rooms.apply(mailboxes, renewed)

    async def add(self, name: str) -> SharedMailbox:
        mailbox = SharedMailbox(
            0, name, f"{name}@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
        )
        return await self.database.write(lambda tx: tx.mailboxes.add(mailbox, b"sealed"))

    async def hire(self, login: str, *mailboxes: SharedMailbox) -> int:
        def work(tx: object) -> int:
            account = tx.accounts.add(login, login.title(), "staff", "hash")  # type: ignore[attr-defined]
            for mailbox in mailboxes:
                tx.accounts.grant(account.id, mailbox.id, Right.RESPOND)  # type: ignore[attr-defined]
            return int(account.id)

        return await self.database.write(work)

    async def enter(self, login: str) -> object:
        account = next(a for a in self.accounts if a.login == login)
        return await self.front.enter(account, login, Origin("imap"))

    async def restart(self) -> None:
        await self.close()
        self.build()

    async def close(self) -> None:
        await self.submission.close()
        await self.rooms.close()


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> AsyncIterator[House]:
    house = House(database, clock)
    house.build()
    yield house
    await house.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


async def settled(house: House, mailbox: SharedMailbox) -> None:
    await asyncio.wait_for(
        house.rooms.counters()[mailbox.id].sync.first_round_done.wait(), PATIENCE_S
    )


async def test_with_the_provider_down_at_the_start_people_work_from_what_is_stored(
    house: House,
) -> None:
    mailbox = await house.add("support")
    await house.hire("anna", mailbox)
    await house.apply()
    house.providers["support"].deliver(mail("m1@x"))
    await settled(house, mailbox)
    await house.rooms.counters()[mailbox.id].sync.sync_changed()
    house.providers["support"].down = True
    await house.restart()
    await house.apply()
    person = await house.enter("anna")
    view = await person.open("INBOX", read_only=False, observer=Watcher())  # type: ignore[attr-defined]
    await view.store([1], FlagMode.ADD, ["$status-done"])
    assert "$status-done" in view.facts(1).flags
    await until(lambda: [t.told for t in house.rooms.troubles()] == ["the line is cut"])
    assert [t.serious for t in house.rooms.troubles()] == [True]
    assert house.rooms.notices() == []
    await view.store([1], FlagMode.ADD, ["\\Flagged"])
    house.clock.advance(seconds=120)
    owed = "the provider has still to be told of 1 changes of flags, the oldest 2 minutes old"
    assert house.rooms.notices() == [f"support: {owed}"]
    assert house.rooms.waiting()["support"] == Unfinished(120.0, 1, 120.0, 0)


async def test_a_mailbox_added_while_running_and_one_removed(house: House) -> None:
    support = await house.add("support")
    await house.apply()
    sales = await house.add("sales")
    await house.hire("anna", support, sales)
    await house.apply()
    await settled(house, sales)
    person = await house.enter("anna")
    assert "Shared/sales/INBOX" in {view.name for view in person.views()}  # type: ignore[attr-defined]
    line = house.made[-1]
    assert line._changed
    await house.database.write(lambda tx: tx.mailboxes.remove(sales.id))
    await house.apply()
    assert set(house.rooms.counters()) == {support.id}
    assert not line._changed, "its line is closed"


async def test_a_new_password_makes_a_new_line_and_open_views_go_on(house: House) -> None:
    mailbox = await house.add("support")
    await house.hire("anna", mailbox)
    await house.apply()
    await settled(house, mailbox)
    person = await house.enter("anna")
    told = Watcher()
    view = await person.open("INBOX", read_only=False, observer=told)  # type: ignore[attr-defined]
    await house.apply(renewed=(mailbox.id,))
    old, new = house.made
    assert not old._changed
    await until(lambda: bool(new._changed))
    new.deliver(mail("m1@x"))
    await until(lambda: bool(told.told))
    assert list(view.uids()) == [1]


async def test_a_change_that_concerns_no_server_keeps_the_line(house: House) -> None:
    mailbox = await house.add("support")
    await house.hire("anna", mailbox)
    await house.apply()
    await settled(house, mailbox)
    person = await house.enter("anna")
    changed = replace(mailbox, language="ja")
    await house.database.write(lambda tx: tx.mailboxes.update(changed))
    await house.apply()
    assert len(house.made) == 1
    assert "対応状況/未対応" in {view.name for view in person.views()}  # type: ignore[attr-defined]


async def test_the_work_of_somebody_removed_is_nobodys(house: House) -> None:
    mailbox = await house.add("support")
    await house.hire("anna", mailbox)
    ben = await house.hire("ben", mailbox)
    await house.apply()
    house.providers["support"].deliver(mail("m1@x"))
    await settled(house, mailbox)
    await house.rooms.counters()[mailbox.id].sync.sync_changed()
    person = await house.enter("anna")
    view = await person.open("INBOX", read_only=False, observer=Watcher())  # type: ignore[attr-defined]
    await view.store([1], FlagMode.ADD, ["$assignee-ben"])
    assert "Status/Assigned to/Ben" in {view.name for view in person.views()}  # type: ignore[attr-defined]
    before = view.modseq(1)
    await house.database.write(lambda tx: tx.accounts.remove(ben))
    await house.apply()
    assert view.modseq(1) == view.highest_modseq > before
    assert set(view.facts(1).flags) == {"$status-open"}
    assert "Status/Assigned to/Ben" not in {view.name for view in person.views()}  # type: ignore[attr-defined]
    counts = await person.counts("Status/Unassigned")  # type: ignore[attr-defined]
    assert counts.messages == 1
    query = LogQuery(action=Action.RELEASE)
    (gone,) = await house.database.read(lambda tx: tx.log.search(query))
    assert gone.record.detail == {"from": "ben", "to": "", "by": "person-gone"}


async def test_whose_seen_counts_is_changed(house: House) -> None:
    mailbox = await house.add("support")
    await house.hire("anna", mailbox)
    await house.apply()
    for number in (1, 2):
        house.providers["support"].deliver(mail(f"m{number}@x"))
    await settled(house, mailbox)
    await house.rooms.counters()[mailbox.id].sync.sync_changed()
    person = await house.enter("anna")
    told = Watcher()
    view = await person.open("INBOX", read_only=False, observer=told)  # type: ignore[attr-defined]
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    before, other = view.modseq(1), view.modseq(2)
    told.told.clear()
    shared = replace(mailbox, seen=SeenMode.SHARED)
    await house.database.write(lambda tx: tx.mailboxes.update(shared))
    await house.apply()
    assert set(view.facts(1).flags) == {"$status-open"}
    assert view.modseq(1) == view.highest_modseq > before
    assert view.modseq(2) == other
    assert told.told == [("changed", [1])]


async def test_statuses_configured_anew_between_two_runs(house: House) -> None:
    mailbox = await house.add("support")
    await house.hire("anna", mailbox)
    await house.apply()
    await settled(house, mailbox)
    for number in (1, 2):
        house.providers["support"].deliver(mail(f"m{number}@x"))
    await house.rooms.counters()[mailbox.id].sync.sync_changed()
    person = await house.enter("anna")
    view = await person.open("INBOX", read_only=False, observer=Watcher())  # type: ignore[attr-defined]
    await view.store([1], FlagMode.ADD, ["$status-hold"])
    await view.store([2], FlagMode.ADD, ["$status-checking"])
    words = [word for word in SHIPPED.words if word.key != "hold"]
    house.statuses = StatusSet((*words, StatusWord("waiting", "Waiting", "返事待ち")))
    await house.restart()
    await house.apply()
    person = await house.enter("anna")
    names = {view.name for view in person.views()}  # type: ignore[attr-defined]
    assert "Status/Waiting" in names
    assert "Status/On hold" not in names
    view = await person.open("INBOX", read_only=False, observer=Watcher())  # type: ignore[attr-defined]
    assert [set(view.facts(uid).flags) for uid in (1, 2)] == [
        {"$status-open"},
        {"$status-checking"},
    ]
    assert (await person.counts("Status/Open")).messages == 1  # type: ignore[attr-defined]


async def test_rules_are_in_force_when_they_change(house: House) -> None:
    """And who they name may have left since."""
    mailbox = await house.add("support")
    anna = await house.hire("anna", mailbox)
    text = '[[rule]]\nname = "a"\nfrom = "*"\nassignee = "anna"\n'
    await house.database.write(lambda tx: tx.rules.add(mailbox.id, "x@cli", text))
    await house.apply()
    await settled(house, mailbox)
    counter = house.rooms.counters()[mailbox.id]
    state, provider = counter.room.state, house.providers["support"]
    provider.deliver(mail("m1@x", sender="a@x"))
    await counter.sync.sync_changed()
    assert state.threads["m1@x"].assignee == anna
    await house.database.write(lambda tx: tx.rules.add(mailbox.id, "x@cli", ""))
    await house.apply()
    provider.deliver(mail("m2@x", sender="b@x"))
    await counter.sync.sync_changed()
    assert state.threads["m2@x"].assignee is None
    await house.database.write(lambda tx: tx.rules.add(mailbox.id, "x@cli", text))
    await house.database.write(lambda tx: tx.accounts.remove(anna))
    await house.apply()
    provider.deliver(mail("m3@x", sender="c@x"))
    await counter.sync.sync_changed()
    assert state.threads["m3@x"].assignee is None
    (told,) = house.rooms.notices()
    assert told.startswith('support: rule "a": it gives mail to nobody: there is no person')


async def test_closed_days_and_another_policy_come_into_force(house: House) -> None:
    mailbox = await house.add("support")
    day = date(2026, 5, 1)
    await house.database.write(lambda tx: tx.closed_days.replace(mailbox.id, {day: "May day"}))
    await house.apply()
    room = house.rooms.counters()[mailbox.id].room
    assert room.office.closed(day), "from the start on"
    epoch = await house.database.read(lambda tx: tx.mailboxes.epoch())
    await house.database.write(lambda tx: tx.closed_days.replace(mailbox.id, {}))
    assert await house.database.read(lambda tx: tx.mailboxes.epoch()) > epoch, "noticed by that"
    await house.apply()
    assert not room.office.closed(day)
    always = replace(mailbox, policy=changed(mailbox.policy, {"office-hours": "always"}))
    await house.database.write(lambda tx: tx.mailboxes.update(always))
    await house.apply()
    assert room.office.weekly.days is None
    assert len(house.made) == 1, "the line stays"
