"""The test server itself: what the other tests rely on."""

from __future__ import annotations

import imaplib
import socket
import ssl
from pathlib import Path

import pytest

from tests.servers.certificates import make_ca
from tests.servers.dovecot import Dovecot

MAIL = b"Subject: x\r\n\r\nhello\r\n"


def signed_in(dovecot: Dovecot) -> imaplib.IMAP4:
    trust = ssl.create_default_context(cafile=dovecot.ca_file)
    client = imaplib.IMAP4_SSL("localhost", dovecot.tls_port, ssl_context=trust)
    client.login(dovecot.user, dovecot.password)
    return client


def test_delivers_counts_drops_and_keeps_mail_over_a_restart(tmp_path: Path) -> None:
    with Dovecot(certificates=make_ca(tmp_path)) as dovecot:
        dovecot.deliver(MAIL)
        dovecot.deliver(MAIL, "Kunden/新&着", flags="S")
        client = signed_in(dovecot)
        assert client.select("INBOX") == ("OK", [b"1"])
        assert client.select("Kunden/&ZbA-&-&d0A-") == ("OK", [b"1"])
        assert client.fetch("1", "(FLAGS)") == ("OK", [b"1 (FLAGS (\\Seen \\Recent))"])
        assert dovecot.connections(dovecot.user) == 1
        assert dovecot.drop_connections() == 1
        with pytest.raises(imaplib.IMAP4.abort):
            client.noop()
        port = dovecot.tls_port
        dovecot.stop()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        dovecot.start()
        assert dovecot.tls_port == port
        assert signed_in(dovecot).select("INBOX") == ("OK", [b"1"])


def test_hides_capabilities(tmp_path: Path) -> None:
    with Dovecot(certificates=make_ca(tmp_path), hide=["MOVE", "UIDPLUS"]) as dovecot:
        client = imaplib.IMAP4("localhost", dovecot.plain_port)
        client.starttls(ssl.create_default_context(cafile=dovecot.ca_file))
        client.login(dovecot.user, dovecot.password)
        _, (words, *_) = client.capability()
        assert b"IDLE" in words.split()
        assert not {b"MOVE", b"UIDPLUS"} & set(words.split())


def test_refuses_more_connections_than_allowed(tmp_path: Path) -> None:
    with Dovecot(certificates=make_ca(tmp_path), max_connections=1) as dovecot:
        first = signed_in(dovecot)
        with pytest.raises(imaplib.IMAP4.error, match="Maximum number of connections"):
            signed_in(dovecot)
        first.logout()
