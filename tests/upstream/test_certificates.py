"""Whom we give the password to: nobody who can't prove to be the server."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from proxyd.domain.errors import RelayUnavailable, UpstreamUnavailable
from proxyd.domain.types import Server
from proxyd.upstream import tls
from proxyd.upstream.smtp_relay import SmtpRelay
from tests.servers.certificates import make_ca
from tests.servers.dovecot import Dovecot
from tests.upstream.conftest import QUICK, OpenMailbox, server_of


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_system_authorities_do_not_know_a_private_one(
    open_mailbox: OpenMailbox, dovecot: Dovecot, security: str
) -> None:
    server = dataclasses.replace(server_of(dovecot, security), ca_file=None)
    with pytest.raises(UpstreamUnavailable, match="certificate verify failed"):
        await open_mailbox(server).capabilities()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_ca_file_is_the_only_trust(
    open_mailbox: OpenMailbox, dovecot: Dovecot, tmp_path: Path, security: str
) -> None:
    other = make_ca(tmp_path)
    server = dataclasses.replace(server_of(dovecot, security), ca_file=str(other.ca))
    with pytest.raises(UpstreamUnavailable, match="certificate verify failed"):
        await open_mailbox(server).capabilities()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_name_of_the_server_must_be_in_its_certificate(
    open_mailbox: OpenMailbox, tmp_path: Path, security: str
) -> None:
    made = make_ca(tmp_path, names=("mail.example.test",), address="127.0.0.9")
    with Dovecot(certificates=made) as dovecot:
        for host in ("localhost", "127.0.0.1"):
            server = dataclasses.replace(server_of(dovecot, security), host=host)
            mailbox = open_mailbox(server, password=lambda: "upstream secret")
            with pytest.raises(UpstreamUnavailable, match="TLS"):
                await mailbox.capabilities()
            await mailbox.close()
        assert dovecot.connections() == 0
        assert "auth attempts" not in dovecot.log().replace("no auth attempts", "")


async def test_address_in_the_certificate_is_enough(
    open_mailbox: OpenMailbox, dovecot: Dovecot
) -> None:
    server = dataclasses.replace(server_of(dovecot), host="127.0.0.1")
    assert await open_mailbox(server).capabilities()


@pytest.mark.parametrize(
    "content",
    [None, b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"],
)
async def test_useless_ca_file_is_named(
    open_mailbox: OpenMailbox, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    server = Server("localhost", 1, "tls", "u", str(path))
    with pytest.raises(UpstreamUnavailable, match=r"ca\.pem"):
        await open_mailbox(server).capabilities()
    with pytest.raises(RelayUnavailable, match=r"ca\.pem"):
        await SmtpRelay(server, lambda: "p", timings=QUICK).probe()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("localhost.example.test", False),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
        ("", False),
    ],
)
def test_loopback_by_name(host: str, loopback: bool) -> None:
    assert tls.is_loopback(host) is loopback
