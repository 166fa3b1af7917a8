"""Two colleagues at one mailbox; workflow and provider do what the test says; the store is real."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.guard import Answer
from proxyd.domain.note_leaks import Leaks
from proxyd.domain.outbox import SentPlace
from proxyd.domain.ports.access_log import LogQuery, StoredRecord
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.mail_rows import Alike
from proxyd.domain.thread import Headers
from proxyd.domain.types import (
    Account,
    LogRecord,
    Origin,
    Right,
    Role,
    SeenMode,
    Server,
    SharedMailbox,
)
from proxyd.domain.workflow import SHIPPED, StatusSet, StatusWord
from proxyd.service.api.submission import Envelope, Submitted
from proxyd.service.sending.desk import ConversationFacts
from proxyd.service.sending.submission import Submission
from proxyd.store.database import Database
from proxyd.store.schema import conversations
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S

# As an office configures them that has answers approved.
APPROVAL = StatusWord("approval", "Approval", "承認待ち", stops=True)
STATUSES = StatusSet((*SHIPPED.words, APPROVAL))

SERVER = Server("127.0.0.1", 1, "plain", "support")
ORIGIN = Origin("smtp", "192.0.2.7", "pc.example", "w0rd")


@dataclass
class FakeRelay:
    """Notes what it is given; ``trouble`` is raised once set, ``hold`` waited for."""

    sent: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)
    trouble: BaseException | None = None
    hold: asyncio.Event | None = None
    entered: int = 0

    async def send(self, sender: str, recipients: Sequence[str], message: bytes) -> None:
        self.entered += 1
        await asyncio.sleep(0)
        if self.hold:
            await self.hold.wait()
        if self.trouble:
            raise self.trouble
        self.sent.append((sender, tuple(recipients), message))

    async def probe(self) -> list[str]:
        return []


def digest_of(subject: str) -> str:
    return f"digest of {len(subject)}"


@dataclass
class FakeConversations:
    """One conversation, number 7, which the customer's mail ``m@customer`` began at ``arrived``."""

    mailbox: SharedMailbox
    database: Database
    clock: FakeClock
    arrived: dict[str, int]
    answers: list[Answer] = field(default_factory=list)
    status: str = "open"
    assignee: tuple[int, str] | None = None
    completed: list[tuple[int | None, str, tuple[str, ...]]] = field(default_factory=list)
    filed: list[tuple[bytes, str]] = field(default_factory=list)
    filing_trouble: list[Exception] = field(default_factory=list)  # one per attempt
    store_down: bool = False
    on_their_way: set[str] = field(default_factory=set)
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    correspondents: set[str] | None = None  # None: whoever it goes to
    strangers: tuple[str, ...] = ()
    wrote_us: int = 0
    batches: list[int] = field(default_factory=list)  # how many were filed together
    leaks: Leaks = field(default_factory=Leaks)
    noted: list[bytes] = field(default_factory=list)
    held_news: asyncio.Event = field(default_factory=asyncio.Event)
    shown: list[int] = field(default_factory=list)  # what waits
    marked: dict[int, Account] = field(default_factory=dict)  # \\Deleted, by whom
    came_back: list[dict[str, str]] = field(default_factory=list)  # why
    trouble: str = ""

    async def note(self, account: Account, message: bytes, origin: Origin) -> bool:
        self.noted.append(message)
        return True

    def find(
        self, message_ids: Sequence[str], recipients: Sequence[str]
    ) -> ConversationFacts | None:
        known = {*self.arrived, *(answer.message_id for answer in self.answers)}
        if not known.intersection(message_ids):
            return None
        account_id, name = self.assignee or (None, "")
        finished = self.status == "done"
        return ConversationFacts(
            7, self.status, account_id, tuple(self.answers), dict(self.arrived), dict(self.arrived),
            finished, assignee=name, untouched=self.status == "open",
            stops=STATUSES.stopping(self.status),
            wrote_us=self.wrote_us,
            strangers=self.strangers,
            is_answer=self.correspondents is None or not self.correspondents.isdisjoint(recipients),
        )  # fmt: skip

    def guess(
        self, alike: Sequence[Alike], recipients: Sequence[str], now_us: int
    ) -> ConversationFacts | None:
        return None

    def answers_alike(self, conversation_id: int, alike: Sequence[Alike]) -> Sequence[Answer]:
        return ()

    def begin(self, headers: Headers, account: Account) -> None:
        self.on_their_way.add(headers.message_id)

    def give_up(self, message_id: str) -> None:
        self.on_their_way.discard(message_id)

    async def complete(
        self,
        conversation_id: int | None,
        account: Account,
        message_id: str,
        in_reply_to: Sequence[str],
        also: Callable[[Transaction], None],
        records: Sequence[LogRecord],
        *,
        answers: bool,
        origin: Origin | None = None,
        recipients: Sequence[str] = (),
        names: Sequence[str] = (),
        left: int = 0,
    ) -> None:
        await asyncio.sleep(0)
        if self.store_down:
            raise StoreUnavailable("disk full")

        def work(tx: Transaction) -> None:
            also(tx)
            tx.log.append(records)

        await self.database.write(work)
        self.completed.append((conversation_id, message_id, tuple(in_reply_to)))
        if conversation_id is not None:
            self.answers.append(Answer(account.id, account.name, self.clock(), message_id))

    def mark_of(
        self, conversation_id: int | None, message_ids: Sequence[str], *, answers: bool
    ) -> tuple[str, tuple[str, ...]]:
        return "\\Answered", tuple(message_ids)

    async def show_held(self, sending_id: int) -> None:
        self.shown.append(sending_id)

    def marked_by(self, sending_id: int) -> Account | None:
        return self.marked.get(sending_id)

    async def come_back(self, sending_id: int) -> None:
        found = await self.database.read(lambda tx: tx.held.find(sending_id))
        assert found is not None
        self.came_back.append(dict(found[0].why))
        await self.database.write(lambda tx: tx.held.gone(sending_id))

    def leaving_trouble(self, reason: str) -> None:
        self.trouble = reason

    async def copy_wanted(self) -> None:
        await self.wanted.wait()

    async def file_sent(self, mails: Sequence[tuple[str, bytes]]) -> dict[str, SentPlace]:
        await asyncio.sleep(0)
        if self.filing_trouble:
            raise self.filing_trouble.pop(0)
        self.filed += [(message, message_id) for message_id, message in mails]
        self.batches.append(len(mails))
        return {}


@dataclass
class Bench:
    database: Database
    clock: FakeClock
    conversations: FakeConversations
    relay: FakeRelay
    anna: Account
    bob: Account
    reader: Account
    outcomes: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    submission: Submission = field(init=False)

    def __post_init__(self) -> None:
        self.submission = self.begin()

    def begin(self, relay: FakeRelay | None = None) -> Submission:
        """A process (or the next one, after a crash)."""
        submission = Submission(
            self.database,
            self.clock,
            subject_digest=digest_of,
            told=self.outcomes.append,
            token=lambda: "t0k3n",
            sleep=self.sleep,
        )
        submission.attach(self.conversations, relay or self.relay)
        return submission

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0.001)

    async def send(self, account: Account, mail: bytes, **envelope: object) -> Submitted:
        facts = {"sender": "support@example.test", "recipients": ("kunde@customer.example",)}
        whole = Envelope(**{**facts, **envelope}, message=mail)  # type: ignore[arg-type]
        return await self.submission.submit(account, whole, ORIGIN)

    async def log(self) -> list[StoredRecord]:
        return await self.database.read(lambda tx: tx.log.search(LogQuery()))

    async def log_words(self) -> list[tuple[str, str, str]]:
        """(action, outcome, actor) of every record."""
        return [
            (stored.record.action, stored.record.outcome, stored.record.actor)
            for stored in await self.log()
        ]

    async def states(self) -> list[str]:
        pending = await self.database.read(lambda tx: tx.outbox.pending(1))
        return [sending.state for sending in pending]


def answer_mail(
    message_id: str = "r1@pc",
    text: str = "Dear customer",
    answers: str = "m@customer",
    *,
    subject: str = "Re: order",
    date: str = "Mon, 1 Jan 2024 10:00:00 +0900",
) -> bytes:
    reply = f"In-Reply-To: <{answers}>\r\nReferences: <{answers}>\r\n" if answers else ""
    return (
        f"From: Support <support@example.test>\r\nTo: kunde@customer.example\r\n"
        f"Subject: {subject}\r\nDate: {date}\r\n"
        f"Message-ID: <{message_id}>\r\n{reply}\r\n{text}\r\n"
    ).encode()


async def until(
    condition: Callable[[], bool | Awaitable[bool]], seconds: float = PATIENCE_S
) -> None:
    async with asyncio.timeout(seconds):
        while True:
            met = condition()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.005)


async def make_bench(database: Database, clock: FakeClock) -> Bench:
    mailbox = SharedMailbox(
        1,
        "support",
        "support@example.test",
        ("help@example.test",),
        "en",
        SeenMode.PERSON,
        SERVER,
        SERVER,
    )

    def prepare(tx: Transaction) -> None:
        tx.mailboxes.add(mailbox, b"sealed")
        for login, name in (("anna", "Anna"), ("bob", "Bob"), ("rita", "Rita")):
            tx.accounts.add(login, name, "staff", "hash")
        row = {"id": 7, "mailbox_id": 1, "status": "open", "changed_us": 0}
        tx.connection.execute(insert(conversations).values(row))  # type: ignore[attr-defined]

    await database.write(prepare)
    anna, bob, rita = (
        Account(number, name.lower(), name, Role.STAFF, False, {1: right})
        for number, name, right in (
            (1, "Anna", Right.RESPOND),
            (2, "Bob", Right.MANAGE),
            (3, "Rita", Right.READ),
        )
    )
    faked = FakeConversations(mailbox, database, clock, {"m@customer": clock() - 3_600_000_000})
    return Bench(database, clock, faked, FakeRelay(), anna, bob, rita)
