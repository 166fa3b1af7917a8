"""Quota responses of real and of odd servers (RFC 9208 §4.2)."""

from __future__ import annotations

import random

import pytest

from proxyd.domain.ports import UpstreamQuota
from proxyd.imapwire.decode import decode
from proxyd.imapwire.response import Other, ResponseFrame
from proxyd.upstream import quota

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
