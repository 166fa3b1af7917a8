"""A database with two mailboxes, and a program that takes notices, or does not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from proxyd.domain.events import Action
from proxyd.domain.ports.webhooks import NotTaken
from proxyd.domain.types import LogRecord, Origin, SeenMode, Server, SharedMailbox
from proxyd.service.actor import Actor
from proxyd.service.webhooks.telling import Telling
from proxyd.service.webhooks.webhook_admin import WebhookAdmin

ROOT = Actor("root@cli", Origin("cli"))
SERVER = Server("127.0.0.1", 1, "plain", "support")


@dataclass
class Receiver:
    """Of all addresses. ``failing``: those that take nothing."""

    failing: set[str] = field(default_factory=set)
    taken: list[tuple[str, str, dict]] = field(default_factory=list)
    tried: int = 0

    async def post(self, url: str, fields: Mapping[str, str], body: bytes) -> None:
        self.tried += 1
        if url in self.failing:
            raise NotTaken("it answered 503 Service Unavailable")
        self.taken.append((url, fields["webhook-id"], json.loads(body)))

    def numbers(self, url: str) -> list[int]:
        return [told["data"]["record"] for to, _, told in self.taken if to == url]


@dataclass
class Bench:
    database: object
    clock: object
    sealer: object
    receiver: Receiver
    admin: WebhookAdmin
    telling: Telling

    async def happens(self, *records: LogRecord) -> None:
        await self.database.write(lambda tx: tx.log.append(records))

    async def looked(self) -> None:
        await self.telling.look()
        await self.telling.settled()

    def fresh(self) -> None:
        """Another process."""
        self.telling = Telling(self.database, self.sealer, self.receiver, self.clock)


def claimed(who: str, mailbox: str = "support") -> LogRecord:
    return LogRecord(Action.CLAIM, actor=who, mailbox=mailbox, conversation=1, detail={"to": who})


@pytest.fixture
async def bench(database, clock, sealer):
    def add(tx):
        for name in ("support", "sales"):
            box = SharedMailbox(
                0, name, f"{name}@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
            )
            tx.mailboxes.add(box, b"sealed")

    await database.write(add)
    receiver = Receiver()
    admin = WebhookAdmin(database, sealer, clock)
    telling = Telling(database, sealer, receiver, clock)
    return Bench(database, clock, sealer, receiver, admin, telling)
