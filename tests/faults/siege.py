"""One siege: a company at work while its provider fails as a seed has it, then silence, then the
reckoning: what every client believes, what proxyd shows and what the provider has are one, and
everything that was acknowledged is there, once, to the octet.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.e2e.hammers import DOMAIN
from tests.e2e.installation import PEOPLE, Installation
from tests.faults.clerk import REAL, TRASH, Clerk, Shared, letter
from tests.faults.ledger import Ledger, Placed, message_id, shared
from tests.faults.line import FaultyLine
from tests.faults.trouble import Trouble
from tests.patience import PATIENCE_S
from tests.servers.certificates import make_ca
from tests.servers.dovecot import Dovecot
from tests.strict import asks
from tests.strict.belief import Belief
from tests.strict.cursor import Violation
from tests.strict.play import compare

CLERKS = 6
FIRST_MAILS = 18  # three for each to begin with
# One command given up, two connections tried in vain, and what a busy machine adds.
CONNECT_S, COMMAND_S = 1, 5
# The [upstream] section is open where this is put in.
IMPATIENT = f"connect_s = {CONNECT_S}\ncommand_s = {COMMAND_S}\n"


@dataclass
class Siege:
    seed: int
    seconds: float = 6.0
    hide: tuple[str, ...] = ()  # what this provider does not offer
    ledger: Ledger = field(default_factory=Ledger)
    met: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="siege-") as name:
            async with self._company(Path(name)) as (proxy, dovecot, line):
                await self._held(proxy, dovecot, line)

    @asynccontextmanager
    async def _company(
        self, directory: Path
    ) -> AsyncIterator[tuple[Installation, Dovecot, FaultyLine]]:
        certificates = make_ca(directory / "tls")
        proxy = Installation(directory, certificates, IMPATIENT)
        with Dovecot(certificates=certificates, hide=self.hide) as dovecot:
            random = Random(self.seed)
            for number in range(FIRST_MAILS):
                raw = letter(f"first.{number}@{DOMAIN}", random)
                self.ledger.add(raw, f"c{number % CLERKS}")
                dovecot.deliver(raw)
            line = FaultyLine(dovecot.plain_port, random)
            await line.start()
            try:
                await asyncio.to_thread(_set_up, proxy, dovecot, line)
                yield proxy, dovecot, line
            finally:
                await asyncio.to_thread(proxy.close)
                await line.stop()

    async def _held(self, proxy: Installation, dovecot: Dovecot, line: FaultyLine) -> None:
        common = Shared(proxy, self.ledger, PATIENCE_S, moves="MOVE" not in self.hide)
        clerks = [
            Clerk(common, list(PEOPLE)[n % len(PEOPLE)], f"c{n}", Random(self.seed * 100 + n))
            for n in range(CLERKS)
        ]
        trouble = Trouble(self.seed, line, dovecot)
        end = time.monotonic() + self.seconds
        works = [asyncio.ensure_future(clerk.work(end)) for clerk in clerks]
        works.append(asyncio.ensure_future(self._customers(dovecot, end)))
        works.append(asyncio.ensure_future(trouble.until(end)))
        try:
            await asyncio.gather(*works)
            trouble.over()
            await Reckoning(common, dovecot, clerks).until_right()
        except Violation as error:
            told = [f"seed {self.seed}: {' '.join(trouble.told)}", str(error), proxy.log()[-3000:]]
            told += await asyncio.to_thread(on_record, proxy, str(error))
            raise Violation("\n".join(told)) from None
        finally:
            for work in works:
                work.cancel()
            trouble.over()
            self.met += Counter(line.met) + common.done + common.refused
        assert "Traceback" not in proxy.log(), proxy.log()[-6000:]

    async def _customers(self, dovecot: Dovecot, end: float) -> None:
        """New mail, whatever else happens."""
        random = Random(self.seed + 1)
        number = 0
        while time.monotonic() < end:
            await asyncio.sleep(random.uniform(0.1, 0.6))
            number += 1
            raw = letter(f"customer.{number}@{DOMAIN}", random)
            self.ledger.add(raw, f"c{random.randrange(CLERKS)}")
            await asyncio.to_thread(dovecot.deliver, raw)


def _set_up(proxy: Installation, dovecot: Dovecot, line: FaultyLine) -> None:
    proxy.set_up(dovecot, f"smtps://x@127.0.0.1:{dovecot.tls_port}", dovecot.password)
    user = dovecot.user.replace("@", "%40")
    proxy.typed("mailbox", "set", "support", "--imap", f"imap://{user}@127.0.0.1:{line.port}")
    proxy.start()
    proxy.wait_synced(FIRST_MAILS)


def on_record(proxy: Installation, told: str) -> list[str]:
    """What the access log has of the mails that are wrong."""
    names = set(re.findall(rf"[\w.]+@{DOMAIN}", told))
    return [str(record) for record in proxy.audit() if record["message_id"] in names]


class Reckoning:
    """Asked again and again until everything is right, or it is too late for that."""

    def __init__(self, common: Shared, dovecot: Dovecot, clerks: list[Clerk]) -> None:
        self._common = common
        self._dovecot = dovecot
        self._clerks = clerks
        self._serial = 0

    async def until_right(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                await self._once()
                break
            except Unsettled as error:
                if time.monotonic() > deadline:
                    raise Violation(f"not settled in {PATIENCE_S} s: {error}") from error
                await asyncio.sleep(0.3)
        for clerk in self._clerks:
            await clerk.close()

    async def _once(self) -> None:
        there = await asyncio.to_thread(_at_provider, self._dovecot)
        shown = await self._shown()
        for where, found in (("provider", there), ("proxyd", shown)):
            wrong = self._common.ledger.wrong(found, statuses=where == "proxyd")
            if wrong:
                raise Unsettled(f"at {where}: {'; '.join(wrong[:10])}")
        _agree(there, shown)
        await self._beliefs()

    async def _shown(self) -> dict[str, list[Placed]]:
        found: dict[str, list[Placed]] = {}
        clerk = await self._somebody(next(iter(PEOPLE)))
        for folder in self._folders():
            if await clerk.open(folder.encode(), read_only=True) is None:
                raise Unsettled(f"{folder} does not open")
            try:
                rows = await clerk.bodies()
            except Violation as error:
                raise Unsettled(str(error)) from error
            for _, flags, raw in rows:
                found.setdefault(message_id(raw), []).append((folder, flags, raw))
        await clerk.close()
        return found

    def _folders(self) -> Sequence[str]:
        return (*REAL, TRASH)

    async def _somebody(self, login: str) -> Clerk:
        self._serial += 1
        clerk = Clerk(self._common, login, f"t{self._serial}", Random(self._serial))
        await clerk.sign_in()
        return clerk

    async def _beliefs(self) -> None:
        """What each client was told so far is what a new one is told."""
        for clerk in self._clerks:
            await clerk.ask(asks.bare("NOOP"))
        truths: dict[tuple[str, bytes], Belief] = {}
        for clerk in self._clerks:
            belief = clerk.client.selected
            if belief is None:
                continue
            key = clerk.login, belief.name
            if key not in truths:
                truths[key] = await self._truth(*key)
            try:
                compare(belief, truths[key], clerk)  # type: ignore[arg-type]  # it has a client
            except Violation as error:
                raise Unsettled(str(error)) from error

    async def _truth(self, login: str, view: bytes) -> Belief:
        clerk = await self._somebody(login)
        belief = await clerk.open(view, read_only=True)
        if belief is None:
            raise Unsettled(f"{view!r} does not open")
        await clerk.ask(asks.fetch(((1, 0),), ("UID", "FLAGS", "MODSEQ"), uid=True))
        await clerk.close()
        return belief


class Unsettled(Exception):
    """Not right, or not right yet."""


def _agree(there: dict[str, list[Placed]], shown: dict[str, list[Placed]]) -> None:
    for name in there.keys() | shown.keys():
        theirs, ours = (
            sorted((folder, sorted(shared(flags))) for folder, flags, _ in found.get(name, []))
            for found in (there, shown)
        )
        if theirs != ours:
            raise Unsettled(f"{name}: the provider has {theirs}, proxyd shows {ours}")


def _at_provider(dovecot: Dovecot) -> dict[str, list[Placed]]:
    """Every mail in every folder, asked of the provider itself, past the line."""
    client = imaplib.IMAP4("127.0.0.1", dovecot.plain_port, timeout=PATIENCE_S)
    found: dict[str, list[Placed]] = {}
    try:
        client.login(dovecot.user, dovecot.password)
        for row in client.list()[1]:
            folder = re.findall(rb'"?([^" ]+)"?$', row)[0].decode()  # type: ignore[arg-type]
            client.select(folder, readonly=True)
            for part in client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")[1]:
                if isinstance(part, tuple):
                    words = re.findall(rb"FLAGS \((.*?)\)", part[0])[0].decode().lower().split()
                    placed = folder, frozenset(words) - {"\\recent"}, part[1]
                    found.setdefault(message_id(part[1]), []).append(placed)
    finally:
        with suppress(OSError):
            client.shutdown()
    return found
