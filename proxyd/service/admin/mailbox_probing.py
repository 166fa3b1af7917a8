"""Trying a shared mailbox's servers while somebody looks on; what passes is stored, and only that.

A try is its person's: nobody else sees it. It is in memory alone, with the password until that is
stored, and gone some minutes after its end. Invariants: nothing is stored before it passed, unless
its person says so; the log has a record before anything is tried.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from proxyd.domain.errors import BadInput, Busy, NotFound, ProxydError, Refused
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.mailbox_probe import MailboxProbe
from proxyd.domain.probe import READING_STEPS, SENDING_STEPS, ProbedStep, ProbeStep
from proxyd.domain.types import Role, SharedMailbox
from proxyd.service.actor import Actor
from proxyd.service.admin.mailbox_admin import MailboxAdmin, MailboxPasswords
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.service.admin.server_url import IMAP_SCHEMES, SMTP_SCHEMES, url_of

MOST = 20  # tries that are known at a time, of all admins: each may hold a password
KEPT_S = 600.0  # after its end: time to read it, and to store it all the same

_log = logging.getLogger(__name__)


class Purpose(StrEnum):
    TEST = "test"  # what is stored
    ADD = "add"
    PASSWORD = "password"  # noqa: S105 - another one


class ProbeState(StrEnum):
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(slots=True)
class MailboxTry:
    """``refused``: why what passed could not be stored. ``wanted``, ``zone``: as typed, of a new
    mailbox.
    """

    mailbox: SharedMailbox
    purpose: Purpose
    wanted: MailboxWishes = MailboxWishes()  # noqa: RUF009 - frozen
    zone: str = ""
    steps: list[ProbedStep] = field(default_factory=list)
    state: ProbeState = ProbeState.RUNNING
    stored: bool = False
    refused: ProxydError | None = None
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        return self.mailbox.name

    @property
    def may_be_stored(self) -> bool:
        """All the same: it failed, and what was typed is still here."""
        failed = self.state is ProbeState.FAILED and not self.stored
        return failed and self.purpose is not Purpose.TEST and bool(self.password)

    def step(self, step: ProbeStep) -> ProbedStep | None:
        return next((one for one in self.steps if one.step is step), None)


class MailboxProbing:
    def __init__(
        self,
        store: Database,
        admin: MailboxAdmin,
        passwords: MailboxPasswords,
        probe: MailboxProbe,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._admin = admin
        self._passwords = passwords
        self._probe = probe
        self._sleep = sleep
        self._tries: dict[tuple[str, str], MailboxTry] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()  # of who begins one: the same person may press twice

    def of(self, name: str, by: Actor) -> MailboxTry | None:
        """This person's last one of that mailbox."""
        return self._tries.get((by.name, name))

    async def test(self, name: str, *, by: Actor) -> None:
        """With what is stored. Raises NotFound, Busy, StoreUnavailable."""
        mailbox = await self._admin.find(name)
        await self._passwords.load()
        password = self._passwords.password(mailbox.id)
        await self._begin(MailboxTry(mailbox, Purpose.TEST, password=password), by)

    async def add(
        self, name: str, wanted: MailboxWishes, password: str, *, by: Actor, zone: str = ""
    ) -> MailboxTry:
        """Add it once it has passed. Raises BadInput (Mistakes), AlreadyExists, Busy."""
        mailbox = await self._admin.checked(name, wanted, password, zone=zone)
        one = MailboxTry(mailbox, Purpose.ADD, wanted, zone, password=password)
        await self._begin(one, by)
        return one

    async def change_password(self, name: str, password: str, *, by: Actor) -> None:
        """Switch to it once it has passed at both doors. Raises BadInput, NotFound, Busy."""
        mailbox = await self._admin.checked_password(name, password)
        await self._begin(MailboxTry(mailbox, Purpose.PASSWORD, password=password), by)

    async def store_anyway(self, name: str, *, by: Actor) -> MailboxTry:
        """Raises NotFound where nothing is to be stored; what MailboxAdmin raises."""
        one = self.of(name, by)
        if one is None or not one.may_be_stored:
            raise NotFound("try", name)
        await self._stored(one, by)
        return one

    async def close(self) -> None:
        for key in list(self._tries):
            await self._end(key)

    # ------------------------------------------------------------------ one try

    async def _begin(self, one: MailboxTry, by: Actor) -> None:
        key = (by.name, one.name)
        async with self._turn:
            await self._end(key)
            if len(self._tries) >= MOST:
                raise Busy
            await self._record(one, by, "begun")
            self._tries[key] = one
            self._tasks[key] = asyncio.get_running_loop().create_task(self._run(key, one, by))

    async def _end(self, key: tuple[str, str]) -> None:
        """Also one whose task has not begun yet."""
        task, one = self._tasks.pop(key, None), self._tries.pop(key, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if one is not None:
            one.password = ""

    async def _run(self, key: tuple[str, str], one: MailboxTry, by: Actor) -> None:
        await self._tried(one, by)
        await self._sleep(KEPT_S)
        one.password = ""
        if self._tries.get(key) is one:
            del self._tries[key], self._tasks[key]

    async def _tried(self, one: MailboxTry, by: Actor) -> None:
        try:
            await self._probe.run(one.mailbox, one.password, one.steps.append)
            passed = _is_whole(one.steps)
            if one.purpose is Purpose.TEST:
                one.password = ""
            await self._record(one, by, "ended", failed=not passed)
            if passed and one.purpose is not Purpose.TEST:
                await self._stored(one, by)
            one.state = ProbeState.PASSED if passed else ProbeState.FAILED
        except Exception as error:  # noqa: BLE001 - the boundary: its page must not wait for ever
            one.refused = error if isinstance(error, ProxydError) else ProxydError()
            one.state = ProbeState.FAILED
            if not isinstance(error, Refused):
                _log.exception("trying a mailbox failed")

    async def _stored(self, one: MailboxTry, by: Actor) -> None:
        """Raises what MailboxAdmin raises; NotFound for a person who is no admin any more."""
        await self._store.read(lambda tx: _check_is_admin(tx, by.name))
        if one.purpose is Purpose.PASSWORD:
            await self._check_unchanged(one)
            await self._admin.change(one.name, MailboxWishes(), by=by, password=one.password)
        else:
            await self._admin.add(one.name, one.wanted, one.password, by=by, zone=one.zone)
        one.stored, one.refused, one.password = True, None, ""

    async def _check_unchanged(self, one: MailboxTry) -> None:
        """What was tried is what the password is for. Raises BadInput, NotFound."""
        now = await self._admin.find(one.name)
        if (now.id, now.imap, now.smtp) != (one.mailbox.id, one.mailbox.imap, one.mailbox.smtp):
            problem = "its servers were changed meanwhile"
            raise BadInput(f"mailbox {one.name}", problem, "try it once more")

    async def _record(self, one: MailboxTry, by: Actor, step: str, *, failed: bool = False) -> None:
        facts = {
            "did": "mailbox test",
            "step": step,
            "for": str(one.purpose),
            "imap": url_of(one.mailbox.imap, IMAP_SCHEMES),
            "smtp": url_of(one.mailbox.smtp, SMTP_SCHEMES),
        }
        record = by.record(Action.ADMIN, facts, mailbox=one.name)
        told = replace(record, outcome="failed") if failed else record
        await self._store.write(lambda tx: tx.log.append([told]))


def _is_whole(steps: list[ProbedStep]) -> bool:
    well = {one.step for one in steps if one.fault is None}
    return well == {*READING_STEPS, *SENDING_STEPS}


def _check_is_admin(tx: Transaction, login: str) -> None:
    """Who was shut out while it was tried stores nothing any more."""
    found = tx.accounts.find(login)
    if found is None or found[0].disabled or found[0].role is not Role.ADMIN:
        raise NotFound("account", login)
