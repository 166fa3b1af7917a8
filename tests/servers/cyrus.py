"""A real Cyrus IMAP 3.6 for tests: master, imapd and idled from a directory of its own.

CONDSTORE, QRESYNC, MOVE and much more, but it takes no mail with a bare LF, a NUL or eight bits in
the header, writes special uses in lower case and quotes nothing it can leave bare. Works as root
(as user *mail*: Cyrus refuses to be root) and as an ordinary user.
"""

from __future__ import annotations

import contextlib
import grp
import imaplib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from tests.patience import PATIENCE_S
from tests.servers import unpacked
from tests.servers.absent import needs
from tests.servers.certificates import Certificates
from tests.servers.ports import free_ports

STOP_SECONDS = 5.0
START_ATTEMPTS = 3
FLAGS = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "D": "\\Draft", "T": "\\Deleted"}

IMAPD_CONF = """
configdirectory: {directory}/conf
defaultpartition: default
partition-default: {directory}/spool
servername: localhost
cyrus_user: {user}
cyrus_group: {group}
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {directory}/sasldb2
sasl_mech_list: PLAIN
allowplaintext: yes
unixhierarchysep: yes
altnamespace: yes
tls_server_cert: {directory}/certificate
tls_server_key: {directory}/key
autocreate_quota: 0
autocreate_inbox_folders: Sent | Drafts | Trash | Junk | Archive
autocreate_subscribe_folders: Sent | Drafts | Trash | Junk | Archive
xlist-sent: Sent
xlist-drafts: Drafts
xlist-trash: Trash
xlist-junk: Junk
xlist-archive: Archive
imapidlepoll: 2
failedloginpause: 0
"""

CYRUS_CONF = """
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {directory}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {directory}/imapd.conf" listen="127.0.0.1:{plain}" prefork=1
  imaps cmd="{programs}/imapd -s -C {directory}/imapd.conf" listen="127.0.0.1:{tls}" prefork=1
}}
DAEMON {{
  idled cmd="{programs}/idled -C {directory}/imapd.conf"
}}
EVENTS {{
}}
"""


class Cyrus:
    """One running server with one user."""

    def __init__(
        self,
        *,
        certificates: Certificates,
        user: str = "support",
        password: str = "upstream secret",
    ) -> None:
        self.host = "127.0.0.1"
        self.user = user
        self.password = password
        self.separator = "/"
        self.tls_port = 0
        self.plain_port = 0
        self._process: subprocess.Popen[bytes] | None = None
        # Not pytest's tmp_path: sockets have short names, and user *mail* must be able to walk in.
        self.directory = Path(tempfile.mkdtemp(prefix="cyrus-", dir="/tmp"))
        self.directory.chmod(0o755)
        shutil.copy(certificates.certificate, self.directory / "certificate")
        shutil.copy(certificates.key, self.directory / "key")
        # Cyrus makes only what it knows to be its own.
        for name in ("db", "socket", "log", "msg", "proc", "lock", "user", "quota"):
            (self.directory / "conf" / name).mkdir(parents=True)
        (self.directory / "spool").mkdir()

    # ------------------------------------------------------------------ life

    def __enter__(self) -> Cyrus:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start on new free ports, or, after ``stop``, on the same ones with the same mail."""
        needs("cyrus")
        for attempt in range(START_ATTEMPTS):
            if not self.tls_port or attempt:
                self.tls_port, self.plain_port = free_ports(2)
            self._write_configuration()
            if self._started():
                return
        raise RuntimeError(f"Cyrus does not start: {(self.directory / 'log').read_text()}")

    def stop(self) -> None:
        """End the master and its children; the mail stays."""
        if self._process is None:
            return
        # Its own session: the signal reaches its children and nobody else.
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self._process = None

    def close(self) -> None:
        """Stop and remove everything."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    # ------------------------------------------------------------------ mail

    def deliver(self, message: bytes, folder: str = "INBOX", *, flags: str = "") -> None:
        """Put a well-formed mail there by a connection of its own. ``flags``: Maildir's letters."""
        words = f"({' '.join(FLAGS[flag] for flag in flags)})"
        text = re.sub(rb"\r?\n", b"\r\n", message)
        with self.client() as client:
            answer, data = client.append(f'"{folder}"', words, "", text)
        assert answer == "OK", data

    def count(self, folder: str, message_id: str) -> int:
        """How many mails of this Message-ID lie in the folder."""
        with self.client() as client:
            client.select(f'"{folder}"', readonly=True)
            found = client.search(None, "HEADER", "Message-ID", f'"{message_id}"')[1][0]
        return len(found.split())

    def client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self.host, self.plain_port, timeout=PATIENCE_S)
        client.login(self.user, self.password)
        return client

    # ------------------------------------------------------------------ inside

    def _started(self) -> bool:
        program = unpacked.root() / "usr" / "lib" / "cyrus" / "bin" / "master"
        here = self.directory
        command = ["setpriv", "--pdeathsig", "TERM", str(program), "-D"]
        command += ["-p", str(here / "master.pid")]
        command += ["-M", str(here / "cyrus.conf"), "-C", str(here / "imapd.conf")]
        with (here / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=unpacked.environment(),
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                self._process = None
                return False
            if self._greets():
                return True
            time.sleep(0.02)
        self.stop()
        return False

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.host, self.plain_port), timeout=5) as line:
                return line.recv(4) == b"* OK"
        except OSError:
            return False

    def _write_configuration(self) -> None:
        here = self.directory
        user, group = "mail", "mail"
        if os.geteuid():
            user = pwd.getpwuid(os.geteuid()).pw_name
            group = grp.getgrgid(os.getegid()).gr_name
        (here / "imapd.conf").write_text(IMAPD_CONF.format(directory=here, user=user, group=group))
        programs = unpacked.root() / "usr" / "lib" / "cyrus" / "bin"
        services = CYRUS_CONF.format(
            programs=programs, directory=here, plain=self.plain_port, tls=self.tls_port
        )
        (here / "cyrus.conf").write_text(services)
        self._add_user()
        if not os.geteuid():
            for path in (here, *here.rglob("*")):
                shutil.chown(path, user, group)

    def _add_user(self) -> None:
        program = str(unpacked.root() / "usr" / "sbin" / "saslpasswd2")
        file = str(self.directory / "sasldb2")
        subprocess.run(
            [program, "-p", "-c", "-f", file, "-u", "localhost", self.user],
            input=self.password.encode(),
            env=unpacked.environment(),
            check=True,
            timeout=PATIENCE_S,
        )
