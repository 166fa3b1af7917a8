"""A real Courier IMAP 5 for tests: its imapd, one process per connection, on a Maildir.

Courier's own sign-in needs a daemon at a fixed path of the system, so it is done here: greeting,
LOGIN, and then imapd talks with the client itself, as it does behind Courier's imaplogin. No
CONDSTORE, no MOVE, no SPECIAL-USE, no LITERAL+; "INBOX." above every folder, "." between levels.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from tests.servers import unpacked
from tests.servers.absent import needs
from tests.servers.certificates import Certificates
from tests.servers.front import Front, first_of, passed_on

# What Debian's configuration announces, and what a site without its locks and FAM does.
CAPABILITIES = (
    "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
)
FOLDERS = ("Sent", "Drafts", "Trash", "Junk", "Archive")
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^\s"]+)')


class Courier:
    """One running server for one user. ``idle`` False leaves IDLE out, as many sites do."""

    def __init__(
        self,
        *,
        certificates: Certificates,
        user: str = "support@example.test",
        password: str = "upstream secret",
        idle: bool = True,
        keywords: bool = True,
    ) -> None:
        self.host = "127.0.0.1"
        self.user = user
        self.password = password
        self.separator = "."
        self._capabilities = CAPABILITIES if idle else CAPABILITIES.removesuffix(" IDLE")
        self._keywords = keywords
        self._serial = itertools.count()
        self._front = Front(certificates, self._serve)
        self.directory = Path(tempfile.mkdtemp(prefix="courier-", dir="/tmp"))
        self._make("INBOX")
        for folder in FOLDERS:
            self._make(folder)
        subscribed = "".join(f"INBOX.{folder}\n" for folder in FOLDERS)
        (self.directory / "Maildir" / "courierimapsubscribed").write_text(subscribed)

    # ------------------------------------------------------------------ life

    def __enter__(self) -> Courier:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def tls_port(self) -> int:
        return self._front.port

    def start(self) -> None:
        needs("courier")
        unpacked.root()
        self._front.start()

    def stop(self) -> None:
        self._front.stop()

    def close(self) -> None:
        """Stop and remove everything."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    # ------------------------------------------------------------------ mail

    def deliver(
        self, message: bytes, folder: str = "INBOX", *, flags: str = "", as_is: bool = False
    ) -> None:
        """Put a mail into the Maildir, as a delivery agent does. ``as_is``: as in dovecot.py."""
        directory = self.maildir(folder)
        name = f"{time.time_ns()}.M{next(self._serial):08d}P{os.getpid()}.test"
        temporary = directory / "tmp" / name
        temporary.write_bytes(message if as_is else message.replace(b"\r\n", b"\n"))
        if flags:
            temporary.rename(directory / "cur" / f"{name}:2,{''.join(sorted(flags))}")
        else:
            temporary.rename(directory / "new" / name)

    def count(self, folder: str, message_id: str) -> int:
        """How many mails of this Message-ID lie in the folder."""
        directory = self.maildir(folder)
        files = [*(directory / "cur").iterdir(), *(directory / "new").iterdir()]
        return sum(message_id.encode() in file.read_bytes().partition(b"\n\n")[0] for file in files)

    def renumber(self, folder: str = "INBOX") -> None:
        """Other UIDs and another UIDVALIDITY, as after a restore.

        Written here: without locks, two of its processes that find none number the mails each in
        their own way, under the UIDVALIDITY of the same second.
        """
        self.stop()
        directory = self.maildir(folder)
        database = directory / "courierimapuiddb"
        version, validity, _ = database.read_text().splitlines()[0].split()
        files = [*(directory / "cur").iterdir(), *(directory / "new").iterdir()]
        names = sorted((file.name.partition(":")[0] for file in files), reverse=True)
        numbered = [f"{uid} {name}" for uid, name in enumerate(names, start=1)]
        first = f"{version} {int(validity) + 1} {len(names) + 1}"
        database.write_text("\n".join([first, *numbered, ""]))
        self.start()

    def maildir(self, folder: str) -> Path:
        name = folder.removeprefix("INBOX").removeprefix(".")
        return self.directory / "Maildir" / (f".{name}" if name else "")

    # ------------------------------------------------------------------ inside

    def _make(self, folder: str) -> None:
        directory = self.maildir(folder)
        for part in ("tmp", "new", "cur"):
            (directory / part).mkdir(parents=True)
        if folder != "INBOX":
            (directory / "maildirfolder").touch()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY %b] Courier-IMAP ready.\r\n" % self._capabilities.encode())
        tag = await self._signed_in(reader, writer)
        if tag is None:
            return
        ours, theirs = socket.socketpair()
        answers, commands = await asyncio.open_connection(sock=ours)
        with theirs:
            process = self._imapd(theirs)
        try:
            # An alert comes first where there is no FAM.
            while (line := await answers.readline()) and not line.startswith(b"* PREAUTH"):
                pass
            writer.write(tag + b" OK LOGIN Ok.\r\n")
            await first_of(passed_on(reader, commands), passed_on(answers, writer))
        finally:
            commands.close()
            process.kill()
            process.wait()

    async def _signed_in(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        """The tag of the LOGIN that was right; None when the client leaves."""
        while line := await reader.readline():
            tag, _, rest = line.strip().partition(b" ")
            name, _, arguments = rest.partition(b" ")
            match name.upper():
                case b"LOGIN":
                    words = [one[0] or one[1] for one in _WORD.findall(arguments)]
                    if words == [self.user.encode(), self.password.encode()]:
                        return tag
                    writer.write(tag + b" NO Login failed.\r\n")
                case b"CAPABILITY":
                    writer.write(b"* CAPABILITY %b\r\n" % self._capabilities.encode())
                    writer.write(tag + b" OK CAPABILITY completed\r\n")
                case b"LOGOUT":
                    writer.write(b"* BYE Courier-IMAP server shutting down\r\n")
                    writer.write(tag + b" OK LOGOUT completed\r\n")
                    return None
                case _:
                    writer.write(tag + b" NO Error in IMAP command received by server.\r\n")
            await writer.drain()
        return None

    def _imapd(self, line: socket.socket) -> subprocess.Popen[bytes]:
        environment = unpacked.environment() | {
            "AUTHENTICATED": self.user,
            "AUTHADDR": self.user,
            "HOME": str(self.directory),
            "MAILDIR": str(self.directory / "Maildir"),
            "PROTOCOL": "IMAP",
            "TCPREMOTEIP": "127.0.0.1",
            "IMAP_CAPABILITY": self._capabilities,
            "IMAP_KEYWORDS": "1" if self._keywords else "0",
            "IMAP_CHECK_ALL_FOLDERS": "0",
            "IMAP_IDLE_TIMEOUT": "2",  # seconds between two looks of an IDLE without FAM
            "IMAP_MAILBOX_SANITY_CHECK": "1",
        }
        program = str(unpacked.root() / "usr" / "bin" / "imapd")
        # Also when the tests themselves are killed: nothing stays behind.
        with (self.directory / "imapd.log").open("ab") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", program, "Maildir"],
                stdin=line,
                stdout=line,
                stderr=log,
                env=environment,
                cwd=self.directory,
            )
