"""Plays a list of steps with several people at several desks, and compares at quiet points what
each desk believes with what a fresh connection is told.

A step is a plain tuple, its numbers are taken modulo what there is: so a list that failed once can
be kept in the repository (``kept.py``) and means the same tomorrow. Commands are sent as a careful
client may send them: no sequence numbers behind a command that may be answered with EXPUNGE
(RFC 9051 §5.5).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.service.conftest import mail
from tests.strict import asks
from tests.strict.asks import Ask, Pairs
from tests.strict.belief import Belief, Slot
from tests.strict.cursor import Violation
from tests.strict.notebook import Kept
from tests.strict.office import Desk, Office
from tests.strict.untagged import Found

Step = tuple[Any, ...]

# login, name, what the client enables where it is offered
DESKS = (
    ("anna", "a", ()),
    ("anna", "b", ("QRESYNC",)),
    ("mara", "c", ("CONDSTORE",)),
    ("mara", "d", ("QRESYNC", "IMAP4rev2")),
)
FOLDERS = (
    *(b"INBOX", b"Archive", b"Status/Open", b"Status/Done", b"Status/Unassigned", b"Status/Mine"),
    *(b"Trash", b"Drafts", b"Status/On hold"),
)
REAL = ("INBOX", "Archive", "Trash")
FLAGS: tuple[tuple[str, ...], ...] = (
    *(("\\Seen",), ("\\Flagged",), ("\\Deleted",), ("\\Answered", "Custom"), ()),
    *(("$status-done",), ("$status-hold", "\\Flagged"), ("$assignee-anna",), ("$assignee-mara",)),
    *(("$status-open",),),
)
ITEMS: tuple[tuple[str, ...], ...] = (
    *(
        ("FLAGS",),
        ("UID", "FLAGS"),
        ("BODY[]",),
        ("BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]", "FLAGS"),
    ),
    *(("RFC822.SIZE", "INTERNALDATE"), ("UID",), ("MODSEQ",), ("EMAILID", "THREADID", "SAVEDATE")),
)
NEEDS = {"MODSEQ": "CONDSTORE", "EMAILID": "OBJECTID", "SAVEDATE": "SAVEDATE"}
CRITERIA = (
    *(b"ALL", b"UNSEEN", b"KEYWORD $status-done", b"DELETED", b"1:2", b"NOT 1", b"UID 2:*"),
    *(b"FLAGGED OR SEEN KEYWORD Custom", b"LARGER 10"),
)
RETURNS = (None, ("ALL",), ("MIN", "MAX"), ("COUNT",), (), ("SAVE",), ("ALL", "COUNT", "SAVE"))
STATUS_ITEMS = ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")


class Player:
    def __init__(self, directory: Path) -> None:
        self.office = Office(directory)
        self.desks: dict[int, Desk] = {}
        self.serial = 0
        self.commands = 0
        self.threads: list[str] = []
        self.first_kept: dict[tuple[str, bytes], Kept] = {}

    async def play(self, steps: Sequence[Step]) -> None:
        await self.office.begin()
        try:
            for _ in range(3):
                await self.mail(0, 0)
            await self.office.world.synced()
            for step in steps:
                await self.take(step)
            await self.quiet()
            await self.come_back()
        finally:
            await self.office.end()

    async def take(self, step: Step) -> None:
        what, *facts = step
        match what:
            case "burst":
                await self.burst(*facts)
            case "both":
                await self.both(*facts)
            case "mail" | "webmail" | "quiet" | "restart" | "drop" | "idle":
                await getattr(self, what)(*facts)
            case _:
                desk = await self.at(facts[0])
                await self.ask(desk, self.command(desk, step, numbers=True))

    # -------------------------------------------------------------- desks

    async def at(self, which: int) -> Desk:
        """Signed in, not idling, with something selected."""
        which %= len(DESKS)
        login, name, extensions = DESKS[which]
        desk = self.desks.get(which)
        if desk is None:
            self.serial += 1
            desk = self.desks[which] = Desk(self.office, login, f"{name}{self.serial}x")
            await desk.sign_in()
            wanted = [word for word in extensions if desk.client.can(word)]
            if wanted:
                await self.ask(desk, asks.words("ENABLE", " ".join(wanted).encode()))
        if desk.idling:
            self.judge(await desk.stop_idling())
        if desk.client.selected is None:
            await self.ask(desk, asks.select(b"INBOX"))
        return desk

    async def ask(self, desk: Desk, *commands: Ask) -> Ask:
        self.commands += len(commands)
        last = await desk.ask(*commands)
        for command in commands:
            self.judge(command)
        self.note_kept(desk)
        return last

    def judge(self, command: Ask) -> None:
        done = command.done
        assert done is not None
        if done.condition == "BAD" or (done.code and done.code.name == "SERVERBUG"):
            raise Violation(f"{command.text!r} is answered with {done}")

    def note_kept(self, desk: Desk) -> None:
        for name, kept in self.office.notebooks[desk.login].kept.items():
            self.first_kept.setdefault((desk.login, name), kept)

    async def drop(self, which: int) -> None:
        desk = self.desks.pop(which % len(DESKS), None)
        if desk is not None:
            await desk.drop()
            self.note_kept(desk)

    async def idle(self, which: int) -> None:
        await (await self.at(which)).idle()

    async def restart(self) -> None:
        self.desks.clear()
        await self.office.restart()

    # -------------------------------------------------------------- commands

    async def burst(self, which: int, steps: Sequence[Step]) -> None:
        """Several in one piece, without waiting."""
        desk = await self.at(which)
        commands: list[Ask] = []
        numbers = True
        for what, *facts in steps:
            command = self.command(desk, (what, which, *facts[1:]), numbers=numbers)
            # What waits for "+" must be the last.
            if command.rest:
                continue
            commands.append(command)
            numbers = numbers and command.by_number
            if command.name in ("SELECT", "EXAMINE", "CLOSE", "UNSELECT"):
                break
        if commands:
            await self.ask(desk, *commands)

    async def both(self, one: Step, other: Step) -> None:
        """Two desks at the same time."""
        first = await self.at(one[1])
        second = await self.at(other[1])
        if first is second:
            await self.take(one)
            await self.take(other)
            return
        await asyncio.gather(
            self.ask(first, self.command(first, one, numbers=True)),
            self.ask(second, self.command(second, other, numbers=True)),
        )

    def command(self, desk: Desk, step: Step, *, numbers: bool) -> Ask:
        """``numbers``: the client may use sequence numbers now."""
        what, _, *facts = step
        return getattr(self, f"_{what}")(desk, numbers, *facts)  # type: ignore[no-any-return]

    def _set(self, desk: Desk, picks: Sequence[int], *, uid: bool) -> Pairs:
        """Messages of the selected mailbox; -1 is "*", and for UIDs some that are not there."""
        belief = desk.client.selected
        slots = belief.slots if belief is not None else []
        found: list[tuple[int, int]] = []
        for pick in picks:
            if pick < 0:
                found.append((1, 0))
            elif uid:
                uids = [slot.uid for slot in slots if slot.uid] or [1]
                number = uids[pick % len(uids)] if pick < 20 else pick - 19
                found.append((number, number))
            elif slots:
                found.append((pick % len(slots) + 1,) * 2)
        return tuple(dict.fromkeys(found)) or ((1, 0),)

    def _noop(self, _desk: Desk, _numbers: bool) -> Ask:
        return asks.bare("NOOP")

    def _leave(self, _desk: Desk, _numbers: bool, how: int) -> Ask:
        return asks.bare(("CLOSE", "UNSELECT")[how % 2])

    def _select(
        self, desk: Desk, _numbers: bool, folder: int, read_only: bool, resync: bool
    ) -> Ask:
        name = FOLDERS[folder % len(FOLDERS)]
        kept = self.office.notebooks[desk.login].kept.get(name)
        if not resync or "QRESYNC" not in desk.client.enabled:
            kept = None
        condstore = kept is None and resync and desk.client.can("CONDSTORE")
        return asks.select(name, read_only=read_only, condstore=condstore, kept=kept)

    def _fetch(
        self, desk: Desk, numbers: bool, uid: bool, picks: Sequence[int], what: int, since: bool
    ) -> Ask:
        uid = uid or not numbers
        items = ITEMS[what % len(ITEMS)]
        if any(not desk.client.can(NEEDS[item]) for item in items if item in NEEDS):
            items = ("FLAGS",)
        belief = desk.client.selected
        changed_since = None
        if since and desk.client.can("CONDSTORE") and belief is not None and belief.highest:
            changed_since = max(belief.highest - 1, 1)
        return asks.fetch(self._set(desk, picks, uid=uid), items, uid=uid,
                          changed_since=changed_since)  # fmt: skip

    def _everything(self, desk: Desk, _numbers: bool) -> Ask:
        """What a client does that keeps a copy."""
        modseq = ("MODSEQ",) if desk.client.can("CONDSTORE") else ()
        return asks.fetch(((1, 0),), ("UID", "FLAGS", *modseq), uid=True)

    def _store(
        self, desk: Desk, numbers: bool, uid: bool, picks: Sequence[int],
        mode: str, silent: bool, flags: int, conditional: bool,
    ) -> Ask:  # fmt: skip
        uid = uid or not numbers
        belief = desk.client.selected
        unchanged_since = None
        if conditional and desk.client.can("CONDSTORE") and belief is not None and belief.highest:
            unchanged_since = max(belief.highest - 1, 0)
        return asks.store(
            self._set(desk, picks, uid=uid), mode, FLAGS[flags % len(FLAGS)], uid=uid,
            silent=silent, unchanged_since=unchanged_since,
        )  # fmt: skip

    def _copy(
        self, desk: Desk, numbers: bool, uid: bool, picks: Sequence[int], folder: int, move: bool
    ) -> Ask:
        uid = uid or not numbers
        target = FOLDERS[folder % len(FOLDERS)]
        return asks.copy(self._set(desk, picks, uid=uid), target, uid=uid, move=move)

    def _expunge(self, desk: Desk, _numbers: bool, picks: Sequence[int]) -> Ask:
        return asks.expunge(self._set(desk, picks, uid=True) if picks else ())

    def _append(self, desk: Desk, _numbers: bool, folder: int, sync: bool, flags: int) -> Ask:
        self.serial += 1
        raw = mail(f"own{self.serial}@x").replace(b"\n", b"\r\n")
        words = " ".join(f for f in FLAGS[flags % len(FLAGS)] if not f.startswith("$"))
        return asks.append(FOLDERS[folder % len(FOLDERS)], [(words, raw)], sync=sync)

    def _search(self, desk: Desk, numbers: bool, uid: bool, criteria: int, returns: int) -> Ask:
        wanted = RETURNS[returns % len(RETURNS)] if desk.client.can("ESEARCH") else None
        if wanted and "SAVE" in wanted and not desk.client.can("SEARCHRES"):
            wanted = ("ALL",)
        key = CRITERIA[criteria % len(CRITERIA)]
        belief = desk.client.selected
        few = belief is None or len(belief.slots) < 2
        if (few or not numbers) and key in (b"1:2", b"NOT 1"):
            key = b"ALL"
        return asks.search(key, uid=uid or not numbers, returns=wanted)

    def _saved(self, desk: Desk, numbers: bool, uid: bool, flags: int) -> Ask:
        """``$`` in a STORE (RFC 5182)."""
        if not desk.client.can("SEARCHRES"):
            return asks.bare("NOOP")
        return asks.store(None, "+", FLAGS[flags % len(FLAGS)], uid=uid or not numbers)

    def _status(self, desk: Desk, _numbers: bool, folder: int) -> Ask:
        more = ("HIGHESTMODSEQ",) if desk.client.can("CONDSTORE") and folder % 2 else ()
        return asks.status(FOLDERS[folder % len(FOLDERS)], (*STATUS_ITEMS, *more))

    # -------------------------------------------------------------- the world outside

    async def mail(self, thread: int, folder: int) -> None:
        """A customer writes, now and then in a conversation that there is."""
        self.serial += 1
        name = f"m{self.serial}@x"
        answers = self.threads[thread % len(self.threads)] if thread and self.threads else ""
        self.threads.append(name)
        self.office.world.upstream.deliver(mail(name, answers=answers), REAL[folder % 2])

    async def webmail(self, folder: int, pick: int, what: int) -> None:
        """Somebody is at the provider's own page."""
        name = REAL[folder % len(REAL)]
        box = self.office.world.upstream.folders[name]
        if not box.mails:
            return
        uid = sorted(box.mails)[pick % len(box.mails)]
        flags = FLAGS[what % 4]
        if what % 8 == 7:
            del box.mails[uid]
        elif what % 8 == 6:
            there = self.office.world.upstream.folders[REAL[(folder + 1) % len(REAL)]]
            there.mails[there.uidnext] = box.mails.pop(uid)
            there.uidnext += 1
        else:
            box.mails[uid].flags ^= set(flags)
        self.office.world.upstream.tell(name)

    # -------------------------------------------------------------- the truth

    async def quiet(self) -> None:
        """Nothing happens: every desk hears the rest, and must believe what is true."""
        await self.office.quiet()
        for desk in list(self.desks.values()):
            if desk.client.selected is not None and not desk.idling:
                await self.ask(desk, asks.bare("NOOP"))
        truths: dict[tuple[str, bytes], Belief] = {}
        for desk in list(self.desks.values()):
            belief = desk.client.selected
            if belief is None:
                continue
            key = (desk.login, belief.name)
            if key not in truths:
                truths[key] = await self.truth(*key)
            compare(belief, truths[key], desk)

    async def truth(self, login: str, name: bytes) -> Belief:
        self.serial += 1
        desk = Desk(self.office, login, f"t{self.serial}x")
        await desk.sign_in()
        belief = await self.opened(desk, asks.select(name, read_only=True))
        await self.ask(desk, self._everything(desk, True))
        # Asked of the folder that is open: cautious against, but not forbidden (§6.3.11).
        status = await self.ask(desk, asks.status(name, STATUS_ITEMS))
        _, items = status.data("STATUS")[0].value  # type: ignore[misc]
        unseen = sum("\\seen" not in (slot.flags or ()) for slot in belief.slots)
        told = {"MESSAGES": len(belief.slots), "UNSEEN": unseen, "UIDNEXT": belief.uidnext}
        told |= {"UIDVALIDITY": belief.uidvalidity, "RECENT": belief.recent}
        if items != told:
            raise Violation(f"STATUS says {items}, SELECT and FETCH say {told}")
        await self.searches(desk, belief)
        await desk.drop()
        return belief

    async def opened(self, desk: Desk, select: Ask) -> Belief:
        done = await self.ask(desk, select)
        belief = desk.client.selected
        if belief is None:
            raise Violation(f"{done.done}")
        return belief

    async def searches(self, desk: Desk, belief: Belief) -> None:
        """SEARCH finds by flags what FETCH tells."""
        for key, flag in ((b"SEEN", "\\seen"), (b"KEYWORD $status-done", "$status-done")):
            ask = await self.ask(desk, asks.search(key, uid=True))
            (found,) = ask.data("SEARCH")
            assert isinstance(found.value, Found)
            right = [slot.uid for slot in belief.slots if flag in (slot.flags or ())]
            if list(found.value.numbers) != right:
                raise Violation(f"SEARCH {key!r}: {found.value.numbers}, true is {right}")
        ask = await self.ask(desk, asks.search(b"RECENT", uid=True))
        (found,) = ask.data("SEARCH")
        assert isinstance(found.value, Found)
        recent = [slot.uid for slot in belief.slots if slot.recent]
        if list(found.value.numbers) != recent or len(recent) != belief.recent:
            raise Violation(f"SEARCH finds {found.value}, recent are {belief.recent}: {recent}")

    async def come_back(self) -> None:
        """From every state that any desk has ever left with, the way RFC 7162 has it."""
        for desk in list(self.desks.values()):
            await desk.drop()
        self.desks.clear()
        old = list(self.first_kept.items())
        for login, book in self.office.notebooks.items():
            old += [((login, name), kept) for name, kept in book.kept.items()]
        for (login, name), kept in old:
            truth = await self.truth(login, name)
            self.serial += 1
            desk = Desk(self.office, login, f"q{self.serial}x")
            await desk.sign_in()
            if desk.client.can("QRESYNC"):
                await self.ask(desk, asks.words("ENABLE", b"QRESYNC"))
                belief = await self.opened(desk, asks.select(name, kept=kept))
                if kept.uidvalidity == truth.uidvalidity:
                    if not belief.complete:
                        raise Violation(f"{name!r}: resynchronised, and rows are missing")
                    compare(belief, truth, desk)
            await desk.drop()


def compare(belief: Belief, truth: Belief, desk: Desk) -> None:
    try:
        if belief.uidvalidity != truth.uidvalidity:
            raise Violation(f"UIDVALIDITY {belief.uidvalidity}, true is {truth.uidvalidity}")
        if len(belief.slots) != len(truth.slots):
            raise Violation(f"{len(belief.slots)} messages, true are {len(truth.slots)}")
        for number, (slot, true) in enumerate(zip(belief.slots, truth.slots, strict=True), 1):
            if not _agrees(slot, true):
                raise Violation(f"{number} is believed to be {slot}, true is {true}")
    except Violation as error:
        head = f"{desk.client.name} in {belief.name!r}: {error}"
        raise Violation("\n".join([head, *desk.client.transcript])) from error


def _agrees(slot: Slot, true: Slot) -> bool:
    if slot.uid not in (None, true.uid) or slot.flags not in (None, true.flags):
        return False
    return slot.modseq is None or true.modseq is None or slot.modseq <= true.modseq
