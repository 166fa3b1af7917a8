"""A provider that quotes our credentials wherever it can: no channel lets them out.

Channels: what the client is told, the access log in the database's files, the log of the process,
reasons and tracebacks of errors, what ``mailbox test`` shows.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback
from pathlib import Path

import pytest

from proxyd.domain.errors import ProxydError
from proxyd.domain.types import BytesBlob, Server
from proxyd.store.database import Database
from proxyd.upstream.mailbox import ImapUpstream
from proxyd.upstream.smtp_relay import SmtpRelay
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S
from tests.service.sending.sending_bench import answer_mail, make_bench
from tests.upstream.conftest import QUICK
from tests.upstream.scripted import GREETING, SIGNED_IN, Scripted, Wire, silence

USER, PASSWORD = "support@example.test", 'correct "horse" 42'
_PLAIN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
FORMS = {
    "as it is": PASSWORD,
    "quoted": PASSWORD.replace('"', '\\"'),
    "PLAIN": _PLAIN,
    "LOGIN": base64.b64encode(PASSWORD.encode()).decode(),
    "half of PLAIN": _PLAIN[20:],
    "in small letters": _PLAIN.lower(),
    "hexadecimal": PASSWORD.encode().hex(),
    "wrapped": " ".join(_PLAIN[i : i + 10] for i in range(0, len(_PLAIN), 10)),
}
SMTP = {
    "greeting": b"220 hello\r\n",
    "ehlo": b"250-x\r\n250 AUTH %s\r\n",
    "auth": b"235 2.7.0 welcome\r\n",
    "mail": b"250 2.1.0 ok\r\n",
    "rcpt": b"250 2.1.5 ok\r\n",
    "data": b"354 go on\r\n",
    "dot": b"250 2.0.0 queued\r\n",
}


def tells(text: str) -> list[str]:
    """Which forms stand in it, in whole or for the most part."""
    lowered = text.lower()
    return [
        name
        for name, form in FORMS.items()
        if form.lower() in lowered or form.lower()[len(form) // 3 :] in lowered
    ]


def provider(step: str, said: bytes, method: bytes):
    async def script(wire: Wire) -> None:
        replies = {**SMTP, "ehlo": SMTP["ehlo"] % method, step: said}
        await wire.say(replies["greeting"])
        await wire.line()
        await wire.say(replies["ehlo"])
        await wire.line()
        if method == b"LOGIN":
            for _ in range(2):
                await wire.say(b"334 VXNlcm5hbWU6\r\n")
                await wire.line()
        await wire.say(replies["auth"])
        for name in ("mail", "rcpt", "data"):
            await wire.line()
            await wire.say(replies[name])
        if replies["data"].startswith((b"4", b"5")):  # no text comes: RSET does
            await wire.line()
            await wire.say(b"250 2.0.0 ok\r\n")
        else:
            await wire.text()
            await wire.say(replies["dot"])
        await silence(wire)

    return script


@pytest.mark.parametrize("method", [b"PLAIN", b"LOGIN"])
@pytest.mark.parametrize("code", [b"535 ", b"454 ", b"299 ", b"what "])
@pytest.mark.parametrize("step", ["greeting", "ehlo", "auth", "mail", "rcpt", "data", "dot"])
async def test_sending(
    step: str,
    code: bytes,
    method: bytes,
    database: Database,
    clock: FakeClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    bench = await make_bench(database, clock)
    shown = []
    for form in FORMS.values():
        said = code + b"5.7.8 bad: " + form.encode() + b" x\r\n"
        async with Scripted(provider(step, said, method)) as fake:
            relay = SmtpRelay(fake.server, lambda: PASSWORD, timings=QUICK)
            bench.submission.attach(bench.conversations, relay)
            with pytest.raises(ProxydError) as caught:
                mail = answer_mail(f"r{len(shown)}@pc", f"text {len(shown)}", answers="")
                await bench.send(bench.anna, mail)
            shown.append("".join(traceback.format_exception(caught.value)) + repr(caught.value))
            relay.leave()
    assert tells("\n".join(shown)) == []
    assert tells(caplog.text) == []
    assert tells(repr(await bench.log())) == []
    octets = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert tells(octets.decode("latin-1")) == []


async def test_what_is_offered(caplog: pytest.LogCaptureFixture) -> None:
    for form in FORMS.values():
        said = b"250-x\r\n250-AUTH PLAIN\r\n250 XNOTE " + form.encode() + b"\r\n"
        async with Scripted(provider("ehlo", said, b"PLAIN")) as fake:
            offers = await SmtpRelay(fake.server, lambda: PASSWORD, timings=QUICK).probe()
            assert "XNOTE …" in [one[:7] for one in offers]
            assert tells(repr(offers)) == []


IMAP = {
    "greeting": b"* OK %s\r\n* BYE %s\r\n",
    "capability": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN X-%s\r\n",
    "sign in": b"@ NO [AUTHENTICATIONFAILED] bad %s\r\n",
    "sign in, alert": b"* OK [ALERT] %s\r\n@ BAD what is %s\r\n",
    "sign in, code": b"@ NO [%s] no\r\n",
    "sign in, bye": b"* BYE %s\r\n",
    "sign in, nonsense": b"%s\r\n",
    "work": b"@ NO [ALERT] %s\r\n",
    "work, bad": b"@ BAD unknown: %s\r\n",
    "work, code": b"@ NO [X-%s] no\r\n",
    "work, bye": b"* BYE %s\r\n",
    "work, tag": b"%s OK done\r\n",
}


@pytest.mark.parametrize("step", IMAP)
async def test_reading(step: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    for form in FORMS.values():
        said = IMAP[step].replace(b"%s", form.encode())

        async def script(wire: Wire, said: bytes = said) -> None:
            await wire.say(said if step == "greeting" else GREETING.replace(b"hello", said[:0]))
            while line := await wire.line():
                tag, _, rest = line.partition(b" ")
                asked = "sign in" if rest.startswith((b"AUTH", b"LOGIN")) else "work"
                if step.startswith(asked):
                    await wire.say(said.replace(b"@", tag))
                    if said.startswith(b"* BYE"):
                        return
                elif asked == "sign in":
                    more = said if step == "capability" else b""
                    await wire.say(more, tag + b" " + (b"OK x\r\n" if more else SIGNED_IN))
                else:
                    await wire.say(tag + b" OK done\r\n")

        async with Scripted(script) as fake:
            mailbox = ImapUpstream(fake.server, lambda: PASSWORD, timings=QUICK)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    shown.append(repr(await mailbox.capabilities()))
                    await mailbox.append("INBOX", (), None, BytesBlob(b"a: b\r\n\r\n"))
            except ProxydError as error:
                shown.append("".join(traceback.format_exception(error)) + repr(error))
            finally:
                await mailbox.close()
    assert len(shown) >= len(FORMS)
    assert tells("\n".join(shown)) == []
    assert tells(caplog.text) == []


async def test_a_server_that_is_not_there_is_named_and_nothing_else() -> None:
    relay = SmtpRelay(Server("127.0.0.1", 1, "plain", USER), lambda: PASSWORD, timings=QUICK)
    with pytest.raises(ProxydError) as caught:
        await relay.probe()
    assert tells(repr(caught.value)) == []
