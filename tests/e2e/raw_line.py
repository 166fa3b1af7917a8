"""A connection to one of the doors with nothing between the test and the octets.

For what no well-behaved client sends. Every read has a limit in time, so that a proxy that says
nothing fails a test instead of stopping it.
"""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path
from types import TracebackType

from tests.e2e.installation import PASSWORD, Installation
from tests.patience import PATIENCE_S

READ = 65_536
_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")


class RawLine:
    """``door`` is a name in ``Installation.ports``; those ending in "-tls" begin with TLS."""

    def __init__(self, proxy: Installation, door: str, receive_buffer: int = 0) -> None:
        self._trust = proxy.trust()
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(PATIENCE_S)
        self._socket.connect(("127.0.0.1", proxy.ports[door]))
        self._buffer = bytearray()  # bytes would be copied whole for each piece of a big mail
        if door.endswith("-tls"):
            self.start_tls()

    def __enter__(self) -> RawLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def start_tls(self) -> None:
        self._socket = self._trust.wrap_socket(self._socket, server_hostname="localhost")

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hang_up(self) -> None:
        """In the middle of everything, with a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._socket.close()

    # ------------------------------------------------------------------ reading

    def line(self) -> bytes:
        """One line with its literals; b"" at the end of the connection."""
        text = self._to_line_end()
        while literal := _LITERAL.search(text):
            text += self._exactly(int(literal[1])) + self._to_line_end()
        return text

    def answer(self, tag: bytes) -> list[bytes]:
        """All lines up to the one that begins with ``tag``, that one last."""
        lines: list[bytes] = []
        while True:
            lines.append(self.line())
            if lines[-1].startswith(tag + b" "):
                return lines
            assert lines[-1], f"closed before {tag!r} was answered: {lines}"

    def ask(self, command: bytes) -> list[bytes]:
        """Send a command with its tag, and its answer."""
        self.send(command + b"\r\n")
        return self.answer(command.split(b" ")[0])

    def reply(self) -> bytes:
        """One SMTP reply, all its lines."""
        text = self.line()
        while text.rpartition(b"\r\n")[0].rpartition(b"\r\n")[2][3:4] == b"-":
            text += self.line()
        return text

    def say(self, command: bytes) -> bytes:
        """An SMTP command and its reply."""
        self.send(command + b"\r\n")
        return self.reply()

    def receive(self) -> bytes:
        """Whatever octets come next, as they are; b"" at the end of the connection."""
        if not self._buffer:
            self._more()
        return self._all()

    def rest(self) -> bytes:
        """Everything until the proxy closes the connection, which it must."""
        while self._more():
            pass
        return self._all()

    def _all(self) -> bytes:
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def _to_line_end(self) -> bytes:
        while b"\n" not in self._buffer:
            if not self._more():
                return self._all()
        return self._exactly(self._buffer.index(b"\n") + 1)

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count and self._more():
            pass
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _more(self) -> bool:
        try:
            data = self._socket.recv(READ)
        except (ConnectionError, ssl.SSLError):  # closed without ceremony: still closed
            return False
        self._buffer += data
        return bool(data)


def signed_in(proxy: Installation, login: str = "anna", receive_buffer: int = 0) -> RawLine:
    line = RawLine(proxy, "imap-tls", receive_buffer)
    assert line.line().startswith(b"* OK ")
    assert line.ask(b'in LOGIN %b "%b"' % (login.encode(), PASSWORD.encode()))[-1][:5] == b"in OK"
    return line


def memory_kib(proxy: Installation) -> int:
    """What the process has in memory now."""
    return _of_status(proxy, "VmRSS")


def peak_kib(proxy: Installation) -> int:
    """The most it ever had."""
    return _of_status(proxy, "VmHWM")


def _of_status(proxy: Installation, name: str) -> int:
    status = Path(f"/proc/{proxy.pid}/status").read_text()
    return int(re.findall(rf"{name}:\s+(\d+)", status)[0])
