"""Companies that differ in nothing but the server their mailbox lies on."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.e2e.installation import Installation
from tests.servers.bare_imap import BareImap
from tests.servers.certificates import Certificates
from tests.servers.courier import Courier
from tests.servers.cyrus import Cyrus
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

AnyServer = Dovecot | BareImap | Courier | Cyrus
MAKERS: dict[str, Callable[..., AnyServer]] = {
    "dovecot": Dovecot,
    "bare": BareImap,
    # The least that a site may make of it: no IDLE, and no keyword is kept.
    "courier": partial(Courier, idle=False, keywords=False),
    "cyrus": Cyrus,
}
KINDS = tuple(MAKERS)

ENQUIRIES = (
    b"""From: Hanako <hanako@customer.example.org>
To: support@example.test
Subject: =?utf-8?b?5rOo5paH44Gu5Lu2?=
Date: Mon, 23 Nov 2026 10:00:00 +0900
Message-ID: <1@customer.example.org>

Where is my order?
""",
    b"""From: "O'Neill, Bob" <bob@customer.example.org>
To: support@example.test
Cc: boss@customer.example.org
Subject: A picture
Date: Mon, 23 Nov 2026 10:05:00 +0900
Message-ID: <2@customer.example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

\xe6\xb3\xa8\xe6\x96\x87\xe3\x81\x97\xe3\x81\xbe\xe3\x81\x97\xe3\x81\x9f
--b1
Content-Type: image/png; name="p.png"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="p.png"

iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9
--b1--
""",
    b"""From: Hanako <hanako@customer.example.org>
To: support@example.test
Subject: Re: order
Date: Mon, 23 Nov 2026 10:10:00 +0900
Message-ID: <3@customer.example.org>
In-Reply-To: <1@customer.example.org>

Hello?
""",
)


@dataclass
class Place:
    """One company."""

    kind: str
    provider: AnyServer
    proxy: Installation
    sink: SmtpSink


class Places:
    """The companies of all kinds, started side by side."""

    def __init__(self, certificates: Certificates, kinds: Sequence[str] = KINDS) -> None:
        self._certificates = certificates
        self._kinds = kinds
        self._running = ExitStack()
        self._found: dict[str, Place] = {}

    def __getitem__(self, kind: str) -> Place:
        return self._found[kind]

    def open(self) -> None:
        # Servers are children of the thread that starts them, and end with it.
        providers = [self._started(kind) for kind in self._kinds]
        with ThreadPoolExecutor(len(self._kinds)) as pool:
            for place in pool.map(self._opened, self._kinds, providers):
                self._found[place.kind] = place

    def close(self) -> None:
        self._running.close()

    def _started(self, kind: str) -> AnyServer:
        provider = MAKERS[kind](certificates=self._certificates)
        self._running.callback(provider.close)
        provider.start()
        return provider

    def _opened(self, kind: str, provider: AnyServer) -> Place:
        for raw in ENQUIRIES:
            provider.deliver(raw)
        sink = SmtpSink(
            certificates=self._certificates, user=provider.user, password=provider.password
        )
        self._running.enter_context(sink.in_thread())
        directory = Path(tempfile.mkdtemp(prefix="proxyd-"))
        self._running.callback(shutil.rmtree, directory, ignore_errors=True)
        proxy = Installation(directory, self._certificates)
        user = provider.user.replace("@", "%40")
        url = f"smtps://{user}@127.0.0.1:{sink.port}"
        proxy.set_up(provider, url, provider.password)  # type: ignore[arg-type]
        proxy.add_person("chief", "The Chief", "support:manage")
        proxy.start()
        self._running.callback(proxy.close)
        proxy.wait_synced(len(ENQUIRIES))
        return Place(kind, provider, proxy, sink)


# What is another number on another server, or at another time, and means nothing to a client.
_FREE = (
    (re.compile(rb"(UIDVALIDITY) \d+"), rb"\1 N"),
    (re.compile(rb"(APPENDUID|COPYUID) \d+"), rb"\1 N"),
    (re.compile(rb'(INTERNALDATE|SAVEDATE) "[^"]*"'), rb'\1 "D"'),
    (re.compile(rb"(MAILBOXID|EMAILID|THREADID) \(\w+\)"), rb"\1 (I)"),
    (re.compile(rb"(HIGHESTMODSEQ) \d+"), rb"\1 N"),
    (re.compile(rb"(MODSEQ) \(\d+\)"), rb"\1 (N)"),
    (re.compile(rb"(MODSEQ) \d+"), rb"\1 N"),
)


_FLAGS = re.compile(rb"(?<=FLAGS \()[^)]*")


def without_numbers(lines: list[bytes]) -> list[bytes]:
    """And with flags in one order: they are a set."""
    found: list[bytes] = []
    for line in lines:
        for pattern, instead in _FREE:
            line = pattern.sub(instead, line)  # noqa: PLW2901
        found.append(_FLAGS.sub(lambda flags: b" ".join(sorted(flags[0].split())), line))
    return found
