"""A crowd that gets in each other's way: folders are renamed, made and deleted under those who
move, copy, mark, delete and put in mail, in real and virtual folders; the provider does as it is
asked. Then the reckoning of a siege, and the folders, and the access log.

Each mail has one owner, each folder of ours a name that it never has twice: so every OK means one
thing.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from tests.e2e.installation import PEOPLE, Installation
from tests.faults.clerk import REAL, REFUSALS, VIEWS, Clerk, Shared
from tests.faults.ledger import plain
from tests.faults.line import FaultyLine
from tests.faults.siege import Reckoning, Siege, Unsettled, on_record
from tests.patience import PATIENCE_S
from tests.servers.dovecot import Dovecot
from tests.strict import asks
from tests.strict.belief import Belief
from tests.strict.cursor import Violation

CLERKS = 10
STEPS = 40  # of each
FOLDER_STEPS = 0.15  # the share of those about folders
MOVING = ("WorkA", "WorkB", "WorkC")  # these have mails, and change their names
SCRATCH = ("Scratch1", "Scratch2")  # these come and go


@dataclass
class Names:
    """What the folders are called that change their names, as far as somebody was told."""

    now: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MOVING, 0))
    last: int = 0

    def all(self) -> list[str]:
        return [f"{name}-{number}" for name, number in self.now.items()]

    def next(self) -> int:
        self.last += 1
        return self.last

    def told(self, name: str, number: int) -> None:
        self.now[name] = max(number, self.now[name])


class Colleague(Clerk):
    """A clerk who tidies up folders too."""

    refusals = REFUSALS | {"TRYCREATE", "ALREADYEXISTS", "CANNOT"}

    def __init__(
        self, shared: Shared, login: str, name: str, random: Random, names: Names | None = None
    ) -> None:
        super().__init__(shared, login, name, random)
        self._names = names or Names()

    def places(self) -> Sequence[str]:
        return (*REAL, *self._names.all())

    def views(self) -> Sequence[bytes]:
        return (*VIEWS, *(name.encode() for name in self._names.all()))

    async def steps(self, count: int) -> None:
        await self.sign_in(*self.random.choice(((), ("QRESYNC",), ("CONDSTORE",))))
        for _ in range(count):
            if self.random.random() < FOLDER_STEPS:
                await self._tidy()
            else:
                await self.step()

    async def _tidy(self) -> None:
        what = self.random.choice(("RENAME", "RENAME", "CREATE", "DELETE"))
        if what != "RENAME":
            await self.ask(asks.words(what, self.random.choice(SCRATCH).encode()))
            return
        name = self.random.choice(MOVING)
        old, number = f"{name}-{self._names.now[name]}", self._names.next()
        ask = await self.ask(asks.words("RENAME", f"{old} {name}-{number}".encode()))
        if ask.ok:
            self._names.told(name, number)


@dataclass
class Crowd(Siege):
    steps: int = STEPS
    names: Names = field(default_factory=Names)

    async def _held(self, proxy: Installation, dovecot: Dovecot, line: FaultyLine) -> None:
        await asyncio.to_thread(self._prepare, proxy)
        common = Shared(proxy, self.ledger, PATIENCE_S, moves=True)
        clerks: list[Clerk] = []
        works: list[asyncio.Future[None]] = []
        for n in range(CLERKS):
            login, random = list(PEOPLE)[n % len(PEOPLE)], Random(self.seed * 100 + n)
            clerk = Colleague(common, login, f"c{n}", random, self.names)
            clerks.append(clerk)
            works.append(asyncio.ensure_future(clerk.steps(self.steps)))
        try:
            await asyncio.gather(*works)
            await Settlement(common, dovecot, clerks, self.names).until_right()
        except Violation as error:
            told = [f"seed {self.seed}", str(error), proxy.log()[-3000:]]
            told += await asyncio.to_thread(on_record, proxy, str(error))
            raise Violation("\n".join(told)) from None
        finally:
            for work in works:
                work.cancel()
            self.met += Counter(common.done) + common.refused
        assert "Traceback" not in proxy.log(), proxy.log()[-6000:]
        await asyncio.to_thread(proxy.typed, "audit", "verify")

    def _prepare(self, proxy: Installation) -> None:
        for login in PEOPLE:
            proxy.typed("user", "grant", login, "support:manage")
        with proxy.imap("anna") as client:
            for name in self.names.all():
                assert client.create(name)[0] == "OK"


class Settlement(Reckoning):
    def __init__(self, common: Shared, dovecot: Dovecot, clerks: list[Clerk], names: Names) -> None:
        super().__init__(common, dovecot, clerks)
        self._names = names

    def _folders(self) -> Sequence[str]:
        return (*super()._folders(), *self._names.all())

    async def _once(self) -> None:
        await super()._once()
        theirs, ours = await asyncio.to_thread(self._lists)
        if theirs != ours or not set(self._names.all()) <= theirs:
            raise Unsettled(f"folders: the provider has {theirs}, proxyd shows {ours}")

    def _lists(self) -> tuple[set[str], set[str]]:
        provider = imaplib.IMAP4("127.0.0.1", self._dovecot.plain_port, timeout=PATIENCE_S)
        try:
            provider.login(self._dovecot.user, self._dovecot.password)
            theirs = _listed(provider)
        finally:
            with suppress(OSError):
                provider.shutdown()
        with self._common.proxy.imap("anna") as client:
            ours = {name for name in _listed(client) if not name.startswith("Status")}
        return theirs, ours & (theirs | set(SCRATCH) | {n for n in ours if plain(n) in MOVING})

    async def _truth(self, login: str, view: bytes) -> Belief:
        name = plain(view.decode())
        now = f"{name}-{self._names.now[name]}" if name in self._names.now else view.decode()
        return await super()._truth(login, now.encode())


def _listed(client: imaplib.IMAP4) -> set[str]:
    rows = client.list()[1]
    return {re.findall(rb'"?([^" ]+)"?$', row)[0].decode() for row in rows}  # type: ignore[arg-type]
