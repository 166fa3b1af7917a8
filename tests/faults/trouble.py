"""What befalls a provider: a seed gives the faults and the pauses between them."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.faults.line import FaultyLine
from tests.servers.dovecot import Dovecot

GOODBYES = (
    b"* BYE Server shutting down\r\n",
    b"* BYE [UNAVAILABLE] Too busy\r\n",
    b"* BYE Disconnected for inactivity\r\n",
)
REFUSED = (
    b"NO [UNAVAILABLE] Try again later",
    b"NO [LIMIT] Too many commands",
    b"NO [THROTTLED] Account is throttled",
    b"NO [INUSE] Mailbox is locked",
    b"NO Internal error occurred",
    b"NO [SERVERBUG] Internal error occurred",
)


class Trouble:
    """Invariant: after ``over`` nothing of it is left but what the provider's disk has."""

    def __init__(self, seed: int, line: FaultyLine, dovecot: Dovecot) -> None:
        self.random = Random(seed)
        self.line = line
        self.dovecot = dovecot
        self.told: list[str] = []  # what was done, in order

    async def until(self, end: float) -> None:
        kinds = [name[3:] for name in dir(self) if name.startswith("do_")]
        while time.monotonic() < end:
            await asyncio.sleep(self.random.uniform(0.05, 0.5))
            kind = self.random.choice(kinds)
            self.told.append(kind)
            await getattr(self, f"do_{kind}")()

    def over(self) -> None:
        self.line.heal()

    async def _for_a_while(self, most_s: float = 1.0) -> None:
        await asyncio.sleep(self.random.uniform(0.1, most_s))

    async def do_kill(self) -> None:
        self.line.kill()

    async def do_server_kicks(self) -> None:
        await asyncio.to_thread(self._kick)

    async def do_refuse(self) -> None:
        self.line.refusing = True
        self.line.kill()
        await self._for_a_while()
        self.line.refusing = False

    async def do_stall(self) -> None:
        self.line.stall()
        await self._for_a_while()
        self.line.unstall()

    async def do_stall_for_long(self) -> None:
        """Longer than proxyd waits for a command."""
        self.line.stall()
        await self._for_a_while(4.0)
        self.line.unstall()

    async def do_throttle(self) -> None:
        self.line.octets_s = self.random.choice((2_000, 20_000, 200_000))
        await self._for_a_while()
        self.line.octets_s = 0

    async def do_crumbs(self) -> None:
        self.line.crumbs = self.random.randint(100, 5_000)

    async def do_shuffle(self) -> None:
        self.line.shuffling = True
        await self._for_a_while()
        self.line.shuffling = False

    async def do_cut(self) -> None:
        self.line.cut_literals = self.random.randint(1, 3)

    async def do_lose(self) -> None:
        self.line.lose_answers = self.random.randint(1, 2)

    async def do_goodbye(self) -> None:
        self.line.goodbyes = [self.random.choice(GOODBYES)] * self.random.randint(1, 2)

    async def do_say_no(self) -> None:
        self.line.refusals = [self.random.choice(REFUSED)] * self.random.randint(1, 4)

    async def do_renumber(self) -> None:
        """UIDVALIDITY and all UIDs change: what a provider's restore from backup does."""
        self.line.refusing = True
        self.line.kill()
        await asyncio.to_thread(self._forget_uids, self.random.choice(("INBOX", "Archive")))
        self.line.refusing = False

    def _kick(self) -> None:
        """Not by kill -9: Dovecot waits two minutes for the locks that this leaves behind."""
        with suppress(RuntimeError):  # nobody is signed in
            self.dovecot.doveadm("kick", self.dovecot.user)

    def _forget_uids(self, folder: str) -> None:
        self._kick()
        directory: Path = self.dovecot.maildir(folder)
        for file in (*directory.glob("dovecot-uidlist*"), *directory.glob("dovecot.index*")):
            file.unlink(missing_ok=True)
