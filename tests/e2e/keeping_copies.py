"""Programs that keep copies of a mailbox in Maildirs and bring both sides together when run."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.programs import on_terminal, run

MBSYNC = """\
IMAPAccount proxy
Host localhost
Port {port}
User {login}
Pass "{password}"
SSLType IMAPS
CertificateFile {ca}

IMAPStore far
Account proxy

MaildirStore near
Path {directory}/
Inbox {directory}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Sync All
Expunge {expunge}
SyncState *
"""
# The last line: 1.4 says F and N with how many there are to do, 1.5 Far and Near, and expunges too.
_SIDE = r"\+(\d+)(?:/\d+)? \*(\d+)(?:/\d+)? #(\d+)(?:/\d+)?(?: -\d+(?:/\d+)?)?"
_TOTALS = re.compile(rf"F(?:ar)?: {_SIDE} +N(?:ear)?: {_SIDE}")
NOTHING = (0, 0, 0, 0, 0, 0)
TUID = re.compile(rb"(?m)^X-TUID: .*\n")  # mbsync's own mark


def mbsync_version() -> tuple[int, ...]:
    return tuple(map(int, re.findall(rb"\d+", run(["mbsync", "--version"]))))


class Mbsync:
    """A person whose mail program keeps copies of everything."""

    def __init__(
        self, proxy: Installation, directory: Path, *, login: str = "ben", expunge: str = "None"
    ) -> None:
        self.directory = directory / "mail"
        self.directory.mkdir()
        self._rc = directory / "mbsyncrc"
        self._rc.write_text(
            MBSYNC.format(
                port=proxy.ports["imap-tls"],
                password=PASSWORD,
                ca=proxy.certificates.ca,
                directory=self.directory,
                login=login,
                expunge=expunge,
            )
        )

    def sync(self) -> tuple[int, ...]:
        """How many mails were (new, changed, deleted) on the far side, then on the near side."""
        said = on_terminal(["mbsync", "-c", str(self._rc), "-a"])
        return tuple(map(int, _TOTALS.findall(said)[-1]))

    def mails(self, folder: str) -> dict[str, Path]:
        """By Message-ID."""
        files = [*self.directory.glob(f"{folder}/cur/*"), *self.directory.glob(f"{folder}/new/*")]
        found = {}
        for file in files:
            head = file.read_bytes().partition(b"\n\n")[0].replace(b"\r", b"")
            found[re.findall(rb"(?im)^message-id: <(.*)>", head)[0].decode()] = file
        return found


OFFLINEIMAP = """\
[general]
accounts = all
metadata = {directory}/state
ui = basic
[Account all]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {directory}/mail
sep = .
[Repository far]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = anna
remotepass = {password}
ssl = yes
sslcacertfile = {ca}
maxconnections = {connections}
"""


class OfflineImap:
    def __init__(self, proxy: Installation, directory: Path, *, connections: int = 2) -> None:
        self.mail = directory / "mail"
        self._rc = directory / "offlineimaprc"
        self._rc.write_text(
            OFFLINEIMAP.format(
                directory=directory,
                port=proxy.ports["imap-tls"],
                password=PASSWORD,
                ca=proxy.certificates.ca,
                connections=connections,
            )
        )

    def sync(self) -> str:
        said = run(["offlineimap", "-o", "-c", str(self._rc)]).decode(errors="replace")
        assert "ERROR" not in said, said[-3000:]
        return said

    def files(self, folder: str) -> list[Path]:
        directory = self.mail / folder.replace("/", ".")
        return sorted([*directory.glob("cur/*"), *directory.glob("new/*")])
