"""Quota responses of real and of odd servers (RFC 9208 §4.2)."""

from __future__ import annotations

import random

import pytest

from proxyd.domain.ports.upstream_rows import UpstreamQuota
from proxyd.imapwire.decode import decode
from proxyd.imapwire.response import Other, ResponseFrame
from proxyd.upstream import quota
from proxyd.upstream.mailbox import ImapUpstream
from tests.upstream.conftest import QUICK
from tests.upstream.scripted import GREETING, Scripted, Wire

ROOT = UpstreamQuota("a b", (("STORAGE", 1, 2),))
USER = UpstreamQuota("User quota", (("STORAGE", 10, 10240),))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            [b'* QUOTAROOT INBOX "User quota"', b'* QUOTA "User quota" (STORAGE 10 10240)'],
            [USER],
        ),
        ([b'* QUOTAROOT "a (b" ""', b'* QUOTA "" (STORAGE 1 2 MESSAGE 3 4)'],
         [UpstreamQuota("", (("STORAGE", 1, 2), ("MESSAGE", 3, 4)))]),
        ([b"* QUOTAROOT comp.mail.mime"], []),
        ([b"* QUOTAROOT INBOX #user/a b"], [UpstreamQuota("#user/a", ()), UpstreamQuota("b", ())]),
        ([b"* QUOTAROOT {5}\r\nINBOX root", b"* QUOTA {4}\r\nroot ()"],
         [UpstreamQuota("root", ())]),
        ([b'* QUOTA "a\\"b" (storage 1 2)'], [UpstreamQuota('a"b', (("STORAGE", 1, 2),))]),
        ([b"* QUOTA x (STORAGE 1"], [UpstreamQuota("x", ())]),
        ([b"* QUOTA x (STORAGE -1 5)"], [UpstreamQuota("x", ())]),
        ([b"* QUOTA x"], [UpstreamQuota("x", ())]),
        ([b"* QUOTA"], []),
        ([b"* QUOTA ("], []),
        ([b'* QUOTA "x'], []),
    ],
)  # fmt: skip
def test_what_servers_say(lines: list[bytes], told: list[UpstreamQuota]) -> None:
    frames = [ResponseFrame(line, {}) if b"{" in line else line for line in lines]
    assert quota.quotas([decode(frame) for frame in frames]) == told


def test_a_name_that_is_no_utf8_is_asked_for_as_it_came() -> None:
    (told,) = quota.quotas([Other("QUOTA", b'"\xff\xfe" (STORAGE 1 2)')])
    command = quota.of_root(told.root)
    assert any(getattr(part, "octets", None) for part in command.parts) or b"\xff\xfe" in b"".join(
        part for part in command.parts if isinstance(part, bytes)
    )


def test_no_answer_is_more_than_so_many_roots() -> None:
    line = b"* QUOTAROOT INBOX " + b" ".join(b"root%d" % n for n in range(10_000))
    assert len(quota.quotas([decode(line)])) <= quota.MOST_ROOTS


def test_random_octets_break_nothing() -> None:
    dice = random.Random(9208)
    letters = b'abc ()"\\{}0123456789\r\n~*%\xff'
    for _ in range(5000):
        text = bytes(dice.choice(letters) for _ in range(dice.randrange(60)))
        for name in ("QUOTA", "QUOTAROOT"):
            for one in quota.quotas([Other(name, text)]):
                assert isinstance(one.root, str)


# ---------------------------------------------------------------- on the wire


async def talk(wire: Wire) -> None:
    await wire.say(GREETING)
    await wire.expect(rb"AUTHENTICATE PLAIN .*")
    await wire.ok(text=b"OK [CAPABILITY IMAP4rev1 QUOTA CREATE-SPECIAL-USE] welcome\r\n")
    await wire.expect(rb"GETQUOTAROOT INBOX")
    await wire.ok(b'* QUOTAROOT INBOX "a b"\r\n* QUOTA "a b" (STORAGE 1 2)\r\n')
    await wire.expect(rb'GETQUOTA "a b"')
    await wire.ok(b'* QUOTA "a b" (STORAGE 1 2)\r\n')
    await wire.expect(rb"GETQUOTA other")
    await wire.ok(b'* QUOTA "a b" (STORAGE 1 2)\r\n')
    await wire.expect(rb"CREATE Old \(USE \(\\Archive\)\)")
    await wire.ok()
    await wire.expect(rb"CREATE New")
    await wire.ok()


async def test_what_is_asked_and_what_comes_back() -> None:
    async with Scripted(talk) as fake:
        upstream = ImapUpstream(fake.server, lambda: "secret", timings=QUICK)
        assert await upstream.quota_roots("INBOX") == [ROOT]
        assert await upstream.quota("a b") == ROOT
        assert await upstream.quota("other") is None, "not what was asked for"
        await upstream.create("Old", "\\Archive")
        await upstream.create("New")
        await upstream.close()


async def no_quota(wire: Wire) -> None:
    await wire.sign_in()
    assert not (await wire.line()).partition(b" ")[2].startswith(b"GETQUOTA")


async def test_a_server_without_quota_is_not_asked() -> None:
    async with Scripted(no_quota) as fake:
        upstream = ImapUpstream(fake.server, lambda: "secret", timings=QUICK)
        assert await upstream.quota_roots("INBOX") == []
        assert await upstream.quota("a b") is None
        await upstream.close()
