"""Malformed mail is served as the provider describes it, octet by octet, and breaks nothing.

Put straight into the Maildirs of a Dovecot and a Courier: no server would take it over the wire.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.malformed_mails import BIG, big_mail, malformed_mails
from tests.e2e.raw_line import peak_kib
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates
from tests.servers.courier import Courier
from tests.servers.cyrus import Cyrus
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

MAILS = malformed_mails()
COUNT = len(MAILS)
PIECE = 65_536
# The whole process, with everything of MAILS fetched whole: what one such mail makes the proxy hold
# is a few times its header and its structure (1 MB each), never its body.
PEAK_MIB = 180
# What streaming the mail of 50 MB may add to that.
BIG_MIB = 24

ATTRIBUTES = (
    b"ENVELOPE",
    b"BODYSTRUCTURE",
    b"BODY",
    b"RFC822.SIZE",
    b"INTERNALDATE",
    b"BODY.PEEK[]",
    b"BODY.PEEK[HEADER]",
    b"BODY.PEEK[TEXT]",
    b"BODY.PEEK[1]",
    b"BODY.PEEK[1.MIME]",
    b"BODY.PEEK[2]",
    b"BODY.PEEK[1.1.1]",
    b"BODY.PEEK[1.HEADER]",
    b"BODY.PEEK[]<0.7>",
    b"BODY.PEEK[]<3.100000000>",
    b"BODY.PEEK[TEXT]<99999999.5>",
    b"BODY.PEEK[HEADER.FIELDS (Subject From)]",
    b"BODY.PEEK[HEADER.FIELDS.NOT (Subject X-1)]",
)

KEYS = (
    b"ALL",
    b"SUBJECT odd",
    b"BODY hello",
    b"TEXT customer",
    b"FROM customer.example.org",
    b"HEADER Message-ID same@x.example",
    b'HEADER Subject ""',
    b"SENTSINCE 1-Jan-2020",
    b"LARGER 1000000",
    b"SMALLER 10",
    b"NOT KEYWORD x",
)


class Line:
    """A connection that knows literals and nothing else of IMAP."""

    def __init__(self, line: socket.socket, user: str, password: str) -> None:
        line.settimeout(PATIENCE_S)
        self._socket = line
        self._file = line.makefile("rb")
        self._file.readline()
        login = b'l LOGIN "%b" "%b"' % (user.encode(), password.encode())
        assert self.ask(login)[-1].startswith(b"l OK")

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, command: bytes) -> list[bytes]:
        """The answer's lines with their literals, the tagged one last."""
        self._socket.sendall(command + b"\r\n")
        tag = command.split(b" ")[0] + b" "
        lines: list[bytes] = []
        while not lines or not lines[-1].startswith(tag):
            lines.append(self._response())
        return lines

    def _response(self) -> bytes:
        text = self._file.readline()
        assert text, "closed"
        while literal := re.search(rb"\{(\d+)\}\r\n\Z", text):
            text += self._file.read(int(literal[1])) + self._file.readline()
        return text

    def digest(self, uid: int) -> tuple[int, str]:
        """Length and SHA-256 of a mail that is too big to hold twice."""
        self._socket.sendall(b"d UID FETCH %d (BODY.PEEK[])\r\n" % uid)
        literal = re.search(rb"\{(\d+)\}\r\n\Z", self._file.readline())
        assert literal
        size = left = int(literal[1])
        found = hashlib.sha256()
        while left:
            piece = self._file.read(min(PIECE, left))
            found.update(piece)
            left -= len(piece)
        while not self._file.readline().startswith(b"d OK"):
            pass
        return size, found.hexdigest()


@dataclass
class Place:
    provider: Dovecot | Courier
    proxy: Installation
    direct: Line
    ours: Line


def _installed(
    provider: Dovecot | Courier | Cyrus, certificates: Certificates, running: ExitStack
) -> Installation:
    directory = Path(tempfile.mkdtemp(prefix="proxyd-"))
    running.callback(shutil.rmtree, directory, ignore_errors=True)
    sink = SmtpSink(certificates=certificates, user=provider.user, password=provider.password)
    running.enter_context(sink.in_thread())
    proxy = Installation(directory, certificates)
    user = provider.user.replace("@", "%40")
    url = f"smtps://{user}@127.0.0.1:{sink.port}"
    proxy.set_up(provider, url, provider.password)  # type: ignore[arg-type]
    proxy.start()
    running.callback(proxy.close)
    return proxy


def _ours(proxy: Installation) -> Line:
    line = socket.create_connection(("localhost", proxy.ports["imap-tls"]))
    return Line(proxy.trust().wrap_socket(line, server_hostname="localhost"), "anna", PASSWORD)


def _direct(provider: Dovecot | Courier, proxy: Installation) -> Line:
    line = socket.create_connection(("localhost", provider.tls_port))
    covered = proxy.trust().wrap_socket(line, server_hostname="localhost")
    return Line(covered, provider.user, provider.password)


@pytest.fixture(scope="module", params=[Dovecot, Courier])
def place(request: pytest.FixtureRequest, certificates: Certificates) -> Iterator[Place]:
    with ExitStack() as running:
        provider = running.enter_context(request.param(certificates=certificates))
        for raw in MAILS.values():
            provider.deliver(raw, as_is=True)
        proxy = _installed(provider, certificates, running)
        proxy.wait_synced(COUNT)
        direct, ours = _direct(provider, proxy), _ours(proxy)
        running.callback(direct.close)
        running.callback(ours.close)
        for line in (direct, ours):
            assert line.ask(b"s EXAMINE INBOX")[-1].startswith(b"s OK")
        yield Place(provider, proxy, direct, ours)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_same_octets_as_directly(place: Place, attribute: bytes) -> None:
    for uid, name in enumerate(MAILS, 1):
        command = b"f UID FETCH %d (%b)" % (uid, attribute)
        ours, theirs = rows(place.ours.ask(command)), rows(place.direct.ask(command))
        assert ours == theirs, name


def test_the_old_name_of_the_header_has_the_same_octets(place: Place) -> None:
    """RFC 9051 Appendix E: it is but another name. Courier gives it some octets more."""
    for uid, name in enumerate(MAILS, 1):
        ours = rows(place.ours.ask(b"f UID FETCH %d (RFC822.HEADER)" % uid))
        theirs = rows(place.direct.ask(b"f UID FETCH %d (BODY.PEEK[HEADER])" % uid))
        assert ours == [row.replace(b"BODY[HEADER]", b"RFC822.HEADER", 1) for row in theirs], name


def rows(answer: list[bytes]) -> list[bytes]:
    """The untagged FETCHes without the UID, wherever the server puts it, and whether it was OK."""
    told = [line for line in answer if re.match(rb"\* \d+ FETCH ", line)]
    bare = [re.sub(rb"(?<=\()UID \d+ | ?UID \d+(?=\)\r\n\Z)", b"", line) for line in told]
    # The names of header fields are repeated as the client or as the server writes them.
    alike = [re.sub(rb"(?<=FIELDS)(\.NOT)? \([^)]*\)", rb"\1", line, count=1) for line in bare]
    return [*alike, answer[-1][:4]]


@pytest.mark.parametrize("key", KEYS)
def test_search_finds_what_the_provider_finds(place: Place, key: bytes) -> None:
    ours, theirs = (found(line.ask(b"s UID SEARCH " + key)) for line in (place.ours, place.direct))
    assert ours == theirs


def found(answer: list[bytes]) -> tuple[set[bytes], bytes]:
    """UIDs, and whether it was OK."""
    told = [line for line in answer if line.startswith(b"* SEARCH")]
    return set(b"".join(told).split()), answer[-1][:4]


def test_each_has_a_status_and_can_be_finished(place: Place) -> None:
    line = _ours(place.proxy)
    try:
        status = line.ask(b"a STATUS INBOX (MESSAGES UNSEEN)")[0]
        assert b"MESSAGES %d" % COUNT in status
        line.ask(b"b SELECT INBOX")
        flags = line.ask(b"c FETCH 1:* (FLAGS)")[:-1]
        assert len(flags) == COUNT
        assert all(b"$status-" in one for one in flags)
        assert line.ask(b"d STORE 1:* +FLAGS ($status-done)")[-1].startswith(b"d OK")
        assert b"EXISTS" in b"".join(line.ask(b"e SELECT Status/Done"))
        assert line.ask(b"f UID FETCH 1:* (BODY.PEEK[HEADER])")[-1].startswith(b"f OK")
    finally:
        line.close()


def test_memory_stays_bounded(place: Place) -> None:
    """Also with the mail of 50 MB, which two clients read at once."""
    before = peak_kib(place.proxy) // 1024
    assert before < PEAK_MIB
    place.provider.deliver(big_mail(), as_is=True)
    place.proxy.wait_synced(COUNT + 1)
    place.direct.ask(b"n NOOP")
    ours, second = _ours(place.proxy), _ours(place.proxy)
    try:
        for line in (ours, second):
            line.ask(b"s EXAMINE INBOX")
        expected = place.direct.digest(COUNT + 1)
        assert expected[0] > BIG
        assert ours.digest(COUNT + 1) == second.digest(COUNT + 1) == expected
    finally:
        ours.close()
        second.close()
    assert peak_kib(place.proxy) // 1024 - before < BIG_MIB
