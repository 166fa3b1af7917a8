"""A full disk: said by health, log and metrics, no OK for what isn't durable, and well by itself.

Once with the data on a small file system that is filled (where the test may mount one), and once
with a process that may write to no file any more (RLIMIT_FSIZE), which anybody can arrange.
"""

from __future__ import annotations

import imaplib
import os
import resource
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.corpus import mails
from tests.e2e.installation import ADDRESS, Installation
from tests.patience import until
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

MAILS = 10
SIZE_MIB = 48


class Disk:
    """Where the data lies."""

    def __init__(self, directory: Path, running: ExitStack, *, small: bool) -> None:
        self.data = directory / "data"
        self._ballast = self.data / "ballast"
        self._small = small and os.geteuid() == 0 and self._mounted(running)

    def _mounted(self, running: ExitStack) -> bool:
        self.data.mkdir(mode=0o700)
        options = f"size={SIZE_MIB}m,mode=700"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.data],
            check=False,
            capture_output=True,
        )
        if done.returncode:  # a container without the right to
            self.data.rmdir()
            return False
        running.callback(subprocess.run, ["umount", "-l", self.data], check=False)
        return True

    def fill(self, proxy: Installation) -> None:
        if not self._small:
            resource.prlimit(proxy.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            return
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 65_536)
            except OSError:
                pass

    def make_room(self, proxy: Installation) -> None:
        if not self._small:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(proxy.pid, resource.RLIMIT_FSIZE, unlimited)
            return
        self._ballast.unlink()


@pytest.fixture(params=[True, False], ids=["file system", "process"])
def office(
    request: pytest.FixtureRequest, tmp_path: Path, certificates: Certificates
) -> Iterator[tuple[Installation, Dovecot, SmtpSink, Disk]]:
    with ExitStack() as running:
        disk = Disk(tmp_path, running, small=request.param)
        dovecot = running.enter_context(Dovecot(certificates=certificates))
        sink = SmtpSink(certificates=certificates, user=dovecot.user, password=dovecot.password)
        running.enter_context(sink.in_thread())
        proxy = Installation(tmp_path, certificates)
        for raw, _, _ in mails(MAILS):
            dovecot.deliver(raw)
        user = dovecot.user.replace("@", "%40")
        proxy.set_up(dovecot, f"smtps://{user}@127.0.0.1:{sink.port}", dovecot.password)
        proxy.start()
        running.callback(proxy.close)
        proxy.wait_synced(MAILS)
        yield proxy, dovecot, sink, disk


def _word(what: Callable[[], tuple[str, object]]) -> str:
    """OK, NO, or that the connection was closed."""
    try:
        return what()[0]
    except imaplib.IMAP4.abort:
        return "closed"
    except imaplib.IMAP4.error:
        return "NO"


def test_a_full_disk(office: tuple[Installation, Dovecot, SmtpSink, Disk]) -> None:
    proxy, dovecot, sink, disk = office
    assert proxy.http("/healthz")[0] == 200
    with proxy.imap("anna") as anna, proxy.smtp("ben") as ben:
        assert anna.select("INBOX")[0] == "OK"
        disk.fill(proxy)
        for path in ("/healthz", "/readyz"):
            until(lambda p=path: proxy.http(p)[0] == 503, path)  # type: ignore[misc]
            assert "disk" in proxy.http(path)[1]
        until(lambda: "\nproxyd_disk_troubles 0.0" not in proxy.http("/metrics")[1])
        # Nobody gets OK for what isn't durable, and nothing is shown that could not be logged.
        assert _word(lambda: anna.store("1", "+FLAGS", "($status-done)")) != "OK"
        assert _word(lambda: anna.fetch("1", "(BODY[])")) != "OK"
        assert _word(lambda: anna.append("Drafts", "", "", b"Subject: x\r\n\r\ny\r\n")) != "OK"
        with pytest.raises((smtplib.SMTPException, OSError)) as refused:
            raw = b"From: %b\r\nTo: c@example.org\r\nSubject: x\r\n\r\ny\r\n" % ADDRESS.encode()
            ben.sendmail(ADDRESS, ["c@example.org"], raw)
        if isinstance(refused.value, smtplib.SMTPResponseException):
            assert 400 <= refused.value.smtp_code < 500, "tried again later, and not lost"
        with pytest.raises((imaplib.IMAP4.error, OSError)), proxy.imap("ben"):
            pass
    assert not sink.received
    disk.make_room(proxy)
    until(lambda: proxy.http("/readyz")[0] == 200, "it is not well again")
    assert proxy.http("/healthz")[0] == 200
    until(lambda: "\nproxyd_disk_troubles 0.0" in proxy.http("/metrics")[1])
    assert "there is room to write again" in proxy.log()
    assert proxy.log().count("nothing can be written, and so nobody is served") <= 1
    dovecot.deliver(list(mails(MAILS + 1))[-1][0])
    proxy.wait_synced(MAILS + 1)
    with proxy.imap("anna") as anna:
        assert anna.select("INBOX")[0] == "OK"
        assert anna.store("1", "+FLAGS", "($status-done)")[0] == "OK"
        assert anna.fetch("1", "(BODY.PEEK[])")[0] == "OK"
    proxy.typed("audit", "verify")
