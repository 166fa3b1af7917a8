"""Two shared mailboxes, *support* and *sales*, with both doors in front, and one person who may do
something in the first of them, or nothing. The real accounts, services and sessions over a real
database; only provider, relay and the lines of the IMAP door are in memory.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import dataclass

from imap_frontend.context import Context
from imap_frontend.options import Meter as ImapMeter
from imap_frontend.options import Options as ImapOptions
from imap_frontend.session import Session
from imap_frontend.wire import Wire
from proxyd.domain.types import Account, Right, Role
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.api.changing import FlagMode
from proxyd.service.password_checks import PasswordChecks
from proxyd.service.sending.submission import Submission
from proxyd.store.passwords import PasswordHasher
from smtp_frontend.options import ListenAddress, Options
from smtp_frontend.server import SmtpServer, listen
from tests.patience import PATIENCE_S
from tests.service.conftest import World, mail
from tests.service.sending.sending_bench import FakeRelay

LOGIN, PASSWORD = "kim", "geheim12"
ADDRESS = "support@example.test"
TAKEN = 3  # Anna has this mail
OTHERS = "sales"  # there, and nothing of the person's
NOWHERE = "nosuch"  # not there
PLAIN = b64encode(f"\0{LOGIN}\0{PASSWORD}".encode()).decode()


@dataclass(frozen=True)
class Person:
    """``right``: in *support*; None: no grant at all."""

    role: Role
    right: Right | None

    def __str__(self) -> str:
        return f"{self.role}-{self.right.word if self.right else 'no grant'}"


PEOPLE = [Person(role, right) for role in Role for right in (None, *Right)]


class House:
    def __init__(self, world: World, hasher: PasswordHasher) -> None:
        self.world = world
        self._checks = PasswordChecks(hasher)
        self._hasher = hasher
        self.accounts = Accounts(world.database, self._checks)
        self.relay = FakeRelay()
        self._talks: list[Talk] = []
        self._smtp: SmtpServer | None = None
        self.smtp_port = 0

    async def open(self, person: Person) -> None:
        for number in range(1, 5):
            self.world.upstream.deliver(mail(f"m{number}@x", subject=f"Order {number}"))
        self.world.upstream.deliver(mail("thrown-away@x"), "Trash")
        await self.world.synced()
        mara = await self.world.enter("mara")
        for name in ("Old", "Older"):
            await mara.create(name)
        view, _ = await self.world.open("anna")
        await view.store([TAKEN], FlagMode.ADD, ["$assignee-anna"])
        view.close()
        sales = await self.world.second(OTHERS)
        await self._hire(person)
        submission = Submission(
            self.world.database, self.world.clock, subject_digest=lambda text: f"d:{len(text)}"
        )
        for served in (self.world, sales):
            submission.attach(served.conversations, self.relay)
        await self.accounts.refresh()
        (self.smtp_port,), self._smtp = await listen(
            [ListenAddress("127.0.0.1", 0, implicit_tls=False)],
            self.accounts,
            submission,
            None,
            self.world.clock,
            options=Options(hostname="mail.example.test", failure_delay_s=0),
        )
        self.submission = submission

    async def _hire(self, person: Person) -> Account:
        """As an older version may have left it: an auditor with a grant, too."""
        world, password_hash = self.world, self._hasher.hash(PASSWORD)

        def add(tx):  # type: ignore[no-untyped-def]
            account = tx.accounts.add(LOGIN, "Kim", str(person.role), password_hash)
            if person.right is not None:
                tx.accounts.grant(account.id, world.mailbox.id, person.right)
            return tx.accounts.find(LOGIN)[0]

        account: Account = await world.database.write(add)
        world.team.members.append(account)
        if person.right is not None:
            await world.room.change(lambda change: change.ensure_views_of(account.id))
            world.room.version += 1
        return account

    async def close(self) -> None:
        for talk in self._talks:
            await talk.leave()
        if self._smtp is not None:
            await self._smtp.close()
        await self.submission.close()
        self._checks.close()

    def imap(self) -> Talk:
        self._talks.append(Talk(self))
        return self._talks[-1]

    async def smtp(self) -> Mailing:
        streams = await asyncio.open_connection("127.0.0.1", self.smtp_port)
        mailing = Mailing(*streams)
        assert (await mailing.heard()).startswith("220")
        return mailing


class Talk:
    """One connection to the IMAP door; a ``WireLine`` that goes nowhere."""

    def __init__(self, house: House) -> None:
        self._sent = bytearray()
        self._news = asyncio.Event()
        self.closed = False
        options = ImapOptions(failure_delay_s=0, compress=True)
        self._wire = Wire(self, options, secure=True)
        context = Context(
            self._wire,
            options,
            house.accounts,
            house.world.front,
            peer="192.0.2.7",
            word="w",
            tls_offered=True,
        )
        self._task = asyncio.create_task(Session(context, ImapMeter()).run())

    async def ask(self, command: str) -> tuple[str, str]:
        """(OK, NO, BAD or gone; all that was said). IDLE is told DONE."""
        self._sent.clear()
        waits = False
        self._wire.received(b"a " + command.encode() + b"\r\n")
        while True:
            self._news.clear()
            said = bytes(self._sent).decode()
            lines = said.splitlines() if said.endswith("\r\n") else said.splitlines()[:-1]
            for line in lines:
                if line.startswith("a "):
                    return line.split()[1], said
                if line.startswith("+ ") and not waits:
                    waits = True
                    self._wire.received(b"DONE\r\n")
            if self.closed:
                return "gone", said
            async with asyncio.timeout(PATIENCE_S):
                await self._news.wait()

    async def leave(self) -> None:
        self._wire.lost()
        await asyncio.wait_for(self._task, PATIENCE_S)

    # -------------------------------------------------------------- WireLine

    def write(self, data: bytes) -> None:
        self._sent += data
        self._news.set()

    def pause_reading(self) -> None:
        """A line in memory has no brakes."""

    def resume_reading(self) -> None:
        """As above."""

    def close(self) -> None:
        self.closed = True
        self._news.set()

    def abort(self) -> None:
        self.close()

    def start_tls(self) -> None:
        raise AssertionError("it is as good as TLS already")


class Mailing:
    """One connection to the door for sending, on loopback and so without TLS."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def heard(self) -> str:
        lines = []
        while True:
            async with asyncio.timeout(PATIENCE_S):
                lines.append((await self._reader.readline()).decode())
            if lines[-1][3:4] != "-":
                return "".join(lines)

    async def ask(self, line: str) -> str:
        self._writer.write(line.encode() + b"\r\n")
        return await self.heard()

    def close(self) -> None:
        self._writer.close()
