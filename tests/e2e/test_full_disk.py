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
import time
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


LEAVING, WAIT_S = "Status/Leaving", 15


def _waiting(name: str) -> bytes:
    head = f"From: {ADDRESS}\r\nTo: c@example.org\r\nSubject: {name}\r\n"
    return f"{head}Message-ID: <{name}@pc.example.test>\r\n\r\nHello\r\n".encode()


def _hand_in(proxy: Installation, name: str) -> None:
    with proxy.smtp("ben") as ben:
        ben.sendmail(ADDRESS, ["c@example.org"], _waiting(name))


def _subjects(sink: SmtpSink) -> list[bytes]:
    return [line for each in sink.received for line in each.message.splitlines() if b"Subj" in line]


def _places(proxy: Installation, name: str) -> dict[str, int]:
    found: dict[str, int] = {}
    with proxy.imap("ben") as ben:
        for view in ("Drafts", "Sent", "Trash", LEAVING):
            if ben.select(f'"{view}"', readonly=True)[0] == "OK":
                (told,) = ben.uid("SEARCH", "HEADER", "Message-ID", f"{name}@")[1]
                found[view] = len(told.split())
    return {view: count for view, count in found.items() if count}


def test_a_disk_that_fills_while_mails_wait(
    office: tuple[Installation, Dovecot, SmtpSink, Disk],
) -> None:
    """Their time comes, and it can't be written that they leave: none does until it can, and then
    each does once. A taking back that can't be written is not promised.
    """
    proxy, _, sink, disk = office
    proxy.typed("mailbox", "policy", "support", f"send-delay-s={WAIT_S}")
    proxy.stop()
    proxy.start()
    with proxy.imap("ben") as ben:
        for name in ("first", "second", "third"):
            _hand_in(proxy, name)
        until(lambda: ben.select(f'"{LEAVING}"')[1] == [b"3"], "they are not shown")
        (uid,) = ben.uid("SEARCH", "HEADER", "Message-ID", "second@")[1][0].split()
        begun = time.monotonic()
        disk.fill(proxy)
        in_time = time.monotonic() - begun < WAIT_S / 2
        assert _word(lambda: ben.uid("MOVE", uid.decode(), "Drafts")) != "OK"
        until(lambda: time.monotonic() > begun + WAIT_S + 1)
        until(lambda: proxy.http("/healthz")[0] == 503)
        if in_time:  # else the machine stood still, and they have left as they should
            assert not sink.received
    disk.make_room(proxy)
    until(lambda: len(sink.received) >= 3, lambda: str(_subjects(sink)))
    proxy.typed("mailbox", "policy", "support", "send-delay-s=1")
    _hand_in(proxy, "later")
    until(lambda: b"Subject: later" in _subjects(sink), "what came later does not leave")
    assert sorted(_subjects(sink)) == [
        b"Subject: first",
        b"Subject: later",
        b"Subject: second",
        b"Subject: third",
    ]
    for name in ("first", "second", "third", "later"):
        until(lambda n=name: _places(proxy, n) == {"Sent": 1}, name)  # type: ignore[misc]
    assert "Traceback" not in proxy.log()
    proxy.typed("audit", "verify")
