"""Trying a mailbox's servers (service/admin/mailbox_probing.py); its pages are played in
tests/admin/web/mailboxes.
"""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import AlreadyExists, BadInput, Busy, NotFound, StoreUnavailable
from proxyd.domain.probe import READING_STEPS, SENDING_STEPS, ProbedStep, ProbeFault, ProbeStep
from proxyd.domain.types import Origin, Role
from proxyd.service.actor import Actor
from proxyd.service.admin import mailbox_probing
from proxyd.service.admin.mailbox_admin import MailboxAdmin, MailboxPasswords
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.service.admin.mailbox_probing import MailboxProbing, ProbeState
from tests.patience import PATIENCE_S

ADA = Actor("ada", Origin("web"))
SUPPORT = MailboxWishes("support@example.test", "imaps://u@imap.test", "smtps://smtp.test")
SECRET = "upstream-geheim-1"


class Probe:
    """Asks nobody: all is well, but what is in ``faults``."""

    def __init__(self) -> None:
        self.faults: dict[ProbeStep, ProbeFault] = {}
        self.asked: list[str] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def run(self, mailbox, password, told) -> None:
        self.asked.append(password)
        await self.go_on.wait()
        for step in (*READING_STEPS, *SENDING_STEPS):
            told(ProbedStep(step, 1, self.faults.get(step)))


@pytest.fixture
def probe():
    return Probe()


@pytest.fixture
def over():
    """Set: the time that a try is kept is over."""
    return asyncio.Event()


@pytest.fixture
async def admin(database, sealer):
    await database.write(lambda tx: tx.accounts.add("ada", "Ada", Role.ADMIN, "hash"))
    return MailboxAdmin(database, sealer)


@pytest.fixture
async def probing(database, sealer, admin, probe, over):
    async def sleep(seconds):
        assert seconds == mailbox_probing.KEPT_S
        await over.wait()

    passwords = MailboxPasswords(database, sealer)
    one = MailboxProbing(database, admin, passwords, probe, sleep)
    yield one
    await one.close()


async def eventually(true):
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.005)


async def ended(tried):
    await eventually(lambda: tried.state is not ProbeState.RUNNING)
    return tried


async def test_what_passed_is_stored_and_its_password_forgotten(probing, admin):
    tried = await ended(await probing.add("support", SUPPORT, SECRET, by=ADA, zone="Asia/Tokyo"))
    assert tried.state is ProbeState.PASSED and tried.stored and tried.password == ""
    assert (await admin.find("support")).policy.zone == "Asia/Tokyo"
    assert SECRET not in repr(tried)


async def test_what_failed_waits_for_a_word_and_is_gone_after_a_while(probing, admin, probe, over):
    probe.faults[ProbeStep.SENDING_SIGNED_IN] = ProbeFault.PASSWORD
    tried = await ended(await probing.add("support", SUPPORT, SECRET, by=ADA))
    assert tried.state is ProbeState.FAILED and tried.may_be_stored and await admin.all() == []
    with pytest.raises(NotFound):
        await probing.store_anyway("support", by=Actor("eve", Origin("web")))
    over.set()
    await eventually(lambda: probing.of("support", ADA) is None)
    assert tried.password == ""
    with pytest.raises(NotFound):
        await probing.store_anyway("support", by=ADA)


async def test_a_step_that_nobody_told_of_is_no_success(probing, admin, probe):
    async def half(mailbox, password, told):
        told(ProbedStep(ProbeStep.FOUND, 1))

    probe.run = half
    tried = await ended(await probing.add("support", SUPPORT, SECRET, by=ADA))
    assert tried.state is ProbeState.FAILED and await admin.all() == []


async def test_a_second_try_ends_the_first(probing, admin, probe):
    probe.go_on.clear()
    first = await probing.add("support", SUPPORT, "first", by=ADA)
    await eventually(lambda: probe.asked)
    second = await probing.add("support", SUPPORT, "second", by=ADA)
    assert probing.of("support", ADA) is second and first.password == ""
    probe.go_on.set()
    assert (await ended(second)).stored and len(await admin.all()) == 1


async def test_no_more_than_that_are_known_at_a_time(probing, probe, monkeypatch):
    monkeypatch.setattr(mailbox_probing, "MOST", 1)
    probe.go_on.clear()
    await probing.add("support", SUPPORT, SECRET, by=ADA)
    other = MailboxWishes("info@example.test", "imaps://u@imap.test", "smtps://smtp.test")
    with pytest.raises(Busy):
        await probing.add("info", other, SECRET, by=ADA)


async def test_without_a_record_nobody_is_asked(probing, database, probe, monkeypatch):
    async def unwritable(work):
        raise StoreUnavailable("full")

    monkeypatch.setattr(database, "write", unwritable)
    with pytest.raises(StoreUnavailable):
        await probing.add("support", SUPPORT, SECRET, by=ADA)
    assert probe.asked == [] and probing.of("support", ADA) is None


async def test_what_can_not_be_stored_is_not_tried(probing, admin, probe):
    await admin.add("support", SUPPORT, SECRET, by=ADA)
    with pytest.raises(AlreadyExists):
        await probing.add("support", SUPPORT, SECRET, by=ADA)
    with pytest.raises(BadInput):
        await probing.add("other", SUPPORT, SECRET, by=ADA)  # its address
    with pytest.raises(BadInput):
        await probing.change_password("support", "", by=ADA)
    with pytest.raises(NotFound):
        await probing.change_password("nothing", SECRET, by=ADA)
    with pytest.raises(NotFound):
        await probing.test("nothing", by=ADA)
    assert probe.asked == []


async def test_what_somebody_else_added_meanwhile_is_told(probing, admin, probe):
    probe.go_on.clear()
    tried = await probing.add("support", SUPPORT, SECRET, by=ADA)
    await admin.add("support", SUPPORT, "other", by=ADA)
    probe.go_on.set()
    await ended(tried)
    assert isinstance(tried.refused, BadInput | AlreadyExists) and not tried.stored


async def test_at_the_end_nothing_runs_on(probing, probe):
    probe.go_on.clear()
    tried = await probing.add("support", SUPPORT, SECRET, by=ADA)
    await probing.close()
    assert tried.password == "" and probing.of("support", ADA) is None
