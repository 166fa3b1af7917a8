"""The cache against what it stands for, whatever is read, expunged, spoilt, lost or restarted.

A row that is told is the one that was delivered, and one that is gone is not told.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.upstream.cache.cache import Cache
from tests.service.fake_upstream import FakeUpstream
from tests.upstream.cache.conftest import files, mail, octets, shared_mailbox

ASKS = (
    b"BODY.PEEK[HEADER.FIELDS (SUBJECT)]",
    b"ENVELOPE",
    b"BODY.PEEK[]",
    b"BODY.PEEK[TEXT]<0.40>",
    b"BODY.PEEK[TEXT]<30.70000>",
)
SEEDS = st.integers(0, 2**32)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("read"), st.sets(st.sampled_from(ASKS), min_size=1), st.integers(0, 2**32)
        ),
        st.tuples(st.just("restart"), st.booleans(), SEEDS),
        st.tuples(
            st.sampled_from(["spoil", "lose", "expunge", "down", "clear"]),
            st.none(),
            st.integers(0, 2**32),
        ),
    ),
    min_size=3,
    max_size=25,
)
COUNT = 12
DISK = 40 * 4096  # room for some of it
MEMORY = 64 * 1024


@dataclass
class Play:
    """One run. ``believed`` is what the provider would answer."""

    directory: Path
    provider: FakeUpstream = field(default_factory=FakeUpstream)
    there: list[int] = field(default_factory=lambda: list(range(1, COUNT + 1)))
    cache: Cache | None = None
    mailbox: UpstreamMailbox | None = None

    async def open(self) -> None:
        self.cache = Cache(self.directory, bytes(32), disk_octets=DISK, memory_octets=MEMORY)
        await self.cache.open()
        self.mailbox = self.cache.of(shared_mailbox(), self.provider)

    async def step(self, what: str, more: object, chance: random.Random) -> None:
        assert self.cache is not None and self.mailbox is not None
        if what == "read":
            uids = sorted(chance.sample(range(1, COUNT + 1), chance.randint(1, COUNT)))
            await self.read(uids, sorted(more))  # type: ignore[call-overload]
        elif what == "restart":
            await self.cache.close()
            await self.open()
        elif what in ("spoil", "lose"):
            self.spoil(chance, lose=what == "lose")
        elif what == "expunge" and len(self.there) > 2:
            uid = chance.choice(self.there)
            self.there.remove(uid)
            self.provider.down = False
            await self.mailbox.expunge("INBOX", 1, [uid])
        elif what == "down":
            self.provider.down = not self.provider.down
        elif what == "clear":
            self.cache.keep_only([])
            self.mailbox = self.cache.of(shared_mailbox(), self.provider)

    def spoil(self, chance: random.Random, *, lose: bool) -> None:
        for file in files(self.directory):
            if lose or not file.exists():
                file.unlink(missing_ok=True)
                continue
            try:
                text = bytearray(file.read_bytes())
            except FileNotFoundError:  # the cache was faster
                continue
            if text:
                text[chance.randrange(len(text))] ^= 1 << chance.randrange(8)
                file.write_bytes(text[: chance.choice([len(text), len(text) // 2])])

    async def read(self, uids: list[int], asks: list[bytes]) -> None:
        assert self.mailbox is not None
        down, self.provider.down = self.provider.down, False
        true = {r.uid: r for r in await self.provider.fetch("INBOX", 1, uids, asks)}
        self.provider.down = down
        try:
            rows = await self.mailbox.fetch("INBOX", 1, uids, asks)
            assert [row.uid for row in rows] == [uid for uid in uids if uid in self.there]
        except UpstreamUnavailable:
            assert down
            rows = await self.mailbox.known("INBOX", 1, uids, asks)
        for row in rows:
            assert row.uid in self.there
            told = {name: plain(value) for name, value in row.values.items()}
            assert told == {n: plain(v) for n, v in true[row.uid].values.items()}


def plain(value: object) -> bytes:
    """Without the form of the string: a piece may be cut here or there."""
    text = octets(value)
    return text.partition(b"\r\n")[2] if text.startswith(b"{") else text.replace(b'""', b"")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_what_is_told_is_true(steps: list[tuple[str, object, int]]) -> None:
    async def run(directory: Path) -> None:
        play = Play(directory)
        for number in range(1, COUNT + 1):
            play.provider.deliver(mail(number, b"%d " % number * (20 << (number % 12))))
        play.provider.spool_from = 16 * 1024
        await play.open()
        assert play.cache is not None
        try:
            for what, more, seed in steps:
                await play.step(what, more, random.Random(seed))
        finally:
            await play.cache.close()
        assert sum(file.stat().st_size for file in files(directory)) <= DISK

    with tempfile.TemporaryDirectory() as name:
        asyncio.run(run(Path(name) / "cache"))
