"""The test servers are what they claim to be: asked directly, without the proxy."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from tests.servers.bare_imap import BareImap
from tests.servers.certificates import Certificates, make_ca
from tests.servers.courier import Courier
from tests.servers.cyrus import Cyrus

MAIL = b"Subject: x\r\nMessage-ID: <1@test>\r\n\r\nhello\r\n"
AnyServer = BareImap | Courier | Cyrus


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module", params=[BareImap, Courier, Cyrus])
def server(request: pytest.FixtureRequest, certificates: Certificates) -> Iterator[AnyServer]:
    with request.param(certificates=certificates) as running:
        yield running


@pytest.fixture
def client(server: AnyServer, certificates: Certificates) -> Iterator[imaplib.IMAP4_SSL]:
    trust = ssl.create_default_context(cafile=str(certificates.ca))
    line = imaplib.IMAP4_SSL("localhost", server.tls_port, ssl_context=trust, timeout=PATIENCE_S)
    line.login(server.user, server.password)
    yield line
    line.shutdown()


def test_mail_arrives_and_is_counted(server: AnyServer, client: imaplib.IMAP4_SSL) -> None:
    server.deliver(MAIL, flags="S")
    assert client.select("INBOX") == ("OK", [b"1"])
    assert server.count("INBOX", "<1@test>") == 1
    assert b"\\Seen" in client.fetch("1", "(FLAGS)")[1][0]
    assert client.fetch("1", "(BODY.PEEK[])")[1][0][1] == MAIL


def test_a_wrong_password_is_refused(server: AnyServer, certificates: Certificates) -> None:
    trust = ssl.create_default_context(cafile=str(certificates.ca))
    line = imaplib.IMAP4_SSL("localhost", server.tls_port, ssl_context=trust, timeout=PATIENCE_S)
    with pytest.raises(imaplib.IMAP4.error):
        line.login(server.user, "wrong")
    line.shutdown()


def test_offers_what_it_is_known_for(server: AnyServer, client: imaplib.IMAP4_SSL) -> None:
    words = set(client.capability()[1][0].decode().split())
    expected = {
        BareImap: (set(), {"UIDPLUS", "IDLE", "MOVE", "LITERAL+", "CONDSTORE", "SPECIAL-USE"}),
        Courier: ({"UIDPLUS", "IDLE"}, {"MOVE", "LITERAL+", "CONDSTORE", "SPECIAL-USE"}),
        Cyrus: ({"UIDPLUS", "IDLE", "MOVE", "LITERAL+", "CONDSTORE", "SPECIAL-USE"}, set()),
    }
    has, lacks = expected[type(server)]
    assert has <= words
    assert not lacks & words


def test_stops_and_comes_back_with_its_mail(server: AnyServer, certificates: Certificates) -> None:
    port = server.tls_port
    server.stop()
    server.start()
    assert server.tls_port == port
    assert server.count("INBOX", "<1@test>") == 1


BEYOND = ("UID EXPUNGE 1", "UID MOVE 1 Sent", "IDLE", "ENABLE QRESYNC", "SELECT INBOX (CONDSTORE)")


@pytest.mark.parametrize("command", BEYOND)
def test_the_bare_one_refuses_what_rfc_3501_does_not_know(
    certificates: Certificates, tmp_path: Path, command: str
) -> None:
    with BareImap(certificates=certificates) as bare:
        trust = ssl.create_default_context(cafile=str(certificates.ca))
        line = imaplib.IMAP4_SSL("localhost", bare.tls_port, ssl_context=trust, timeout=PATIENCE_S)
        line.login(bare.user, bare.password)
        line.send(b"x1 " + command.encode() + b"\r\n")
        assert line.readline().startswith(b"x1 BAD")
        assert bare.refused
        line.shutdown()
