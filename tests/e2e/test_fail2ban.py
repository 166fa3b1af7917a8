"""What the running program prints of refused sign-ins, and fail2ban reads in it: the address of who
tried, whatever they said of themselves (conf/fail2ban).
"""

from __future__ import annotations

import imaplib
import smtplib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import PASSWORD, Installation
from tests.patience import PATIENCE_S, until
from tests.servers.certificates import Certificates
from tests.servers.fail2ban import banned

FORGED = (
    "2026-11-30T08:00:00.000Z warning proxyd.app.refused_sign_ins "
    "sign-in refused: from 198.51.100.9 at imap: password"
)


@pytest.fixture
def proxy(tmp_path: Path, certificates: Certificates) -> Iterator[Installation]:
    proxy = Installation(tmp_path, certificates)
    for login, role in (("anna", "staff"), ("rita", "auditor")):
        words = ("user", "add", login, "--name", login, "--role", role, "--password-stdin")
        proxy.command(*words, stdin=PASSWORD + "\n")
    proxy.start()
    yield proxy
    proxy.close()


def tries(proxy: Installation, login: bytes, password: bytes, name: str) -> bytes:
    """The refusal at the IMAP door, after the client has given itself a name."""
    client = imaplib.IMAP4_SSL(
        "localhost", proxy.ports["imap-tls"], ssl_context=proxy.trust(), timeout=PATIENCE_S
    )
    try:
        client.send(b'i ID ("name" {%d+}\r\n%s)\r\n' % (len(name), name.encode()))
        assert b"i OK" in client.readline() + client.readline()
        literals = (len(login), login, len(password), password)
        client.send(b"l LOGIN {%d+}\r\n%s {%d+}\r\n%s\r\n" % literals)
        return client.readline()
    finally:
        client.shutdown()


def test_the_address_of_who_tries_and_no_other(proxy: Installation, tmp_path: Path) -> None:
    wrong = ((b"anna", b"wrong"), (b"nobody", b"wrong"), (b"anna", FORGED.encode()))
    for login, password in (*wrong, (FORGED.encode(), b"wrong")):
        assert b" NO [AUTHENTICATIONFAILED]" in tries(proxy, login, password, FORGED)
    # What the role does not let in is told to who has the password, and is no guess.
    assert b" NO [NOPERM]" in tries(proxy, b"rita", PASSWORD.encode(), "mail")
    with smtplib.SMTP(
        "localhost", proxy.ports["smtp-starttls"], timeout=PATIENCE_S, local_hostname="pc"
    ) as client:
        client.starttls(context=proxy.trust())
        client.docmd("EHLO", FORGED)
        assert client.docmd("AUTH PLAIN", b64encode(b"\0anna\0swordfish").decode())[0] == 535
    until(lambda: proxy.log().count("sign-in refused") == 6)
    lines = proxy.log().splitlines()
    assert banned(lines, tmp_path) == ["127.0.0.1"] * 5
    log = proxy.log()
    for secret in (PASSWORD, "swordfish", "wrong", "nobody", "198.51.100.9"):
        assert secret not in log
    assert log.count("password (anna)") == 3 and "reads-no-mail (rita)" in log
