"""ENHANCEDSTATUSCODES is kept: every reply has its code (RFC 2034 §4), also aiosmtpd's own."""

from __future__ import annotations

import re

import pytest

from smtp_frontend.stock_replies import in_our_words

CODED = re.compile(r"([245])\d\d \1\.\d{1,3}\.\d{1,3} \S")


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("NOOP", "250 2.0.0"),
        ("NOOP anything", "250 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("RSET x", "501 5.5.4"),
        ("QUIT x", "501 5.5.4"),
        ("VRFY x", "252 2.5.0"),
        ("VRFY", "252 2.5.0"),
        ("EXPN x", "502 5.5.1"),
        ("HELP", "214 2.0.0"),
        ("STARTTLS x", "501 5.5.4"),
        ("BDAT 10 LAST", "500 5.5.1"),
        ("BDAT", "500 5.5.1"),
        ("", "500 5.5.2"),
        (b"\xff\xfe", "500 5.5.2"),
        ("NOOP " + "a" * 600, "500 5.5.2"),
        ("NOOP " + "a" * 300_000, "500 5.5.2"),
        ("DATA", "503 5.5.1"),
        ("MAIL", "501 5.5.4"),
        ("RCPT", "503 5.5.1"),
        ("AUTH", "503 5.5.1"),
        ("QUIT", "221 2.0.0"),
    ],
)
async def test_each_command_has_a_code(site, line, codes):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    answer = await raw.ask(line)
    assert answer.startswith(codes + " ")
    assert CODED.match(answer)
    assert not answer.endswith(".")
    raw.close()


async def test_before_ehlo_too(site):
    raw = await site.raw()
    for line in ("NOOP", "BDAT 1", "", "x" * 5000, "RSET", "MAIL FROM:<a@b.example>", "QUIT"):
        assert CODED.match(await raw.ask(line)), line
    assert await raw.closed()


async def test_the_last_word_to_somebody_who_guesses(site):
    raw = await site.raw(tls=True)
    answers = [await raw.ask("GET / HTTP/1.1") for _ in range(5)]
    assert all(CODED.match(answer) for answer in answers)
    assert answers[-1].startswith("502 5.5.1 ")
    assert await raw.closed()


async def test_nothing_behind_quit_is_carried_out(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.send(b"QUIT\r\nMAIL FROM:<support@example.test>\r\nXYZ\r\n")
    assert (await raw.reply()).startswith("221 2.0.0 ")
    assert await raw.reader.read() == b""
    assert ("QUIT", "ok") in site.counted
    assert ("MAIL", "ok") not in site.counted


async def test_rset_forgets_the_mail(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.begin_mail()
    assert (await raw.ask("RSET x")).startswith("501")
    assert (await raw.ask("RCPT TO:<c@d.example>")).startswith("250 2.1.5")
    assert (await raw.ask("RSET")).startswith("250 2.0.0")
    assert (await raw.ask("RCPT TO:<c@d.example>")).startswith("503 5.5.1")
    raw.close()


def test_nothing_typed_comes_back():
    assert in_our_words(b'500 Error: command "\x1b[2J" not recognized').isascii()
    assert b"\x1b" not in in_our_words(b'500 Error: command "\x1b[2J" not recognized')


@pytest.mark.parametrize("line", [b"250-pc\r\n250 SIZE 1", b"220 pc ESMTP", b"334 VXNl", b"250 pc"])
def test_other_lines_pass(line):
    assert in_our_words(line) == line
