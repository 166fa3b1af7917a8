"""A shared mailbox at work on a provider in memory and a real database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from proxyd.domain.ports.access_log import LogQuery, StoredRecord
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import (
    Account,
    BytesBlob,
    Origin,
    Right,
    Role,
    SeenMode,
    Server,
    SharedMailbox,
)
from proxyd.domain.workflow import SHIPPED
from proxyd.service.api.appending import NewMessage
from proxyd.service.api.open_view import OpenView
from proxyd.service.mail.front import Front
from proxyd.service.mail.personal_mail import Counter, PersonalMail
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.loading import load
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.notes_along import stage_notes_along
from proxyd.service.mailbox.object_ids import ObjectIds
from proxyd.service.mailbox.office import furnish
from proxyd.service.mailbox.replying import Replying
from proxyd.service.mailbox.sent_folding import SentFolding
from proxyd.service.mailbox.shop import Shop
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.notes.loading import load_notes
from proxyd.service.reminders.reminders import Reminders
from proxyd.service.sending.conversations import RoomConversations
from proxyd.store.database import Database
from proxyd.upstream.noted import NotedMailbox
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S
from tests.service.fake_upstream import FakeUpstream

SERVER = Server("127.0.0.1", 1, "plain", "support")


def mail(
    message_id: str, *, subject: str = "Order", answers: str = "", sender: str = "c@example.com"
) -> bytes:
    """A small mail as a customer writes it, or we to one."""
    to = "c@example.com" if sender.lower() == "support@example.test" else "support@example.test"
    reply = f"In-Reply-To: <{answers}>\nReferences: <{answers}>\n" if answers else ""
    return (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\n"
        f"Message-ID: <{message_id}>\n{reply}\nText of {message_id}\n"
    ).encode()


async def appended(person: PersonalMail, name: str, raw: bytes, *flags: str) -> tuple[int, int]:
    """(UIDVALIDITY, UID) of a message put there."""
    result = await person.append(name, [NewMessage(flags, None, BytesBlob(raw))])
    (uid,) = result.uids
    return result.uidvalidity, uid


class Watcher:
    """An Observer that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[int]]] = []
        self.alerts: list[str] = []

    def arrived(self, uids: Sequence[int]) -> None:
        self.told.append(("arrived", list(uids)))

    def gone(self, uids: Sequence[int]) -> None:
        self.told.append(("gone", list(uids)))

    def changed(self, uids: Sequence[int]) -> None:
        self.told.append(("changed", list(uids)))

    def alert(self, key: str, facts: object) -> None:
        self.alerts.append(key)

    def lost(self) -> None:
        self.told.append(("lost", []))


@dataclass
class Team:
    """The People port, from a list that tests may change."""

    members: list[Account] = field(default_factory=list)

    def all(self) -> Iterable[Account]:
        return self.members

    def by_id(self, account_id: int) -> Account | None:
        return next((a for a in self.members if a.id == account_id), None)

    def login_ever(self, account_id: int | None) -> str:
        person = self.by_id(account_id or 0)
        return person.login if person else ""

    def by_login(self, login: str) -> Account | None:
        return next((a for a in self.members if a.login == login), None)


class World:
    """Everything a test of the services wants to touch."""

    def __init__(
        self,
        database: Database,
        clock: FakeClock,
        mailbox: SharedMailbox,
        team: Team | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.upstream = FakeUpstream()
        self.team = team or Team()
        self.others: list[World] = []
        self.mailbox = mailbox
        ids = ObjectIds(bytes(32))
        self.shop = Shop(database, self.team, SHIPPED, clock, lambda subject: f"d:{subject}", ids)
        self.front = Front(self.counters, database)
        self._task: asyncio.Task[None] | None = None

    def counters(self) -> dict[int, Counter]:
        return {world.mailbox.id: world.counter for world in (self, *self.others)}

    async def second(self, name: str = "sales", *, answers: bool = True) -> World:
        """Another shared mailbox beside this one, with the same people and no grants yet.

        ``answers``: or its provider never has.
        """
        mailbox = replace(self.mailbox, id=0, name=name, address=f"{name}@example.test")
        mailbox = await self.database.write(lambda tx: tx.mailboxes.add(mailbox, b"sealed"))
        world = World(self.database, self.clock, mailbox, self.team)
        world.upstream.down = not answers
        await world.start()
        self.others.append(world)
        return world

    async def grant(self, login: str, mailbox: SharedMailbox, right: Right) -> None:
        account = self.team.by_login(login)
        assert account is not None
        await self.database.write(lambda tx: tx.accounts.grant(account.id, mailbox.id, right))
        self.team.members = await self.database.read(lambda tx: tx.accounts.all())

    async def start(self) -> None:
        behind = NotedMailbox(self.upstream, self.mailbox.id, self.database)
        self.room = Mailroom(self.mailbox, behind, self.shop)
        self.room.afterthoughts.append(partial(stage_notes_along, self.room))
        await furnish(self.room)
        await load(self.room)
        await load_notes(self.room)
        sent = SentFolding(self.room)
        self.replying = Replying(self.room)
        self.sync = Synchroniser(self.room, poll_s=60, open_s=60, sending=sent.is_own)
        self.reminders = Reminders(self.room, self.sync)
        self.counter = Counter(self.room, self.sync, sent)
        self.conversations = RoomConversations(self.room, self.sync, sent)
        self._task = asyncio.create_task(self.sync.run())
        if self.upstream.down:
            return
        await asyncio.wait_for(self.sync.first_round_done.wait(), PATIENCE_S)

    async def stop(self) -> None:
        for other in self.others:
            await other.stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.room.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def hire(self, login: str, name: str, right: Right) -> Account:
        def work(tx: Transaction) -> Account:
            account = tx.accounts.add(login, name, Role.STAFF, "hash")
            tx.accounts.grant(account.id, self.mailbox.id, right)
            return next(a for a in tx.accounts.all() if a.id == account.id)

        account = await self.database.write(work)
        self.team.members.append(account)
        if hasattr(self, "room"):
            await self.room.change(lambda change: change.ensure_views_of(account.id))
            self.room.version += 1
        return account

    async def enter(self, login: str) -> PersonalMail:
        account = self.team.by_login(login)
        assert account is not None
        return await self.front.enter(account, login, Origin("imap", "127.0.0.1"))

    async def open(self, login: str, name: str = "INBOX") -> tuple[OpenView, Watcher]:
        watcher = Watcher()
        person = await self.enter(login)
        return await person.open(name, read_only=False, observer=watcher), watcher

    async def synced(self) -> None:
        """Everything upstream has is taken in."""
        await self.sync.sync_changed()

    async def delivered(self) -> None:
        """The provider is owed nothing any more."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.room.state.owed):
                await asyncio.sleep(0.005)

    async def log(self, **query: object) -> list[StoredRecord]:
        return await self.database.read(lambda tx: tx.log.search(LogQuery(**query)))  # type: ignore[arg-type]

    async def change(self, stage: object) -> object:
        return await self.room.change(stage)  # type: ignore[arg-type]


@pytest.fixture
def aliases() -> tuple[str, ...]:
    """Further addresses of the mailbox; files of tests have fixtures of their own."""
    return ()


@pytest.fixture
async def world(
    tmp_path: Path, database: Database, clock: FakeClock, aliases: tuple[str, ...]
) -> AsyncIterator[World]:
    """Anna and Ben answer, Mara manages, Rita only reads; the mailbox is empty."""
    mailbox = SharedMailbox(
        0, "support", "support@example.test", aliases, "en", SeenMode.PERSON, SERVER, SERVER
    )
    mailbox = await database.write(lambda tx: tx.mailboxes.add(mailbox, b"sealed"))
    world = World(database, clock, mailbox)
    for login, name, right in (
        ("anna", "Anna Sato", Right.RESPOND),
        ("ben", "Ben Mori", Right.RESPOND),
        ("mara", "Mara Ito", Right.MANAGE),
        ("rita", "Rita Abe", Right.READ),
    ):
        await world.hire(login, name, right)
    await world.start()
    yield world
    await world.stop()


__all__ = ["Change", "World", "mail"]
