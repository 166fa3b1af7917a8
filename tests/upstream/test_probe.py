"""Trying both servers of a shared mailbox (proxyd/upstream/probe.py), with real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from proxyd.domain.probe import READING_STEPS, SENDING_STEPS, ProbedStep, ProbeFault, ProbeStep
from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.upstream.probe import ProviderProbe, timings
from proxyd.upstream.way import PATIENCE_S as PATIENCE_OF_A_STEP_S
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_ports
from tests.servers.smtp_sink import SmtpSink
from tests.upstream.conftest import server_of
from tests.upstream.scripted import GREETING, Scripted, Wire


@pytest_asyncio.fixture
async def sink(certificates: Certificates, dovecot: Dovecot) -> AsyncIterator[SmtpSink]:
    one = SmtpSink(certificates, "starttls", dovecot.user, dovecot.password)
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
def box(dovecot: Dovecot, sink: SmtpSink) -> SharedMailbox:
    smtp = Server("localhost", sink.port, sink.security, sink.user, dovecot.ca_file)
    return SharedMailbox(
        *(1, "support", "support@example.test", (), "en", SeenMode.PERSON),
        *(server_of(dovecot), smtp),
    )


async def probed(mailbox: SharedMailbox, password: str) -> dict[ProbeStep, ProbedStep]:
    heard: list[ProbedStep] = []
    async with asyncio.timeout(PATIENCE_S):
        await ProviderProbe().run(mailbox, password, heard.append)
    assert len({one.step for one in heard}) == len(heard)
    return {one.step: one for one in heard}


async def test_each_step_with_what_is_to_be_known_of_it(box, dovecot, sink):
    dovecot.deliver(b"Subject: one\r\n\r\nhello\r\n")
    steps = await probed(box, dovecot.password)
    assert steps.keys() == {*READING_STEPS, *SENDING_STEPS}
    assert not [one for one in steps.values() if one.fault or one.milliseconds < 0]
    assert steps[ProbeStep.SECURED].facts["tls"] == "TLSv1.3"
    assert steps[ProbeStep.SENDING_SECURED].facts["tls"] == "TLSv1.3"
    assert steps[ProbeStep.FOLDERS].facts["mails"] == "1"
    assert int(steps[ProbeStep.FOLDERS].facts["folders"]) > 1
    assert steps[ProbeStep.KEYWORDS].facts["kept"] == "yes"
    assert steps[ProbeStep.SENDING_SIGNED_IN].facts["largest"] == "50"
    assert steps[ProbeStep.FOUND].facts["host"] == "localhost"
    assert sink.received == []


async def test_a_refused_password_ends_each_door_and_is_named_nowhere(box):
    steps = await probed(box, "wr0ng-secret")
    refused = [ProbeStep.SIGNED_IN, ProbeStep.SENDING_SIGNED_IN]
    assert {step for step, one in steps.items() if one.fault} == set(refused)
    assert {steps[one].fault for one in refused} == {ProbeFault.PASSWORD}
    assert ProbeStep.FOLDERS not in steps
    assert "wr0ng-secret" not in str(steps)


async def test_one_door_s_fault_does_not_hide_the_other(box, dovecot):
    (port,) = free_ports(1)
    steps = await probed(replace(box, imap=replace(box.imap, port=port)), dovecot.password)
    assert steps[ProbeStep.FOUND].fault is ProbeFault.NOBODY_LISTENS
    assert ProbeStep.SECURED not in steps
    assert steps[ProbeStep.SENDING_SIGNED_IN].fault is None


async def test_a_certificate_nobody_vouches_for_is_told_before_a_password_is_sent(box, sink):
    steps = await probed(replace(box, smtp=replace(box.smtp, ca_file=None)), sink.password)
    assert steps[ProbeStep.SENDING_SECURED].fault is ProbeFault.UNKNOWN_AUTHORITY
    assert ProbeStep.SENDING_SIGNED_IN not in steps
    assert b"AUTH PLAIN" not in b"".join(sink.bytes_read)


async def greets(wire: Wire) -> None:
    await wire.say(b"* OK hello\r\n")


async def repeats(wire: Wire) -> None:
    await wire.say(GREETING)
    await wire.expect(rb"AUTHENTICATE PLAIN .*")
    await wire.ok(text=b"NO what is secret-word-7 or c2VjcmV0LXdvcmQtNw==?\r\n")


async def test_a_provider_that_repeats_the_password_is_masked(box):
    async with Scripted(greets, greets, repeats) as fake:
        steps = await probed(replace(box, imap=fake.server), "secret-word-7")
    told = steps[ProbeStep.SIGNED_IN]
    assert told.fault is ProbeFault.PASSWORD and told.facts["said"].startswith("what is ")
    assert "word" not in str(told.facts) and "c2Vj" not in str(told.facts)


async def test_so_is_one_that_greets_with_it(box):
    async def knows(wire: Wire) -> None:
        await wire.say(b"hello secret-word-7\r\n")

    async with Scripted(knows) as fake:
        steps = await probed(replace(box, imap=fake.server), "secret-word-7")
    told = steps[ProbeStep.SECURED]
    assert told.fault is ProbeFault.OTHER_PROTOCOL
    assert told.facts["said"].startswith("hello") and "word" not in told.facts["said"]


async def test_what_the_servers_offer(box, dovecot):
    steps = await probed(box, dovecot.password)
    assert "UIDPLUS" in steps[ProbeStep.SIGNED_IN].offers
    assert "8BITMIME" in steps[ProbeStep.SENDING_SIGNED_IN].offers


async def test_both_servers_are_asked_at_the_same_time(box):
    """Where both are silent, nobody waits twice."""
    meeting = asyncio.Barrier(2)

    async def meets(wire: Wire) -> None:
        await meeting.wait()
        await wire.say(b"* BYE\r\n220 hello\r\n")

    async def takes(wire: Wire) -> None:
        await wire.reader.read()

    async with Scripted(takes, meets) as imap, Scripted(takes, meets) as smtp:
        steps = await probed(replace(box, imap=imap.server, smtp=smtp.server), "secret")
    assert steps[ProbeStep.SECURED].fault is None
    assert steps[ProbeStep.SENDING_SECURED].fault is ProbeFault.OTHER_PROTOCOL


@pytest.mark.parametrize(("patience_s", "step_s"), [(1.0, 1.0), (300.0, PATIENCE_OF_A_STEP_S)])
def test_each_step_is_short_however_patient_the_proxy_is(patience_s, step_s):
    waits = timings(ProviderProbe(patience_s).patience_s)
    assert {waits.connect, waits.greeting, waits.stall, waits.smtp_reply} == {step_s}


async def test_who_waits_for_our_tls_is_not_waited_for_longer_than_a_step(box):
    async def silent(wire: Wire) -> None:
        await wire.reader.read()

    heard: list[ProbedStep] = []
    async with Scripted(silent) as smtp, asyncio.timeout(PATIENCE_S):
        await ProviderProbe(1.0).run(replace(box, smtp=smtp.server), "x", heard.append)
    faults = {one.step: one.fault for one in heard}
    assert faults[ProbeStep.SENDING_SECURED] is ProbeFault.SILENT
