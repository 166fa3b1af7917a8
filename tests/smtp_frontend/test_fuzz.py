"""Random and mutated commands in each state: one of SMTP's answers, never a fault of ours."""

from __future__ import annotations

import random

import pytest

COMMANDS = [
    b"EHLO pc.example",
    b"HELO pc",
    b"MAIL FROM:<support@example.test>",
    b"MAIL FROM:<support@example.test> SIZE=10 BODY=8BITMIME SMTPUTF8",
    b"RCPT TO:<a@b.example>",
    b"RSET",
    b"NOOP x",
    b"VRFY x",
    b"EXPN x",
    b"HELP MAIL",
    b"AUTH",
    b"AUTH PLAIN AGhhbmFrbwBww6Rzc3dvcmQgMQ==",
    b"AUTH PLAIN *",
    b"BDAT 10 LAST",
    b"ETRN x",
    b"",
]
ODD = [b"\0", b"\xff", b" ", b"<", b">", b"@", b":", b"\t", b"=", b"\xe3\x81\x82", b"A" * 600, b'"']
LINES_PER_STATE = 150


def mutated(seed: random.Random) -> bytes:
    line = bytearray(seed.choice(COMMANDS))
    for _ in range(seed.randrange(4)):
        at = seed.randrange(len(line) + 1)
        match seed.randrange(3):
            case 0:
                line[at:at] = seed.choice(ODD)
            case 1:
                del line[at : at + seed.randrange(5)]
            case _:
                line[at:at] = seed.randbytes(3)
    word = line.split(b" ")[0].upper()
    if word in (b"DATA", b"QUIT", b"STARTTLS") or (word == b"AUTH" and line.count(b" ") == 1):
        return b"NOOP"  # these change who speaks next; they have tests of their own
    return bytes(line).replace(b"\n", b"").rstrip(b"\r")


@pytest.mark.parametrize("state", ["connected", "greeted", "signed in", "in a mail"])
async def test_each_state(make_site, state, caplog):
    site = await make_site(login_failures=100_000)
    seed = random.Random(f"smtp {state}")

    async def entered():
        raw = await site.raw(tls=True)
        if state == "greeted":
            await raw.ask("EHLO pc")
        if state in ("signed in", "in a mail"):
            await raw.sign_in()
        if state == "in a mail":
            await raw.begin_mail()
        return raw

    raw = await entered()
    for _ in range(LINES_PER_STATE):
        line = mutated(seed)
        try:
            answer = await raw.ask(line)
        except ConnectionError:
            answer = ""
        if answer[:3] in ("", "421", "502"):  # aiosmtpd ends after five unknown commands
            raw.close()
            raw = await entered()
            continue
        assert answer[0] in "2345", (line, answer)
        assert answer[:3].isdigit()
    raw.close()
    assert "fault" not in caplog.text
    assert site.submission.submitted == []
