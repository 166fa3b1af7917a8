"""SIGHUP to a running proxyd: it looks at its certificate at once, and nobody is cut off. (The log
goes to standard error; there is no file to open anew.)
"""

from __future__ import annotations

import os
import shutil
import signal
import smtplib
import socket
import ssl
from pathlib import Path

from tests.e2e.installation import Installation
from tests.patience import PATIENCE_S, until
from tests.servers.certificates import make_ca


def shown(proxy: Installation, door: str) -> bytes:
    """The certificate that a client gets to see."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", proxy.ports[door]), PATIENCE_S) as sock,
        context.wrap_socket(sock) as secure,
    ):
        return secure.getpeercert(binary_form=True) or b""


def of(file: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(file.read_text())


def test_a_renewed_certificate_is_served_at_once_and_nobody_is_cut_off(tmp_path: Path) -> None:
    certificates = make_ca(tmp_path / "tls")
    renewed = make_ca(tmp_path / "renewed")
    proxy = Installation(tmp_path, certificates)
    proxy.start()
    try:
        with smtplib.SMTP_SSL(
            "localhost", proxy.ports["smtp-tls"], context=proxy.trust(), timeout=PATIENCE_S
        ) as before:
            assert {shown(proxy, "imap-tls"), shown(proxy, "smtp-tls")} == {
                of(certificates.certificate)
            }
            shutil.copy(renewed.certificate, certificates.certificate)
            os.kill(proxy.pid, signal.SIGHUP)  # half of it: the key is still the old one
            assert before.noop()[0] == 250
            assert shown(proxy, "imap-tls") != of(renewed.certificate)
            shutil.copy(renewed.key, certificates.key)
            os.kill(proxy.pid, signal.SIGHUP)
            for door in ("imap-tls", "smtp-tls"):
                until(lambda d=door: shown(proxy, d) == of(renewed.certificate), door)  # type: ignore[misc]
            assert before.noop()[0] == 250
    finally:
        assert proxy.stop() == 0
    assert "Traceback" not in proxy.log()
