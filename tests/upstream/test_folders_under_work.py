"""Folders are renamed, deleted and created while every kind of job is under way: what was answered
is what the provider has, and what was refused for the folder's sake was not asked for.

On a Dovecot with everything, on one that announces neither UNSELECT nor MOVE nor UIDPLUS, and
behind a door that knows RFC 3501 only; on one connection for all work, and on three.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import pytest

from proxyd.domain.errors import (
    UidValidityChanged,
    UpstreamError,
    UpstreamFolderMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.domain.types import BytesBlob, Server
from proxyd.upstream.mailbox import ImapUpstream
from tests.servers.bare_imap import BareImap
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.upstream.conftest import QUICK, OpenMailbox
from tests.upstream.truth import There, Truth

WITHOUT = ("UNSELECT", "MOVE", "UIDPLUS")
ROUNDS = 12
MAILS = 6  # for each job of a round two
# Then nothing was asked for, so nothing may have been done.
CLEAN = (UpstreamFolderMissing, UidValidityChanged)


def raw(name: str) -> bytes:
    return b"Message-ID: <%b>\r\nSubject: x\r\n\r\n%b\r\n" % (name.encode(), name.encode())


@dataclass
class Round:
    """Jobs about mails of its own, in a folder that changes its name meanwhile."""

    mailbox: ImapUpstream
    folder: str
    uidvalidity: int
    mails: dict[int, str]
    outside: bool  # at the provider itself: what is not there any more can't be done
    done: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    refused: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    given_up: set[str] = field(default_factory=set)  # what somebody asked to be destroyed
    met: Counter[str] = field(default_factory=Counter)

    async def play(self) -> None:
        uids = sorted(self.mails)
        pairs = [uids[n : n + 2] for n in range(0, len(uids), 2)]
        works: list[tuple[str, Callable[[list[int]], Awaitable[object]]]] = [
            ("store", self.store),
            ("expunge", self.expunge),
            ("copy", self.copy),
            ("move", self.move),
            ("fetch", self.fetch),
            ("search", self.search),
        ]
        jobs = [self.kept(*work, pair) for work, pair in zip(works, pairs, strict=True)]
        jobs += [self.kept("append", self.append, [0])]
        await asyncio.gather(*jobs)

    async def kept(
        self, kind: str, work: Callable[[list[int]], Awaitable[object]], uids: list[int]
    ) -> None:
        names = tuple(self.mails.get(uid, f"new.{self.folder}") for uid in uids)
        try:
            told = await work(uids)
        except UpstreamError as error:
            self.met[type(error).__name__] += 1
            if isinstance(error, CLEAN):
                self.refused.append((kind, names))
        else:
            self.met[kind] += 1
            if told is None or told:
                self.done.append((kind, names))

    async def store(self, uids: list[int]) -> bool:
        rows = await self.mailbox.store_flags(
            self.folder, self.uidvalidity, uids, "+", ["\\Flagged"]
        )
        assert all("\\Flagged" in row.flags for row in rows)
        if not self.outside:
            assert [row.uid for row in rows] == uids
        return bool(rows)

    async def expunge(self, uids: list[int]) -> None:
        self.given_up |= {self.mails[uid] for uid in uids}
        await self.mailbox.expunge(self.folder, self.uidvalidity, uids)

    async def copy(self, uids: list[int]) -> bool:
        """Whether the provider says that it did it, rather than that it found nothing to do."""
        told = await self.mailbox.copy(self.folder, self.uidvalidity, uids, "Target")
        return told is not None or not self.outside

    async def move(self, uids: list[int]) -> bool:
        told = await self.mailbox.move(self.folder, self.uidvalidity, uids, "Target")
        return told is not None or not self.outside

    async def fetch(self, uids: list[int]) -> None:
        rows = await self.mailbox.fetch(self.folder, self.uidvalidity, uids, [b"BODY.PEEK[]"])
        for row in rows:
            (value,) = row.values.values()
            assert isinstance(value, bytes)
            assert raw(self.mails[row.uid]) in value or (self.outside and value == b"NIL")

    async def search(self, uids: list[int]) -> None:
        criteria = b"UID %d:%d" % (uids[0], uids[1])
        found = await self.mailbox.search(self.folder, self.uidvalidity, criteria)
        assert found == uids or (self.outside and not found)

    async def append(self, uids: list[int]) -> None:
        await self.mailbox.append("Target", [], None, BytesBlob(raw(f"new.{self.folder}")))

    def wrong(self, there: There, hidden: There) -> list[str]:
        """``hidden``: what lies at the provider, but it does not tell."""
        everywhere = {n: there.get(n, []) + hidden.get(n, []) for n in {*there, *hidden}}
        kept = set(self.mails.values()) - self.given_up
        told = [f"lost {name}" for name in sorted(kept - everywhere.keys())]
        for kind, names in self.done:
            for name in names:
                # What the provider hides it may well have taken away and told so.
                seen = there if kind in ("expunge", "move", "append") else everywhere
                if not self._done(kind, seen, name, forgotten=name in hidden):
                    told.append(f"{kind} {name}: {everywhere.get(name)}")
        for kind, names in self.refused:
            told += [
                f"refused {kind} {name}: {everywhere.get(name)}"
                for name in names
                if not _is_undone(everywhere, name)
            ]
        return told

    def _done(self, kind: str, there: There, name: str, *, forgotten: bool) -> bool:
        if kind == "expunge" and self.outside:  # it took them away into another folder
            return self.folder not in dict(there.get(name, []))
        if kind == "store" and forgotten:  # the flags were in the index
            return len(there[name]) == 1
        return _is_done(kind, there, name)


def _is_done(kind: str, there: There, name: str) -> bool:
    places = there.get(name, [])
    match kind:
        case "store":
            return len(places) == 1 and "\\Flagged" in places[0][1]
        case "expunge":
            return not places
        case "copy":
            return len(places) == 2 and "Target" in dict(places)
        case "move" | "append":
            return [folder for folder, _ in places] == ["Target"]
    return len(places) == 1


def _is_undone(there: There, name: str) -> bool:
    if name.startswith("new."):
        return name not in there
    return [flags & {"\\Flagged", "\\Deleted"} for _, flags in there.get(name, [])] == [set()]


async def colleague(mailbox: ImapUpstream, dice: Random, numbers: Iterator[int]) -> None:
    """Folders that nobody is in."""
    name = f"Other{next(numbers)}"
    with contextlib.suppress(UpstreamRefused):  # Dovecot, of two at once: "already exists"
        await mailbox.create(name)
        await mailbox.rename(name, name + "-b")
        if dice.random() < 0.7:
            await mailbox.delete(name + "-b")


async def renamed(mailbox: ImapUpstream, folder: str) -> None:
    """The folder that the jobs are in, and another one gets its name."""
    with contextlib.suppress(UpstreamError):
        await mailbox.rename(folder, folder.replace("Work", "Was"))
        await mailbox.create(folder)


def renamed_outside(dovecot: Dovecot, folder: str) -> None:
    with Truth(dovecot) as truth:
        truth.client.rename(folder, folder.replace("Work", "Was"))
        truth.client.create(folder)


def unlocked(dovecot: Dovecot) -> None:
    """A folder renamed in the middle of a write keeps its lock, which Dovecot honours for two
    minutes.
    """
    for lock in dovecot.maildir("INBOX").rglob("*.lock"):
        lock.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def bare(certificates: Certificates) -> Iterator[BareImap]:
    with BareImap(certificates=certificates) as server:
        yield server


@pytest.fixture(scope="module")
def lesser(certificates: Certificates) -> Iterator[Dovecot]:
    with Dovecot(certificates=certificates, hide=WITHOUT) as server:
        yield server


@pytest.fixture(params=["all", "lesser", "bare"])
def provider(request: pytest.FixtureRequest, dovecot: Dovecot) -> Dovecot:
    if request.param == "all":
        return dovecot
    found: Dovecot = request.getfixturevalue(request.param)
    return found


async def filled_round(mailbox: ImapUpstream, number: int, *, outside: bool = False) -> Round:
    folder = f"Work{number}"
    await mailbox.create(folder)
    names = [f"r{number}.{n}" for n in range(2 * MAILS)]
    for name in names:
        await mailbox.append(folder, [], None, BytesBlob(raw(name)))
    status = (await mailbox.status([folder]))[folder]
    return Round(mailbox, folder, status.uidvalidity, dict(enumerate(names, 1)), outside)


@pytest.mark.parametrize("connections", [2, 4])
@pytest.mark.parametrize("whose", ["others", "ours", "outside"])
async def test_what_is_answered_is_so(
    provider: Dovecot,
    open_mailbox: OpenMailbox,
    certificates: Certificates,
    connections: int,
    whose: str,
) -> None:
    server = Server("localhost", provider.tls_port, "tls", provider.user, str(certificates.ca))
    options = {"connections": connections, "timings": QUICK}
    mailbox = open_mailbox(server, password=lambda: provider.password, **options)
    dice, numbers = Random(connections), itertools.count()
    with Truth(provider) as truth:
        truth.clear()
    await mailbox.create("Target")
    rounds = [
        await filled_round(mailbox, number, outside=whose == "outside") for number in range(ROUNDS)
    ]
    met: Counter[str] = Counter()
    for one in rounds:
        works: list[Awaitable[None]] = [one.play()]
        if whose == "others":
            works += [colleague(mailbox, dice, numbers) for _ in range(4)]
        elif whose == "ours":
            works.insert(dice.randrange(2), renamed(mailbox, one.folder))
        else:
            works += [asyncio.to_thread(renamed_outside, provider, one.folder)]
        await asyncio.gather(*works)
        if one.outside:
            unlocked(provider)
        met += one.met
    with Truth(provider) as truth:
        there = truth.mails()
        # The provider itself loses sight of mails, where it is the one that renames.
        hidden = truth.hidden(there) if whose == "outside" else {}
        wrong = [told for one in rounds for told in one.wrong(there, hidden)]
        assert not wrong, "\n".join([*wrong, truth.story()])
    if whose == "others":  # they are nobody's business
        assert met == Counter(dict.fromkeys(KINDS, ROUNDS))
    if whose == "ours":
        assert not met["UpstreamUnavailable"], met


KINDS = ("store", "expunge", "copy", "move", "fetch", "search", "append")


async def test_uidvalidity_that_changes_while_a_folder_is_open_stops_the_job(
    dovecot: Dovecot, open_mailbox: OpenMailbox
) -> None:
    mailbox = open_mailbox(connections=2)
    one = await filled_round(mailbox, 900)
    await mailbox.store_flags(one.folder, one.uidvalidity, [1], "+", ["\\Flagged"])
    renamed_outside(dovecot, one.folder)
    with Truth(dovecot) as truth:
        truth.client.append(one.folder, "", "", raw("innocent"))  # type: ignore[arg-type]
    for _ in range(2):  # the first may hear that the folder is gone only
        with pytest.raises((*CLEAN, UpstreamUnavailable, UpstreamError)):
            await mailbox.expunge(one.folder, one.uidvalidity, [1])
    with Truth(dovecot) as truth:
        ((folder, flags),) = truth.mails()["innocent"]
    assert folder == one.folder
    assert not flags & {"\\Deleted", "\\Flagged"}
