"""What staff type to sign in stands nowhere afterwards: a wrong password, a right one, one that was
typed where the name belongs, one in a command that can't be read; at every door, in every encoding.

Looked for in what the doors answer, in the log (at "debug"), in the access log and its files, and
in the metrics.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import Installation
from tests.e2e.raw_line import RawLine
from tests.patience import PATIENCE_S

SECRET = b"Hunter2-geheim!"
RIGHT = b"S3cret-of-Carla?"
AT_ONCE = 8  # fewer than one address may have


def b64(text: bytes) -> bytes:
    return base64.b64encode(text)


def forms(secret: bytes) -> list[bytes]:
    """As it may stand somewhere: plain, and every alignment of base64, in parts."""
    found = [secret.lower(), secret.hex().encode()]
    for lead in range(3):
        found.append(b64(b"x" * lead + secret)[4:-4].lower())
    return found


def told(text: bytes, secret: bytes) -> list[bytes]:
    return [form for form in forms(secret) if form in text.lower()]


def imap_attempts(secret: bytes) -> dict[str, bytes]:
    plain = b64(b"\0carla\0" + secret)
    literal = b"{%d+}\r\n%b" % (len(secret), secret)
    return {
        "quoted": b'a LOGIN carla "%b"' % secret,
        "atom": b"a LOGIN carla " + secret,
        "literal": b"a LOGIN carla " + literal,
        "as the name": b'a LOGIN "%b" x' % secret,
        "as the name, literal": b"a LOGIN " + literal + b" x",
        "three words": b'a LOGIN carla "%b" "%b"' % (secret, secret),
        "no name": b'a LOGIN "%b"' % secret,
        "no end": b'a LOGIN carla "%b' % secret,
        "as the tag": secret + b" LOGIN carla x",
        "as the command": b"a " + secret,
        "nothing else": secret,
        "AUTHENTICATE PLAIN": b"a AUTHENTICATE PLAIN " + plain,
        "AUTHENTICATE PLAIN, for somebody": b"a AUTHENTICATE PLAIN "
        + b64(b"carla\0carla\0" + secret),
        "AUTHENTICATE PLAIN, no name": b"a AUTHENTICATE PLAIN " + b64(secret),
        "AUTHENTICATE PLAIN, broken": b"a AUTHENTICATE PLAIN " + plain[:-3] + b"*=",
        "AUTHENTICATE PLAIN, asked": b"a AUTHENTICATE PLAIN\r\n" + plain,
        "AUTHENTICATE LOGIN": b"a AUTHENTICATE LOGIN\r\n%b\r\n%b" % (b64(b"carla"), b64(secret)),
        "AUTHENTICATE what": b"a AUTHENTICATE " + secret,
        "AUTHENTICATE CRAM-MD5": b"a AUTHENTICATE CRAM-MD5\r\n" + b64(b"carla " + secret),
    }


def smtp_attempts(secret: bytes) -> dict[str, bytes]:
    plain = b64(b"\0carla\0" + secret)
    return {
        "PLAIN": b"AUTH PLAIN " + plain,
        "PLAIN, for somebody": b"AUTH PLAIN " + b64(b"carla\0carla\0" + secret),
        "PLAIN, no name": b"AUTH PLAIN " + b64(secret),
        "PLAIN, as the name": b"AUTH PLAIN " + b64(b"\0%b\0x" % secret),
        "PLAIN, broken": b"AUTH PLAIN " + plain[:-3] + b"*=",
        "PLAIN, asked": b"AUTH PLAIN\r\n" + plain,
        "LOGIN": b"AUTH LOGIN\r\n%b\r\n%b" % (b64(b"carla"), b64(secret)),
        "LOGIN, as the name": b"AUTH LOGIN\r\n%b\r\n%b" % (b64(secret), b64(b"x")),
        "what": b"AUTH " + secret,
        "nothing else": secret,
        "base64 alone": plain,
        "EHLO": b"EHLO " + secret,
    }


@pytest.fixture(scope="module")
def proxy(found_company: Callable[..., Company]) -> Iterator[Installation]:
    proxy = found_company().proxy
    words = ("user", "add", "carla", "--name", "Carla", "--grant", "support:respond")
    proxy.typed(*words, "--password-stdin", stdin=RIGHT.decode() + "\n")
    proxy.stop()
    config = proxy.config.read_text()
    proxy.config.write_text(config.replace("[server]", '[server]\nlog_level = "debug"'))
    proxy.start()
    yield proxy


def said(proxy: Installation, door: str, attempt: bytes) -> bytes:
    """Everything that is answered."""
    with RawLine(proxy, door) as line:
        first = b"" if door.startswith("imap") else b"EHLO pc.example\r\n"
        last = b"z LOGOUT\r\n" if door.startswith("imap") else b"QUIT\r\n"
        with suppress(OSError):
            line.send(first + attempt + b"\r\n" + last)
        return line.rest()


@pytest.mark.parametrize("secret", [SECRET, RIGHT], ids=["wrong", "right"])
def test_no_answer_tells_it(proxy: Installation, secret: bytes) -> None:
    for door, attempts in (
        ("imap-tls", imap_attempts(secret)),
        ("imap-starttls", imap_attempts(secret)),
        ("smtp-tls", smtp_attempts(secret)),
        ("smtp-starttls", smtp_attempts(secret)),
    ):
        # Side by side: each waits for the pause that a wrong password costs its connection.
        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(threads.map(partial(said, proxy, door), attempts.values()))
        for (name, attempt), text in zip(attempts.items(), answers, strict=True):
            answer = text
            for line in attempt.splitlines():  # what stands first comes back as the tag
                answer = answer.replace(line.split()[0] + b" ", b"")
            assert not told(answer, secret), (door, name, answer)


@pytest.mark.parametrize("secret", [SECRET, RIGHT], ids=["wrong", "right"])
def test_health_asks_for_none_and_tells_none(proxy: Installation, secret: bytes) -> None:
    asked = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %b\r\n\r\n"
    for request in (
        asked % b64(b"carla:" + secret),
        b"GET /%b HTTP/1.1\r\nHost: localhost\r\n\r\n" % secret,
        b"GET /healthz HTTP/1.1\r\nHost: %b\r\n\r\n" % secret,
        b"%b\r\n\r\n" % secret,
    ):
        with socket.create_connection(("127.0.0.1", proxy.ports["http"]), PATIENCE_S) as sock:
            sock.sendall(request)
            answer = b""
            while piece := sock.recv(65536):
                answer += piece
        assert not told(answer, secret), answer


def test_afterwards_it_stands_nowhere(proxy: Installation) -> None:
    failures = [one for one in proxy.audit() if one["outcome"] == "refused"]
    assert failures, "the attempts are on record"
    texts = {
        "log": proxy.log().encode(),
        "access log": repr(proxy.audit()).encode(),
        "metrics": proxy.http("/metrics")[1].encode(),
        "readiness": proxy.http("/readyz")[1].encode(),
    }
    data = proxy.directory / "data"
    texts |= {str(file): file.read_bytes() for file in data.rglob("*") if file.is_file()}
    for name, text in texts.items():
        for secret in (SECRET, RIGHT):
            assert not told(text, secret), name
    assert "Traceback" not in proxy.log()
