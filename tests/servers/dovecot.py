"""A real Dovecot for tests: started as a child process, Maildir in a directory of its own.

    with Dovecot(certificates=make_ca(directory)) as dovecot:
        dovecot.deliver(b"From: ...", folder="INBOX")

Works as root (mail belongs to user *mail*) and as an ordinary user. Listens on 127.0.0.1 only. It
is stopped by the process id of its master, never by name.
"""

from __future__ import annotations

import base64
import contextlib
import grp
import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates
from tests.servers.dovecot_configuration import Extra, configuration
from tests.servers.ports import free_ports

STOP_SECONDS = 5.0
USERS_FILE_SECONDS = 1.1  # Dovecot looks at its passwd-file once a second at most
START_ATTEMPTS = 3  # a free port may be taken by somebody else before Dovecot binds it


class Dovecot:
    """One running server. ``hide`` takes capabilities away, as lesser servers lack them.

    The hidden commands would still work: the test is that nobody uses them.
    """

    def __init__(
        self,
        *,
        certificates: Certificates | None = None,
        users: Mapping[str, str] | None = None,
        hide: Iterable[str] = (),
        max_connections: int = 50,
        separator: str = "/",
        extra: Extra = "",
    ) -> None:
        self.host = "127.0.0.1"
        self.users = dict(users or {"support@example.test": "upstream secret"})
        self.user = next(iter(self.users))
        self.password = self.users[self.user]
        self.separator = separator
        self.tls_port = 0
        self.plain_port = 0
        self._certificates = certificates
        self._hidden = frozenset(hide)
        self._max_connections = max_connections
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None
        self._serial = itertools.count()
        # Not pytest's tmp_path: a socket's path is limited to 107 octets, and the mail user
        # must be able to walk in.
        self.directory = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
        self.directory.chmod(0o755)

    # ------------------------------------------------------------------ life

    def __enter__(self) -> Dovecot:
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
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def ca_file(self) -> str | None:
        return str(self._certificates.ca) if self._certificates else None

    def start(self) -> None:
        """Start on new free ports, or, after ``stop``, on the same ones with the same mail."""
        for attempt in range(START_ATTEMPTS):
            if not self.tls_port or attempt:
                self.tls_port, self.plain_port = free_ports(2)
            self._write_configuration()
            if self._started():
                return
        raise RuntimeError(f"Dovecot does not start:\n{self._errors()}{self.log()}")

    def stop(self) -> None:
        """End the master and with it every connection; the mail stays."""
        if self._process is None:
            return
        children = self._processes()[1:]
        self._process.send_signal(signal.SIGTERM)
        for pid in children:  # the master would give them a second
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def close(self) -> None:
        """Stop and remove everything."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def freeze(self) -> None:
        """Let every process of it stand still: connections stay open, nothing answers."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    # ------------------------------------------------------------------ mail

    def deliver(
        self,
        message: bytes,
        folder: str = "INBOX",
        *,
        flags: str = "",
        user: str | None = None,
        as_is: bool = False,
    ) -> None:
        """Put a mail into the Maildir, as a delivery agent does. ``flags``: of Maildir ("S", "RS").
        ``as_is``: the very octets; else LF for CRLF, as delivery agents make.

        A client that idles hears of it by inotify, at once.
        """
        directory = self._maildir(folder, user or self.user)
        name = f"{time.time_ns()}.M{next(self._serial):08d}P{os.getpid()}.test"
        body = message if as_is else message.replace(b"\r\n", b"\n")
        temporary = directory / "tmp" / name
        temporary.write_bytes(body)
        self._give(temporary)
        if flags:
            temporary.rename(directory / "cur" / f"{name}:2,{''.join(sorted(flags))}")
        else:
            temporary.rename(directory / "new" / name)

    def maildir(self, folder: str = "INBOX") -> Path:
        """Where a folder's mails lie, made if it is new."""
        return self._maildir(folder, self.user)

    def count(self, folder: str, message_id: str, *, user: str | None = None) -> int:
        """How many mails of this Message-ID lie in the folder, read from the Maildir's files."""
        directory = self._maildir(folder, user or self.user)
        files = [*(directory / "cur").iterdir(), *(directory / "new").iterdir()]
        return sum(message_id.encode() in file.read_bytes().partition(b"\n\n")[0] for file in files)

    def set_password(self, user: str, password: str) -> None:
        """As if the provider's admin had changed it (or added the user)."""
        self.users[user] = password
        self._write_users()
        time.sleep(USERS_FILE_SECONDS)

    def connections(self, user: str | None = None) -> int:
        """How many connections are signed in as ``user`` (any of them: None) right now."""
        return len(self._sessions(user))

    def drop_connections(self, user: str | None = None) -> int:
        """Break every signed-in connection, as a provider does now and then."""
        pids = self._sessions(user)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def log(self) -> str:
        path = self.directory / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def doveadm(self, *arguments: str) -> str:
        """Run doveadm against this server; its output."""
        command = ["doveadm", "-c", str(self.directory / "dovecot.conf"), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    # ------------------------------------------------------------------ inside

    def _started(self) -> bool:
        # Also when the tests themselves are killed: nothing stays behind.
        command = ["setpriv", "--pdeathsig", "TERM"]
        command += ["dovecot", "-F", "-c", str(self.directory / "dovecot.conf")]
        errors = (self.directory / "stderr").open("wb")
        with errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors
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

    def _errors(self) -> str:
        """What it said before it had a log: mistakes in its configuration."""
        path = self.directory / "stderr"
        return path.read_text(errors="replace") if path.exists() else ""

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.host, self.plain_port), timeout=2) as line:
                return line.recv(4) == b"* OK"
        except OSError:
            return False

    def _write_configuration(self) -> None:
        (self.directory / "home").mkdir(exist_ok=True)
        self._give(self.directory / "home")
        self._write_users()
        values = {
            "directory": self.directory,
            "plain_port": self.plain_port,
            "tls_port": self.tls_port if self._certificates else 0,
            "max_connections": self._max_connections,
            "separator": self.separator,
            **self._identities(),
        }
        text = configuration(values, self._certificates, self._hidden, self._extra)
        (self.directory / "dovecot.conf").write_text(text)

    def _write_users(self) -> None:
        path = self.directory / "users"
        path.write_text("".join(f"{user}:{{PLAIN}}{word}\n" for user, word in self.users.items()))
        path.chmod(0o644)

    def _identities(self) -> dict[str, str]:
        if os.geteuid() == 0:
            return {
                "internal_user": "dovecot",
                "internal_group": "dovecot",
                "login_user": "dovenull",
                "mail_user": "mail",
                "mail_group": "mail",
            }
        me = pwd.getpwuid(os.geteuid()).pw_name
        us = grp.getgrgid(os.getegid()).gr_name
        return {
            "internal_user": me,
            "internal_group": us,
            "login_user": me,
            "mail_user": me,
            "mail_group": us,
        }

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, "mail", "mail")

    def _maildir(self, folder: str, user: str) -> Path:
        directory = self.directory / "home" / user / "Maildir"
        if folder.upper() != "INBOX":
            directory = directory / f".{self._maildir_name(folder)}"
        if not (directory / "new").exists():
            self._make(directory)
        return directory

    def _maildir_name(self, folder: str) -> str:
        return ".".join(_modified_utf7(level) for level in folder.split(self.separator))

    def _make(self, directory: Path) -> None:
        for parent in (directory.parent, directory):
            if not parent.exists():
                parent.mkdir(parents=True)
                self._give(parent)
        for part in ("tmp", "new", "cur"):
            (directory / part).mkdir()
            self._give(directory / part)
        home = self.directory / "home"
        for parent in directory.parents:
            if parent == home:
                break
            self._give(parent)

    def _sessions(self, user: str | None) -> list[int]:
        """Process ids of the imap processes that serve a signed-in connection."""
        rows = self.doveadm("-f", "tab", "who", "-1").splitlines()[1:]
        pids: list[int] = []
        for row in rows:
            name, service, pid = row.split("\t")[:3]
            if service == "imap" and (user is None or name == user):
                pids.append(int(pid))
        return pids

    def _processes(self) -> list[int]:
        """The master and all its children."""
        assert self._process is not None
        found = [self._process.pid]
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        if self._process.poll() is None:
            found += [int(pid) for pid in children.read_text().split()]
        return found


def _modified_utf7(name: str) -> str:
    """RFC 3501 §5.1.3, once more: a test server should not trust the code under test."""

    def shifted(match: re.Match[str]) -> str:
        packed = base64.b64encode(match[0].encode("utf-16-be")).rstrip(b"=")
        return f"&{packed.replace(b'/', b',').decode()}-"

    return re.sub(r"[^\x20-\x7e]+", shifted, name.replace("&", "&-"))
