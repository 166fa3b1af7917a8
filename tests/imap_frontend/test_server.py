"""The doors themselves: real sockets and TLS, in a process of their own, in front of the fakes."""

from __future__ import annotations

import contextlib
import imaplib
import json
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from proxyd.demo.certificate import Certificates, make_ca
from tests.effort import effort_of_process_below
from tests.patience import PATIENCE_S, until

BIG = 20_000_000


@dataclass
class Served:
    process: subprocess.Popen[str]
    tls: int
    starttls: int
    context: ssl.SSLContext

    def plain(self, port: int) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)

    def secure(self) -> ssl.SSLSocket:
        return self.context.wrap_socket(self.plain(self.tls), server_hostname="localhost")

    def imap(self) -> imaplib.IMAP4_SSL:
        client = imaplib.IMAP4_SSL(
            "localhost", self.tls, ssl_context=self.context, timeout=PATIENCE_S
        )
        client.login("anna", "secret")
        return client

    def memory(self) -> int:
        """Resident octets."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def spools(self) -> int:
        """Open files that have no name any more."""
        return sum("(deleted)" in _target(one) for one in self._descriptors())

    def wait_for_spools(self, count: int) -> None:
        for _ in range(250):
            if self.spools() == count:
                return
            time.sleep(0.02)
        raise AssertionError(f"{self.spools()} spools are open, not {count}")

    def _descriptors(self) -> list[Path]:
        own = Path(f"/proc/{self.process.pid}/fd").iterdir()
        return [one for one in own if int(one.name) > 2]  # what pytest captures has no name either


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def serve(certificates: Certificates) -> Iterator[Callable[..., Served]]:
    processes: list[subprocess.Popen[str]] = []

    def start(**options: object) -> Served:
        script = Path(__file__).with_name("serve_fakes.py")
        files = [str(certificates.certificate), str(certificates.key)]
        command = [sys.executable, str(script), *files, json.dumps(options)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        tls, starttls = json.loads(process.stdout.readline())
        context = ssl.create_default_context(cafile=str(certificates.ca))
        return Served(process, tls, starttls, context)

    yield start
    for process in processes:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="module")
def served(serve: Callable[..., Served]) -> Served:
    return serve()


def read_until(sock: socket.socket, end: bytes) -> bytes:
    data = b""
    while end not in data:
        piece = sock.recv(65536)
        if not piece:
            break
        data += piece
    return data


def read_all(sock: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while piece := sock.recv(65536):
            data += piece
    return data


def test_implicit_tls(served: Served) -> None:
    client = served.imap()
    assert client.select("INBOX") == ("OK", [b"10"])
    kind, rows = client.fetch("6", "(UID BODY.PEEK[TEXT])")
    assert kind == "OK"
    assert len(rows[0][1]) == BIG
    assert client.logout()[0] == "BYE"


def test_starttls(served: Served) -> None:
    client = imaplib.IMAP4("localhost", served.starttls, timeout=PATIENCE_S)
    assert "STARTTLS" in client.capabilities
    client.starttls(served.context)
    assert "STARTTLS" not in client.capabilities
    client.login("anna", "secret")
    assert client.select("INBOX")[0] == "OK"
    kind, rows = client.fetch("6", "(BODY.PEEK[TEXT])")
    assert kind == "OK" and len(rows[0][1]) == BIG
    client.logout()


def test_no_command_is_taken_from_before_the_handshake(served: Served) -> None:
    with served.plain(served.starttls) as sock:
        read_until(sock, b"ready\r\n")
        sock.sendall(b"a STARTTLS\r\nb LOGIN anna secret\r\n")
        assert read_all(sock) == (
            b"a BAD Nothing may follow STARTTLS\r\n* BYE something was sent ahead of encryption\r\n"
        )


def test_octets_in_clear_after_starttls_are_no_commands(served: Served) -> None:
    with served.plain(served.starttls) as sock:
        read_until(sock, b"ready\r\n")
        sock.sendall(b"a STARTTLS\r\n")
        read_until(sock, b"a OK begin TLS\r\n")
        sock.sendall(b"b LOGIN anna secret\r\n")
        assert b"b OK" not in read_all(sock)


def test_garbage_instead_of_tls(served: Served) -> None:
    with served.plain(served.tls) as sock:
        sock.sendall(b"a LOGIN anna secret\r\n" * 10)
        assert b"OK" not in read_all(sock)
    served.imap().logout()


def test_one_packet_an_octet(served: Served) -> None:
    with served.secure() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        read_until(sock, b"ready\r\n")
        for octet in b"a LOGIN {4}\r\n":
            sock.send(bytes([octet]))
        assert read_until(sock, b"+ go on\r\n")
        for octet in b"anna secret\r\nb LOGOUT\r\n":
            sock.send(bytes([octet]))
        said = read_all(sock)
    assert b"a OK" in said and b"b OK" in said


@pytest.mark.parametrize("door", ["tls", "starttls"])
def test_reading_stops_while_a_command_runs_and_goes_on(served: Served, door: str) -> None:
    """A wrong password takes a second here; most of a megabyte is sent meanwhile, in commands with
    long tags: the octets fill the buffers, and each command costs."""
    tag = b"b" * 64
    with served.secure() if door == "tls" else served.plain(served.starttls) as sock:
        read_until(sock, b"ready\r\n")
        count = 12_000
        sock.sendall(b"a LOGIN anna wrong\r\n" + b"%b NOOP\r\n" % tag * count + b"c LOGOUT\r\n")
        said = read_all(sock)
    assert b"a NO [AUTHENTICATIONFAILED]" in said
    assert said.count(b"%b OK done\r\n" % tag) == count
    assert said.endswith(b"c OK done\r\n")


def test_line_without_end(served: Served) -> None:
    with served.secure() as sock:
        read_until(sock, b"ready\r\n")
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            for _ in range(1000):
                sock.send(b"x" * 10_000)
        said = read_all(sock)
    assert said == b"" or b" BAD " in said


def test_big_append(served: Served) -> None:
    client = served.imap()
    kind, [answer] = client.append("Sent", "(\\Seen)", None, b"x: y\r\n\r\n" + b"m" * BIG)
    assert (kind, answer[:10]) == ("OK", b"[APPENDUID")
    client.logout()


def test_slow_readers_cost_little_and_go(serve: Callable[..., Served]) -> None:
    """Ten ask for 100 MB each and read nothing; an eleventh does not notice."""
    served = serve(stall_s=1.5)
    served.imap().logout()
    before = served.memory()
    slow = [served.secure() for _ in range(10)]
    for sock in slow:
        sock.sendall(b"a LOGIN anna secret\r\nb SELECT INBOX\r\nc FETCH 6:* BODY.PEEK[]\r\n")
    time.sleep(0.7)
    grown = served.memory() - before
    with effort_of_process_below(served.process.pid, 1):
        client = served.imap()
        client.select("INBOX")
        assert client.fetch("1:10", "(FLAGS)")[0] == "OK"
    client.logout()
    # Each message is 20 MB and in memory once, whoever reads it: what grows is queues.
    assert grown < 10 * 4_000_000, grown
    time.sleep(1.5)
    for sock in slow:
        said = read_all(sock)
        assert b"c FETCH" not in said and b"c OK" not in said
        assert len(said) < 5 * BIG
        sock.close()


def test_handshake_that_never_comes(serve: Callable[..., Served]) -> None:
    served = serve(handshake_s=0.3)
    with served.plain(served.tls) as sock:
        assert read_all(sock) == b""


def test_before_anybody_has_signed_in_it_speaks_the_installation_s_language(
    serve: Callable[..., Served],
) -> None:
    served = serve(language="ja", failure_delay_s=0, connections_per_address=1)
    with served.secure() as sock:
        sock.sendall(b"a LOGIN anna wrong\r\n")
        said = read_until(sock, b"a NO")
        while not said.endswith(b"\r\n"):
            said += sock.recv(4096)
        assert "ユーザー名またはパスワードが違います。" in said.decode()


def test_connections_per_address(serve: Callable[..., Served]) -> None:
    served = serve(connections_per_address=2)
    held = [served.secure() for _ in range(2)]
    for sock in held:
        sock.sendall(b"a LOGIN anna secret\r\n")
        read_until(sock, b"a OK")
    with served.plain(served.starttls) as third:
        assert read_all(third) == b"* BYE too many connections from your address\r\n"
    held.pop().close()
    for _ in range(50):
        with served.plain(served.starttls) as again:
            if b"ready" in read_until(again, b"\r\n"):
                return
        time.sleep(0.02)
    raise AssertionError("the seat was not given back")


def test_the_end_comes_within_a_second_to_everybody(serve: Callable[..., Served]) -> None:
    served = serve()
    idle = served.imap()
    idle.select("INBOX")
    idle.send(b"x IDLE\r\n")
    slow = served.secure()
    slow.sendall(b"a LOGIN anna secret\r\nb SELECT INBOX\r\nc FETCH 6:* BODY.PEEK[]\r\n")
    never = served.plain(served.tls)
    time.sleep(0.5)
    served.process.send_signal(signal.SIGTERM)
    assert b"* BYE the server is being restarted" in read_all(idle.sock)
    assert read_all(never) == b""
    assert served.process.wait(PATIENCE_S) == 0
    slow.close()
    never.close()
    idle.sock.close()


def test_address_in_use_is_an_oserror(served: Served, certificates: Certificates) -> None:
    """And nothing stays open of the doors before it."""
    code = (
        "import asyncio, sys\n"
        "from proxyd.runtime import run\n"
        "class Nobody:\n"
        "    knows = staticmethod(lambda place: False)\n"
        "async def start(lifetime):\n"
        "    from twisted.internet import reactor\n"
        "    from imap_frontend.options import ListenAddress, Meter, Options\n"
        "    from imap_frontend.server import listen\n"
        f"    ports = 0, {served.tls}\n"
        "    doors = [ListenAddress('127.0.0.1', port, False) for port in ports]\n"
        "    try:\n"
        "        await listen(doors, sign_in=Nobody(), front=None, tls=None, reactor=reactor,\n"
        "                     options=Options(), meter=Meter())\n"
        "    except OSError as error:\n"
        "        print(error, len(reactor.getReaders()))\n"
        "    lifetime.stop('done')\n"
        "run(start)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert str(served.tls) in done.stdout


# ---------------------------------------------------------------- uploads that are cut

HALF = b"m" * 400_000  # above what stays in memory
CUTS = {
    "in a literal": b"b APPEND INBOX {1000000+}\r\n" + HALF,
    "in the second message": b"b APPEND INBOX {400000+}\r\n" + HALF + b" {400000+}\r\n" + HALF[:9],
    "in a part of many": b"b APPEND INBOX CATENATE (TEXT {400000+}\r\n" + HALF + b" TEXT {9+}\r\nx",
    "behind a literal": b"b APPEND INBOX {400000+}\r\n" + HALF,
}


def leave(sock: ssl.SSLSocket, *, how: str) -> None:
    if how == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@pytest.mark.parametrize("how", ["closed", "reset"])
@pytest.mark.parametrize("where", CUTS)
def test_an_upload_that_is_cut_leaves_no_file(served: Served, where: str, how: str) -> None:
    held = [served.secure() for _ in range(18)]
    for sock in held:
        sock.sendall(b"a LOGIN anna secret\r\n" + CUTS[where])
    served.wait_for_spools(len(held))
    for sock in held:
        leave(sock, how=how)
    served.wait_for_spools(0)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"b APPEND Nowhere {400000+}\r\n" + HALF + b"\r\n", b"b NO "),
        (b"b APPEND INBOX {400000+}\r\n" + HALF + b" nonsense\r\n", b"b BAD "),
        (b"b APPEND INBOX {400000+}\r\n" + HALF + b" {99999999999}\r\n", b"b NO [TOOBIG]"),
        (b"b APPEND INBOX {400000+}\r\n" + HALF[:-1] + b"\0\r\n", b"b NO "),
        (b"b APPEND INBOX {400000+}\r\n" + HALF + b"\r\n", b"b OK "),
    ],
)
def test_an_upload_that_came_to_its_end_leaves_no_file(
    served: Served, command: bytes, answer: bytes
) -> None:
    with served.secure() as sock:
        sock.sendall(b"a LOGIN anna secret\r\n" + command)
        assert answer in read_until(sock, answer)
        served.wait_for_spools(0)


def test_who_is_thrown_out_in_mid_upload_leaves_no_file(serve: Callable[..., Served]) -> None:
    served = serve(idle_s=1.0)
    with served.secure() as sock:
        sock.sendall(b"a LOGIN anna secret\r\n" + CUTS["in a literal"])
        served.wait_for_spools(1)
        read_all(sock)
        served.wait_for_spools(0)


# ---------------------------------------------------------------- handshakes begun and left


def _is_over(sock: socket.socket) -> bool:
    """Has the proxy ended this connection? What it has said before is read away."""
    sock.setblocking(False)
    try:
        while sock.recv(4096):
            pass
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize("door", ["tls", "starttls", "both"])
def test_who_never_signs_in_keeps_nobody_out(serve: Callable[..., Served], door: str) -> None:
    """Silent, with half a handshake, or left after STARTTLS."""
    served = serve(connections=40, connections_per_address=30)
    colleague = served.imap()
    held = []
    for number in range(150):
        port = served.tls if door == "tls" or (door == "both" and number % 2) else served.starttls
        sock = served.plain(port)
        held.append(sock)
        with contextlib.suppress(ConnectionError):
            sock.sendall(b"\x16\x03\x01" if port == served.tls else b"a STARTTLS\r\n")
    # Who is accepted after a newcomer turns out the newcomer as well: it comes after the storm.
    until(lambda: sum(map(_is_over, held)) == 150 - (30 - 1))
    another = served.imap()
    assert another.select("INBOX")[0] == "OK"
    assert colleague.select("INBOX")[0] == "OK"
    assert len(served._descriptors()) < 80
    another.logout()
    colleague.logout()
    for sock in held:
        sock.close()


def test_a_starttls_begun_and_left_has_a_time_limit(serve: Callable[..., Served]) -> None:
    served = serve(handshake_s=0.3)
    with served.plain(served.starttls) as sock:
        sock.sendall(b"a STARTTLS\r\n")
        assert read_all(sock).endswith(b"a OK begin TLS\r\n")


# ---------------------------------------------------------------- turns that come late


def test_what_is_said_before_ones_turn_is_heard_when_it_comes(serve: Callable[..., Served]) -> None:
    served = serve(turns_late_s=0.2)
    first = served.imap()
    with imaplib.IMAP4("localhost", served.starttls, timeout=PATIENCE_S) as second:
        second.starttls(served.context)
        second.login("anna", "secret")
        for client in (first, second):
            assert client.select("INBOX")[0] == "OK"
    first.logout()


def test_who_leaves_before_their_turn_leaves_nothing(serve: Callable[..., Served]) -> None:
    served = serve(turns_late_s=0.05)
    before = len(served._descriptors())
    for number in range(20):
        port = served.tls if number % 2 else served.starttls
        with served.plain(port) as sock:
            sock.sendall(b"\x16\x03\x01" if number % 2 else b"a STARTTLS\r\n")
    served.imap().logout()  # its turn comes behind theirs
    until(lambda: len(served._descriptors()) <= before)
