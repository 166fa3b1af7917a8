"""A shared mailbox at work and desks in front of it: the real sessions over the real services and
a real database; only the sockets and the provider are in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

from imap_frontend.context import Context
from imap_frontend.options import Meter, Options
from imap_frontend.session import Session
from imap_frontend.wire import Wire
from proxyd.domain.errors import SignInFailed
from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.domain.types import Account, Origin, Right, SeenMode, SharedMailbox
from proxyd.service.api.sign_in import OpenSession as AnySession
from proxyd.store.database import Database
from proxyd.store.secrets import KEY_BYTES, Keys
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S
from tests.service.conftest import SERVER, World
from tests.service.fake_upstream import FakeUpstream
from tests.strict import asks
from tests.strict.asks import Ask
from tests.strict.client import StrictClient
from tests.strict.notebook import Notebook

PEOPLE = {"anna": Right.RESPOND, "mara": Right.MANAGE}
QUIET_TURNS = 30  # of the event loop, without a word: everything behind a desk is in memory


class Provider(FakeUpstream):
    """Gives parts of messages too."""

    async def fetch(
        self,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        attributes: Sequence[bytes],
        *,
        octets: int = 0,
    ) -> list[ContentRow]:
        del octets
        box = await self._call("fetch", folder, uidvalidity)
        return [
            ContentRow(uid, {_name(a): _part(a, mail.raw) for a in attributes})
            for uid in uids
            if (mail := box.mails.get(uid))
        ]


def _name(attribute: bytes) -> bytes:
    return attribute.replace(b"BODY.PEEK[", b"BODY[")


def _part(attribute: bytes, raw: bytes) -> bytes:
    """BODY.PEEK[], BODY.PEEK[HEADER], BODY.PEEK[TEXT] and single header fields."""
    head, _, text = raw.partition(b"\r\n\r\n")
    fields = re.fullmatch(rb"BODY\.PEEK\[HEADER\.FIELDS \((.*)\)\]", attribute)
    if fields:
        names = tuple(name.lower() + b":" for name in fields[1].split())
        kept = [line for line in head.split(b"\r\n") if line.lower().startswith(names)]
        part = b"".join(line + b"\r\n" for line in kept) + b"\r\n"
    else:
        part = {b"": raw, b"HEADER": head + b"\r\n\r\n", b"TEXT": text}[attribute[10:-1]]
    return b"{%d}\r\n%b" % (len(part), part)


class Office:
    """The people, their notebooks and whoever is signed in. Knows everybody's password: "x"."""

    def __init__(self, directory: Path, seen: SeenMode = SeenMode.PERSON) -> None:
        self._directory = directory
        self._seen = seen
        self.notebooks = {login: Notebook() for login in PEOPLE}
        self.desks: list[Desk] = []

    async def begin(self) -> None:
        clock = FakeClock()
        keys = Keys.of(bytes(range(KEY_BYTES)))
        database = Database(self._directory / "p.db", keys=keys, clock=clock)
        await database.open()
        mailbox = SharedMailbox(
            0, "support", "support@example.test", (), "en", self._seen, SERVER, SERVER
        )
        mailbox = await database.write(lambda tx: tx.mailboxes.add(mailbox, b"sealed"))
        self.world = World(database, clock, mailbox)
        self.world.upstream = Provider()
        for login, right in PEOPLE.items():
            await self.world.hire(login, login.title(), right)
        await self.world.start()

    async def end(self) -> None:
        for desk in list(self.desks):
            await desk.drop()
        await self.world.stop()
        await self.world.database.close()

    async def restart(self) -> None:
        """As after a kill: every line is gone, the database is what it is."""
        for desk in list(self.desks):
            await desk.drop()
        await self.world.restart()

    async def quiet(self) -> None:
        """Until nobody has anything more to say by himself."""
        await self.world.synced()
        turns = 0
        while turns < QUIET_TURNS:
            await asyncio.sleep(0)
            turns = 0 if any(desk.hear() for desk in self.desks) else turns + 1

    # -------------------------------------------------------------- api.SignIn

    async def sign_in(self, login: str, password: str, origin: Origin) -> Account:
        account = self.world.team.by_login(login)
        if account is None or password != "x":
            raise SignInFailed
        return account

    def knows(self, address: str) -> bool:
        return False

    def register(self, account: Account, session: AnySession) -> None:
        """Nobody is disabled here."""

    async def identified(self, account: Account, session: AnySession, client: str) -> None:
        """Nobody is asked here."""

    def unregister(self, account: Account, session: AnySession) -> None:
        """As above."""


class Desk:
    """One connection of one person; a ``wire.Line`` that goes nowhere."""

    def __init__(self, office: Office, login: str, name: str) -> None:
        self.office = office
        self.login = login
        self.client = StrictClient(name, office.notebooks[login])
        self.idling = False
        self._said = bytearray()
        self._heard = asyncio.Event()
        options = Options(failure_delay_s=0)
        self.wire = Wire(self, options, secure=True)
        context = Context(
            self.wire, options, office, office.world.front,
            peer="192.0.2.7", word="w", tls_offered=True,
        )  # fmt: skip
        self._task = asyncio.create_task(Session(context, Meter()).run())
        office.desks.append(self)

    async def sign_in(self) -> None:
        done = await self.ask(asks.words("LOGIN", f"{self.login} x".encode()))
        assert done.ok, done.done

    async def ask(self, *commands: Ask) -> Ask:
        """All in one piece; the last of them, answered."""
        octets = [self.client.send(command) for command in commands]
        self.wire.received(b"".join(octets))
        while commands[-1].done is None:
            if self.hear() and commands[-1].done is None and commands[-1].rest:
                if self.client.current is commands[-1] and self._waits:
                    self._waits = False
                    self.wire.received(self.client.more())
                continue
            if commands[-1].done is None:
                await self._more()
        return commands[-1]

    _waits = False

    async def _more(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._heard.wait()

    def hear(self) -> bool:
        """Take in what was said; was there anything?"""
        self._heard.clear()
        said, self._said = bytes(self._said), bytearray()
        if said and self.client.received(said):
            self._waits = True
        return bool(said)

    async def idle(self) -> None:
        self.wire.received(self.client.send(asks.bare("IDLE")))
        self._waits = False
        while not self._waits:
            await self._more()
            self.hear()
        self._waits = False
        self.idling = True

    async def stop_idling(self) -> Ask:
        ask = self.client.pending[0]
        self.wire.received(self.client.more())
        while ask.done is None:
            await self._more()
            self.hear()
        self.idling = False
        return ask

    async def drop(self) -> None:
        """The line breaks; what was on its way is lost."""
        self.office.desks.remove(self)
        self.hear()
        self.client.lost()
        self.wire.lost()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(self._task, PATIENCE_S)

    # -------------------------------------------------------------- wire.Line

    def write(self, data: bytes) -> None:
        self._said += data
        self._heard.set()

    def pause_reading(self) -> None:
        """A line in memory has no brakes."""

    def resume_reading(self) -> None:
        """As above."""

    def close(self) -> None:
        self._heard.set()

    def abort(self) -> None:
        self._heard.set()

    def start_tls(self) -> None:
        raise AssertionError("it is as good as TLS already")
