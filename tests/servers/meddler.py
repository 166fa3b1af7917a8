"""A line in the middle: passes octets between an IMAP client and a server, until told otherwise.

So that a client meets, at any point of a real session, what no real server would do. A change of
``mode`` breaks the connections that stand; the next ones meet the new mode from their greeting on.
Runs in a thread of its own.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Callable

CHUNK = 65_536
ENDLESS = 96 * 1024 * 1024  # what an endless mode sends at most, for the sake of this machine

Relay = Callable[[socket.socket, socket.socket], None]


class Meddler:
    """Listens on ``port`` of 127.0.0.1, in front of ``server_port``."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._mode = "pass"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        # Only a shutdown wakes the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.set_mode("closed")

    def set_mode(self, mode: str) -> None:
        """One of MODES."""
        self._mode = mode
        with self._lock:
            for line in self._open:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    @property
    def connections(self) -> int:
        """How many stand."""
        with self._lock:
            return len(self._open) // 2

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._server_port))
        with self._lock:
            self._open |= {client, server}
        relay = MODES[self._mode]
        threading.Thread(target=_quietly, args=(_pass, client, server), daemon=True).start()
        _quietly(relay, server, client)
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()


def _quietly(relay: Relay, source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        relay(source, target)
    for line in (source, target):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def _pass(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(CHUNK):
        target.sendall(data)


def _mute(source: socket.socket, target: socket.socket) -> None:
    """Takes everything and says nothing, not even hello."""
    while source.recv(CHUNK):
        pass


def _garbage(source: socket.socket, target: socket.socket) -> None:
    dice = random.Random(1)
    target.sendall(dice.randbytes(CHUNK) + b"\r\n")
    while source.recv(CHUNK):
        target.sendall(dice.randbytes(CHUNK) + b"\r\n")


def _garbage_in_answers(source: socket.socket, target: socket.socket) -> None:
    """A real server up to its first FETCH row; then the row is nonsense."""
    while data := source.recv(CHUNK):
        target.sendall(data.replace(b"FETCH (", b"FETCH ) \x00\xff(({5 "))


def _close_in_literal(source: socket.socket, target: socket.socket) -> None:
    """Ten octets into the first literal the line is gone."""
    while data := source.recv(CHUNK):
        head, brace, rest = data.partition(b"}\r\n")
        target.sendall(head + brace + rest[:10] if brace else data)
        if brace:
            return


def _line_without_end(source: socket.socket, target: socket.socket) -> None:
    target.sendall(b"* OK [CAPABILITY IMAP4rev1 IDLE] ")
    for _ in range(ENDLESS // CHUNK):
        target.sendall(b"a" * CHUNK)


def _literal_without_end(source: socket.socket, target: socket.socket) -> None:
    """The sizes of literals are lies, and octets come until they are true."""
    while data := source.recv(CHUNK):
        head, brace, rest = data.rpartition(b"}\r\n")
        if not brace:
            target.sendall(data)
            continue
        target.sendall(head.rpartition(b"{")[0] + b"{400000000}\r\n" + rest)
        for _ in range(ENDLESS // CHUNK):
            target.sendall(b"a" * CHUNK)
        return


MODES: dict[str, Relay] = {
    "pass": _pass,
    "mute": _mute,
    "garbage": _garbage,
    "garbage in answers": _garbage_in_answers,
    "close in mid-literal": _close_in_literal,
    "line without end": _line_without_end,
    "literal without end": _literal_without_end,
    "closed": lambda source, target: None,
}
