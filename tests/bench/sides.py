"""The two servers that are compared, as a client reaches them: proxyd, and the Dovecot behind it.

Invariant: whatever is started ends with the ``with`` block, by its process id, also on Ctrl-C.
"""

from __future__ import annotations

import itertools
import re
import shutil
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.client import BareClient
from tests.bench.maildir import fill
from tests.e2e.installation import ADDRESS, PASSWORD, Installation
from tests.servers.certificates import Certificates, make_ca
from tests.servers.dovecot import Dovecot

OPEN = "Status/Open"  # the virtual folder that holds nearly all mails
STILL = "Status/Unassigned"  # one in which a mail stays when its status changes
SYNC_MAILS_S = 500  # mails a second that a first synchronisation is waited for, and a minute more

# As many as the largest measure has clients, each a process of Dovecot's.
MANY = """
default_client_limit = 4000
default_process_limit = 1000
service imap {
  process_limit = 2000
}
service imap-login {
  process_min_avail = 2
}
"""


@dataclass(frozen=True)
class Side:
    """One of the two servers. ``change``: a UID and a keyword that this mail does not have yet."""

    port: int
    user: str
    password: str
    change: Callable[[int], tuple[int, str]]
    label: Callable[[int], tuple[int, str]] | None = None  # the same, with one of the provider's
    tls_port: int = 0
    trust: ssl.SSLContext | None = None
    mails: int = 0
    open_folder: str = "INBOX"
    still_folder: str = "INBOX"

    def client(self, folder: str = "INBOX", *, tls: bool = False) -> BareClient:
        client = self.open(tls=tls)
        client.command(f'SELECT "{folder}"')
        return client

    def open(self, *, tls: bool = False) -> BareClient:
        client = self.bare(tls=tls)
        client.command(f'LOGIN "{self.user}" "{self.password}"')
        return client

    def bare(self, *, tls: bool = False) -> BareClient:
        """Greeted, and not signed in."""
        return BareClient(self.tls_port, self.trust) if tls else BareClient(self.port)


def keywords(prefix: str, mails: int) -> Callable[[int], tuple[int, str]]:
    """Plain keywords, each on a mail that lacks it. Maildir has room for 26 of them."""
    calls = itertools.count()

    def change(_round: int) -> tuple[int, str]:
        call = next(calls)
        return 1 + call % mails, f"{prefix}-{call // mails}"

    return change


def statuses() -> Callable[[int], tuple[int, str]]:
    """Always another status of the same conversation."""
    words = itertools.cycle(("$status-checking", "$status-hold"))
    return lambda _round: (7, next(words))


class Proxy(Installation):
    """Open to as many clients of one address as the bench has."""

    def __init__(self, directory: Path, certificates: Certificates, more: str = "") -> None:
        super().__init__(directory, certificates, more)
        text = self.config.read_text()
        for door in ("imap", "smtp"):
            text = text.replace(f"[{door}]\n", f"[{door}]\nmax_connections_per_address = 2000\n")
        self.config.write_text(text.replace("compress = true\n", ""))

    def add_mailbox(self, user: str, password: str, imap: str, smtp: str) -> None:
        """At any two URLs; "{user}" in them is the provider's user."""
        user = user.replace("@", "%40")
        self.command(
            "mailbox", "add", "support", "--address", ADDRESS,
            "--imap", imap.format(user=user), "--smtp", smtp.format(user=user),
            "--ca-file", str(self.certificates.ca),
            "--password-stdin",
            stdin=password + "\n",
        )  # fmt: skip
        self.command("mailbox", "policy", "support", "folder-order=plain")

    def start_synced(self, mails: int) -> float:
        """Start, and the seconds until the mailbox shows all mails."""
        began = time.perf_counter()
        self.start()
        client = BareClient(self.ports["imap-starttls"])
        client.command(f'LOGIN anna "{PASSWORD}"')
        deadline = time.monotonic() + 60 + mails / SYNC_MAILS_S
        while _messages(client) < mails:
            if time.monotonic() > deadline:
                raise AssertionError(f"not synchronised:\n{self.log()[-4000:]}")
            time.sleep(0.05)
        client.close()
        return time.perf_counter() - began

    def pss_kib(self) -> int:
        return pss_kib(self.pid)

    def side(self, mails: int) -> Side:
        return Side(
            self.ports["imap-starttls"],
            "anna",
            PASSWORD,
            statuses(),
            label=keywords("ours", max(mails, 1)),
            tls_port=self.ports["imap-tls"],
            trust=self.trust(),
            mails=mails,
            open_folder=OPEN,
            still_folder=STILL,
        )


def pss_kib(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss: +(\d+) kB", text, re.MULTILINE)[0])


def _messages(client: BareClient) -> int:
    try:
        answer = client.command("STATUS INBOX (MESSAGES)")
    except AssertionError as refused:  # until the provider has said which folders there are
        if "[UNAVAILABLE]" not in str(refused):
            raise
        return -1
    return int(re.findall(rb"MESSAGES (\d+)", answer)[0])


@dataclass
class Pair:
    """Both of them, running, with the same mails."""

    directory: Path
    dovecot: Dovecot
    proxy: Proxy
    ours: Side
    direct: Side
    mails: int
    synced_s: float
    running: ExitStack = field(repr=False)


def provider(certificates: Certificates, mails: int, max_connections: int = 2000) -> Dovecot:
    """A Dovecot, not started yet, whose INBOX has that many mails."""
    dovecot = Dovecot(certificates=certificates, max_connections=max_connections, extra=MANY)
    began = time.perf_counter()
    fill(dovecot.maildir(), mails)
    sys.stderr.write(f"  {mails:,} mails written in {time.perf_counter() - began:.0f} s\n")
    return dovecot


def direct_side(dovecot: Dovecot, trust: ssl.SSLContext, mails: int) -> Side:
    change = keywords("bench", max(mails, 1))
    return Side(
        dovecot.plain_port,
        dovecot.user,
        dovecot.password,
        change,
        label=change,
        tls_port=dovecot.tls_port,
        trust=trust,
        mails=mails,
    )


@contextmanager
def pair(mails: int) -> Iterator[Pair]:
    with ExitStack() as running:
        directory = running.enter_context(scratch())
        certificates = make_ca(directory / "tls")
        dovecot = running.enter_context(provider(certificates, mails))
        proxy = Proxy(directory, certificates)
        proxy.set_up(dovecot, f"smtps://x@127.0.0.1:{dovecot.tls_port}", dovecot.password)
        running.callback(proxy.close)
        synced = proxy.start_synced(mails)
        sys.stderr.write(f"  first synchronisation {synced:.1f} s\n")
        direct = direct_side(dovecot, proxy.trust(), mails)
        yield Pair(directory, dovecot, proxy, proxy.side(mails), direct, mails, synced, running)


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory that goes with everything in it."""
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir="/tmp"))
    directory.chmod(0o755)  # servers that change their user must be able to walk in
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
