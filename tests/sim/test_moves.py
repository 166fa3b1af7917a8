"""Two people move, copy, delete and bring mail at random: no mail is lost, and none appears.

What lies at the provider is compared with what the access log says was done to it, mail by mail,
after each step; and what a person has copied into a view is moved when they delete it, in whichever
view they had it. ``PROXYD_MOVES_SEEDS=500`` plays more.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from proxyd.domain.deleting import COPY_REMEMBERED_US, ELSEWHERE_REMEMBERED_US
from proxyd.domain.errors import ProxydError, UpstreamError, UpstreamUnavailable
from proxyd.domain.types import BytesBlob
from proxyd.service.api.appending import NewMessage
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from tests.service.conftest import World, mail
from tests.service.conftest import aliases as aliases
from tests.service.conftest import world as world

SEEDS = int(os.environ.get("PROXYD_MOVES_SEEDS", "12"))
STEPS = 60
PEOPLE = ("anna", "mara")  # respond, manage
REAL = ("INBOX", "Archive", "Trash", "Junk", "Drafts")
VIRTUAL = ("Status/Open", "Status/Done", "Status/Mine", "Status/Unassigned", "Status/Checking")
FINAL = frozenset({"Trash", "Junk", "Drafts"})


def at_provider(world: World) -> Counter[str]:
    return Counter(
        each.raw.split(b"Message-ID: <")[1].split(b">")[0].decode()
        for box in world.upstream.folders.values()
        for each in box.mails.values()
    )


class Play:
    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.dice = Random(seed)
        self.names: list[str] = []
        self.delivered: Counter[str] = Counter()
        self.acknowledged: set[str] = set()
        self.told: list[str] = []
        self.views: dict[tuple[str, str], OpenView] = {}
        # (login, view's name, its UID) of a copy into a virtual folder → until when it counts
        self.copied: dict[tuple[str, str, int], int] = {}

    async def run(self) -> None:
        for _ in range(3):
            await self.deliver()
        verbs: list[tuple[Callable[[], Awaitable[object]], int]] = [
            (self.deliver, 2), (self.copy, 6), (self.move, 3), (self.mark, 8), (self.expunge, 6),
            (self.bring, 3), (self.status, 2), (self.across, 3), (self.restart, 1),
            (self.cut, 1), (self.wait, 1),
        ]  # fmt: skip
        for _ in range(STEPS):
            (verb,) = self.dice.choices([v for v, _ in verbs], [weight for _, weight in verbs])
            try:
                await verb()
            except ProxydError as error:
                self.told.append(f"  refused: {error!r}")
                if isinstance(error, UpstreamError):
                    await self.take_over()
            await self.check()

    # -------------------------------------------------------------- what people do

    async def view(self) -> tuple[str, str, OpenView]:
        login = self.dice.choice(PEOPLE)
        name = self.dice.choice((*REAL, *VIRTUAL, "INBOX", "INBOX", "Status/Open"))
        if (login, name) not in self.views:
            self.views[login, name], _ = await self.world.open(login, name)
        return login, name, self.views[login, name]

    def some(self, view: OpenView) -> list[int]:
        uids = list(view.uids())
        return sorted(self.dice.sample(uids, min(len(uids), self.dice.randint(1, 3))))

    async def copy(self) -> None:
        login, name, view = await self.view()
        target, uids = self.dice.choice((*REAL, *VIRTUAL)), self.some(view)
        self.told.append(f"{login} copies {uids} from {name} to {target}")
        shown = await self.shown(login, view, uids) if target in VIRTUAL else {}
        await view.copy(uids, target)
        self.note_copy(login, name, target, shown)

    async def across(self) -> None:
        """Copied out of one view, deleted in another."""
        login, name, view = await self.view()
        target, uids = self.dice.choice(VIRTUAL), self.some(view)
        shown = await self.shown(login, view, uids)
        other = self.dice.choice([each for each in shown if shown[each]] or [name])
        self.told.append(f"{login} copies {uids} from {name} to {target}, deletes in {other}")
        await view.copy(uids, target)
        self.note_copy(login, name, target, shown)
        if self.dice.random() < 0.2:
            await self.restart()
        if self.dice.random() < 0.2:
            await self.wait()
        elsewhere, _ = await self.world.open(login, other)
        await elsewhere.store(shown[other], FlagMode.ADD, ["\\Deleted"])
        await self.expunge_in(login, other, elsewhere, shown[other])

    async def move(self) -> None:
        login, name, view = await self.view()
        target, uids = self.dice.choice((*REAL, *VIRTUAL)), self.some(view)
        self.told.append(f"{login} moves {uids} from {name} to {target}")
        await view.move(uids, target)

    async def mark(self) -> None:
        login, name, view = await self.view()
        mode = self.dice.choice((FlagMode.ADD, FlagMode.ADD, FlagMode.ADD, FlagMode.REMOVE))
        uids = self.some(view)
        self.told.append(f"{login} {mode.value}Deleted {uids} in {name}")
        if mode is FlagMode.REMOVE:  # perhaps the mail's copies count no more, in any view
            self.copied = {k: until for k, until in self.copied.items() if k[0] != login}
        await view.store(uids, mode, ["\\Deleted"])

    async def expunge(self) -> None:
        login, name, view = await self.view()
        uids = self.some(view) if self.dice.random() < 0.3 else None
        await self.expunge_in(login, name, view, uids)

    async def expunge_in(
        self, login: str, name: str, view: OpenView, uids: list[int] | None
    ) -> None:
        self.told.append(f"{login} expunges {uids} in {name}")
        moving = self.moving(login, name, view, uids)
        last = max(
            (entry.number for entry in await self.world.log(limit=1, newest_first=True)), default=0
        )
        await view.expunge(uids)
        fates = {
            entry.record.message_id: entry.record.detail["what"]
            for entry in await self.world.log(after_number=last, action="expunge")
        }
        story = "\n".join(self.told)
        for id_ in moving:
            assert fates.get(id_) in ("moved-here", "moved"), f"{id_}: {fates.get(id_)}\n{story}"

    async def bring(self) -> None:
        login = self.dice.choice(PEOPLE)
        name = self.dice.choice((*REAL, *VIRTUAL, *VIRTUAL))
        known = self.names and self.dice.random() < 0.8
        message_id = self.dice.choice(self.names) if known else self.new_name()
        raw = mail(message_id).replace(b"\n\n", b"\nX-TUID: a\n\n", 1).replace(b"\n", b"\r\n")
        self.told.append(f"{login} brings {message_id} to {name}")
        person = await self.world.enter(login)
        await person.append(name, [NewMessage((), None, BytesBlob(raw))])
        self.acknowledged.add(message_id)

    async def status(self) -> None:
        login, name, view = await self.view()
        uids, word = self.some(view), self.dice.choice(("open", "done", "checking"))
        self.told.append(f"{login} sets {word} of {uids} in {name}")
        await view.store(uids, FlagMode.ADD, [f"$status-{word}"])

    # -------------------------------------------------------------- what was copied

    async def shown(self, login: str, view: OpenView, uids: list[int]) -> dict[str, list[int]]:
        """The UIDs of these mails in each view that shows them."""
        mails = [view._view.members[uid] for uid in uids]
        found: dict[str, list[int]] = {}
        for name in (*REAL, *VIRTUAL):
            other, _ = await self.world.open(login, name)
            found[name] = [m.views[other._view] for m in mails if other._view in m.views]
        return found

    def note_copy(self, login: str, source: str, target: str, shown: dict[str, list[int]]) -> None:
        now_us = self.world.clock()
        for name, uids in shown.items():
            if name == target != source:
                continue
            for uid in uids:
                age = COPY_REMEMBERED_US if name == source else ELSEWHERE_REMEMBERED_US
                until = max(now_us + age, self.copied.get((login, name, uid), 0))
                self.copied[login, name, uid] = until

    def moving(self, login: str, name: str, view: OpenView, uids: list[int] | None) -> list[str]:
        """The Message-IDs of what this person has copied and marked, and is about to expunge."""
        members, now_us = view._view.members, self.world.clock()
        return [
            members[uid].message_id
            for uid in (view.uids() if uids is None else uids)
            if uid in members
            and self.copied.get((login, name, uid), 0) >= now_us
            and "\\Deleted" in view.facts(uid).flags  # type: ignore[union-attr]
        ]

    # -------------------------------------------------------------- what happens besides

    def new_name(self) -> str:
        self.names.append(f"m{len(self.names)}@x")
        return self.names[-1]

    async def deliver(self) -> None:
        name = self.new_name()
        self.delivered[name] += 1
        self.acknowledged.add(name)
        self.world.upstream.deliver(mail(name), self.dice.choice(REAL[:2]))
        await self.world.synced()

    async def restart(self) -> None:
        self.told.append("restart")
        self.views.clear()
        await self.world.restart()

    async def cut(self) -> None:
        """The line breaks behind one of the next commands to the provider."""
        upstream, number = self.world.upstream, self.dice.randint(1, 6)
        call = upstream._call

        async def breaking(*args: object) -> object:
            nonlocal number
            number -= 1
            if not number:
                upstream._call = call  # type: ignore[method-assign]
                raise UpstreamUnavailable("the line is cut")
            return await call(*args)  # type: ignore[arg-type]

        upstream._call = breaking  # type: ignore[method-assign,assignment]

    async def wait(self) -> None:
        self.world.clock.advance(seconds=self.dice.choice((60, 86_400, 20 * 86_400)))

    # -------------------------------------------------------------- what must be so

    async def check(self) -> None:
        there = at_provider(self.world)
        wanted, destroyed = await self.on_record()
        for name in self.names:
            story = "\n".join(self.told)
            assert there[name] == wanted[name], (
                f"{name}: {there[name]}, not {wanted[name]}\n{story}"
            )
            lost = wanted[name] < 1 and not destroyed[name] and self.is_known(name)
            assert not lost, f"{name} is lost\n{story}"

    def is_known(self, name: str) -> bool:
        """Delivered, or brought with an OK."""
        return bool(self.delivered[name]) or any(f"stored {name}" in line for line in self.told)

    async def take_over(self) -> None:
        """A line that breaks between copying and removing leaves a second copy, and never none."""
        wanted, _ = await self.on_record()
        for name, there in at_provider(self.world).items():
            self.delivered[name] += max(0, there - wanted[name])

    async def on_record(self) -> tuple[Counter[str], Counter[str]]:
        """How often each mail is there by what was done, and how often somebody destroyed it."""
        wanted, destroyed = Counter(self.delivered), Counter[str]()
        for entry in await self.world.log(limit=100_000):
            one = entry.record
            if one.outcome != "ok" or "repeated" in one.detail:
                continue
            if one.action == "append" or (one.action == "copy-to" and one.detail["to"] in REAL):
                wanted[one.message_id] += 1
            if one.action == "expunge" and one.detail["what"] in ("moved", "destroyed"):
                wanted[one.message_id] -= 1
            if one.action == "expunge" and one.detail["what"] == "destroyed":
                destroyed[one.message_id] += 1
                assert one.view in FINAL, self.told
                assert one.actor == "mara" or one.view == "Drafts", self.told
        return wanted, destroyed


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_nothing_is_lost_and_nothing_appears(world: World, seed: int) -> None:
    await Play(world, seed).run()
