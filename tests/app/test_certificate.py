"""A renewed certificate is served without a restart; half a renewal is not (app/certificate.py)."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from OpenSSL import SSL

from proxyd.app.certificate import Certificate
from proxyd.demo.certificate import Certificates, make_ca


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("new"))


class Files:
    """The two that the configuration names: links into a directory, as certbot has them."""

    def __init__(self, directory: Path, first: Certificates) -> None:
        self.certificate, self.key = directory / "fullchain.pem", directory / "privkey.pem"
        self.put(first.certificate, self.certificate)
        self.put(first.key, self.key)

    def put(self, source: Path, link: Path) -> None:
        draft = link.with_name("draft")
        draft.symlink_to(source)
        draft.replace(link)


def served_to_smtp(certificate: Certificate) -> bytes:
    """The octets of the certificate that a client is shown."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = certificate.smtp.wrap_bio(to_server, to_client, server_side=True)
    client = _trusting().wrap_bio(to_client, to_server, server_hostname="localhost")
    for _ in range(4):
        for side in (client, server):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    shown = client.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def served_to_imap(certificate: Certificate) -> bytes:
    server = certificate.serverConnectionForTLS(None)
    server.set_accept_state()
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = _trusting().wrap_bio(to_client, to_server)
    for _ in range(4):
        with suppress(ssl.SSLWantReadError):
            client.do_handshake()
        if octets := to_server.read():
            server.bio_write(octets)
        with suppress(SSL.WantReadError):
            server.do_handshake()
        with suppress(SSL.WantReadError):
            to_client.write(server.bio_read(65536))
    shown = client.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def der(of: Certificates) -> bytes:
    first = of.certificate.read_text().split("-----END CERTIFICATE-----")[0]
    return ssl.PEM_cert_to_DER_cert(first + "-----END CERTIFICATE-----\n")


Shown = Callable[[Certificate], bytes]
BOTH = pytest.mark.parametrize("shown", [served_to_smtp, served_to_imap])


@BOTH
def test_a_switched_link_is_followed(
    tmp_path: Path, old: Certificates, new: Certificates, shown: Shown
) -> None:
    files = Files(tmp_path, old)
    served = Certificate(files.certificate, files.key)
    assert shown(served) == der(old)
    assert not served.follow()
    files.put(new.certificate, files.certificate)
    files.put(new.key, files.key)
    assert served.follow()
    assert shown(served) == der(new)


@BOTH
def test_one_after_the_other(
    tmp_path: Path,
    old: Certificates,
    new: Certificates,
    shown: Shown,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Until the pair fits the old one stays, and that is told."""
    heard: list[bool] = []
    files = Files(tmp_path, old)
    served = Certificate(files.certificate, files.key, lambda _ends, stale: heard.append(stale))
    files.put(new.certificate, files.certificate)
    assert not served.follow()
    assert shown(served) == der(old)
    assert not served.follow()
    files.put(new.key, files.key)
    assert served.follow()
    assert shown(served) == der(new)
    assert heard == [False, True, False]
    (line,) = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert line.endswith("the former certificate stays in use: key values mismatch")


@BOTH
@pytest.mark.parametrize("bad", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n", "gone"])
@pytest.mark.parametrize("which", ["certificate", "key"])
def test_what_is_no_certificate_changes_nothing(
    tmp_path: Path,
    old: Certificates,
    shown: Shown,
    bad: str,
    which: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    files = Files(tmp_path, old)
    served = Certificate(files.certificate, files.key)
    file: Path = getattr(files, which)
    file.unlink()
    if bad != "gone":
        file.write_text(bad)
    for _ in range(3):
        assert not served.follow()
    assert shown(served) == der(old)
    assert len([one for one in caplog.records if one.levelname == "ERROR"]) == 1


def test_replaced_in_place(tmp_path: Path, old: Certificates, new: Certificates) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    shutil.copy(old.certificate, certificate)
    shutil.copy(old.key, key)
    served = Certificate(certificate, key)
    certificate.write_bytes(new.certificate.read_bytes())
    key.write_bytes(new.key.read_bytes())
    assert served.follow()
    assert served_to_imap(served) == der(new)
