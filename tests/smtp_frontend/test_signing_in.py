"""AUTH: the exchange in all its forms, right and wrong."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import pytest

from proxyd.domain.errors import (
    Busy,
    NeedsAppPassword,
    NoMailboxYet,
    NothingToSendFrom,
    ReadsNoMail,
    StoreUnavailable,
)
from smtp_frontend import connection
from smtp_frontend.credentials import BadCredentials, Credentials, plain


def b64(text: str | bytes) -> str:
    return b64encode(text.encode() if isinstance(text, str) else text).decode()


GOOD = b64("\0hanako\0pässword 1")


async def test_plain_with_initial_response(site):
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    assert (await raw.ask("AUTH PLAIN " + GOOD)).startswith("235 2.7.0")
    assert site.sign_in.attempts[0][:2] == ("hanako", "pässword 1")
    assert len(site.sign_in.sessions) == 1
    raw.close()


async def test_plain_with_a_challenge_and_in_lower_case(site):
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    assert await raw.ask("auth plain") == "334 "
    assert (await raw.ask(GOOD)).startswith("235")
    raw.close()


async def test_login_asks_twice(site):
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    assert await raw.ask("AUTH LOGIN") == "334 VXNlcm5hbWU6"
    assert await raw.ask(b64("hanako")) == "334 UGFzc3dvcmQ6"
    assert (await raw.ask(b64("pässword 1"))).startswith("235")
    raw.close()


async def test_login_with_the_name_at_once(site):
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    assert await raw.ask("AUTH LOGIN " + b64("hanako")) == "334 UGFzc3dvcmQ6"
    assert (await raw.ask(b64("pässword 1"))).startswith("235")
    raw.close()


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("AUTH", "504"),
        ("AUTH CRAM-MD5", "504"),
        ("AUTH PLAIN ====", "501 5.5.2"),
        ("AUTH PLAIN %%%", "501 5.5.2"),
        ("AUTH PLAIN *", "501 5.7.0"),
        ("AUTH PLAIN =", "535"),
        (b"AUTH PLAIN \xff\xfe", "501 5.5.2"),
        ("AUTH PLAIN " + b64("hanako"), "535"),
        ("AUTH PLAIN " + b64("taro\0hanako\0pässword 1"), "535"),
        ("AUTH PLAIN " + b64("\0hanako\0wrong"), "535 5.7.8"),
        ("AUTH PLAIN " + b64("\0nobody\0wrong"), "535 5.7.8"),
        ("AUTH PLAIN " + b64(b"\0hanako\0\xff"), "535"),
        ("AUTH PLAIN " + b64("\0a\0b\0c"), "535"),
        ("AUTH PLAIN " + GOOD + " more", "501 5.5.2"),
        ("AUTH PLAIN " + "A" * 12_300, "500"),
    ],
)
async def test_what_does_not_sign_in(site, line, codes):
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    assert (await raw.ask(line)).startswith(codes)
    assert site.sign_in.sessions == []
    assert (await raw.ask("MAIL FROM:<support@example.test>")).startswith("530")
    raw.close()


@pytest.mark.parametrize(
    ("answer", "codes"),
    [("*", "501 5.7.0"), ("garbage!", "501 5.5.2"), ("A" * 200_000, "500 5.5.6"), ("", "535")],
)
async def test_a_bad_answer_to_the_challenge(site, answer, codes):
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    assert await raw.ask("AUTH PLAIN") == "334 "
    assert (await raw.ask(answer)).startswith(codes)
    assert (await raw.ask("AUTH PLAIN " + GOOD)).startswith("235")
    raw.close()


@pytest.mark.parametrize("trouble", [Busy("hashing"), StoreUnavailable("disk full")])
async def test_trouble_of_ours_is_temporary_and_not_counted(site, trouble):
    site.sign_in.trouble = trouble
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    for _ in range(5):
        assert (await raw.ask("AUTH PLAIN " + GOOD)).startswith("454 4.7.0")
    site.sign_in.trouble = None
    assert (await raw.ask("AUTH PLAIN " + GOOD)).startswith("235")
    raw.close()


@pytest.mark.parametrize("trouble", [None, Busy("passwords")])
async def test_a_guess_is_answered_after_a_pause(make_site, monkeypatch, trouble):
    site = await make_site(failure_delay_s=7)
    site.sign_in.trouble = trouble
    slept, sleep = [], asyncio.sleep

    async def noted(seconds):
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr(connection.asyncio, "sleep", noted)
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    assert (await raw.ask("AUTH PLAIN " + b64("\0hanako\0wrong")))[:3] in ("535", "454")
    assert slept.count(7) == 1
    site.sign_in.trouble = None
    assert (await raw.ask("AUTH PLAIN " + GOOD)).startswith("235")
    assert slept.count(7) == 1
    raw.close()


async def test_three_failures_end_the_connection(site):
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    for _ in range(3):
        assert (await raw.ask("AUTH PLAIN " + b64("\0hanako\0wrong"))).startswith("535")
    assert (await raw.reply()).startswith("421 4.7.0")
    assert await raw.closed()


async def test_auth_needs_ehlo_not_helo(site):
    raw = await site.raw(tls=True)
    await raw.ask("HELO pc")
    assert (await raw.ask("AUTH PLAIN " + GOOD)).startswith("503")
    raw.close()


def test_credentials_hide_the_password():
    assert "geheim" not in repr(Credentials("a", "geheim"))
    assert plain(b"\0a\0geheim") == Credentials("a", "geheim")
    assert plain(b"a\0a\0geheim").login == "a"
    with pytest.raises(BadCredentials) as caught:
        plain(b"a\0geheim")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("message", [b"b\0a\0geheim", b"\0\xff\0geheim", b"\0a\0\xff"])
def test_what_nobody_can_have_is_tried_and_recorded_as_any_other(message):
    """It would not stand in the access log otherwise, and be refused sooner than a wrong one."""
    given = plain(message)
    assert given.login in ("", "a", "\udcff")
    assert given.login != "a" or given.password == "\udcff"


@pytest.mark.parametrize("trouble", [NothingToSendFrom, NoMailboxYet])
async def test_who_may_send_from_nowhere_is_told_so(site, trouble):
    site.sign_in.trouble = trouble()
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    answer = await raw.ask("AUTH PLAIN " + GOOD)
    assert answer.startswith("535 5.7.1 This login has no mailbox to send from")
    assert (await raw.ask("MAIL FROM:<support@example.test>")).startswith("530 5.7.0")
    assert site.sign_in.sessions == []
    raw.close()


async def test_who_reads_no_mail_by_role_is_told_so(site):
    site.sign_in.trouble = ReadsNoMail()
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    answer = await raw.ask("AUTH PLAIN " + GOOD)
    assert answer.startswith("535 5.7.1 This login is for the administration or the access log")
    assert site.sign_in.sessions == []


async def test_whose_own_password_opens_no_mail_is_told_what_does(site):
    site.sign_in.trouble = NeedsAppPassword()
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc")
    answer = await raw.ask("AUTH PLAIN " + GOOD)
    assert answer.startswith("534 5.7.9 Your own password does not open mail; use an application")
    assert (await raw.ask("MAIL FROM:<support@example.test>")).startswith("530 5.7.0")
    site.sign_in.trouble = None  # with the right one after all
    assert (await raw.ask("AUTH PLAIN " + GOOD)).startswith("235")
    raw.close()
