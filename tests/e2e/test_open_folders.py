"""A change at the provider is seen at once in whatever folder a client has open: the rounds, which
would bring it as well, come once an hour here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.installation import Installation
from tests.e2e.raw_line import RawLine, signed_in
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot

HOURLY = "poll_s = 3600"


@contextmanager
def proxied(
    directory: Path, certificates: Certificates, dovecot: Dovecot
) -> Iterator[Installation]:
    proxy = Installation(directory, certificates)
    proxy.set_up(dovecot, f"smtps://x@127.0.0.1:{dovecot.tls_port}", dovecot.password)
    text = proxy.config.read_text()
    assert "poll_s = 2" in text
    proxy.config.write_text(text.replace("poll_s = 2", HOURLY))
    proxy.start()
    try:
        proxy.wait_synced(1)
        yield proxy
    finally:
        proxy.close()


def idle_on(line: RawLine, folder: bytes) -> None:
    line.send(b'a SELECT "%b"\r\n' % folder)
    assert line.answer(b"a")[-1].startswith(b"a OK")
    line.send(b"i IDLE\r\n")
    told(line, rb"\+ .*")


def told(line: RawLine, pattern: bytes) -> None:
    """Wait until it is said."""
    while not re.fullmatch(pattern, (said := line.line()).rstrip()):
        assert said, "closed"


def raw(name: str) -> bytes:
    return b"Message-ID: <%b>\r\nFrom: x@else.test\r\nSubject: x\r\n\r\nx\r\n" % name.encode()


@pytest.mark.parametrize("hidden", [(), ("CONDSTORE", "QRESYNC", "NOTIFY")])
def test_a_change_in_an_open_folder(
    tmp_path: Path, certificates: Certificates, hidden: tuple[str, ...]
) -> None:
    with Dovecot(certificates=certificates, hide=hidden) as dovecot:
        dovecot.deliver(raw("first@x"))
        with proxied(tmp_path, certificates, dovecot) as proxy, signed_in(proxy) as line:
            idle_on(line, b"Archive")
            dovecot.deliver(raw("a@x"), "Archive")
            told(line, rb"\* 1 EXISTS")
            dovecot.doveadm(
                "expunge", "-u", dovecot.user, "mailbox", "Archive", "HEADER", "Message-ID", "a@x"
            )
            told(line, rb"\* 1 EXPUNGE")
