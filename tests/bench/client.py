"""A bare IMAP client for measuring: one socket, no parsing beyond finding the end of an answer."""

from __future__ import annotations

import re
import socket
import ssl
import time

READ = 262_144
TAIL = 600  # octets of an answer's end in which its tagged line is looked for
PATIENCE_S = 120.0


class BareClient:
    """Over plain TCP on loopback, or over TLS from the start where ``trust`` is given."""

    def __init__(self, port: int, trust: ssl.SSLContext | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if trust is not None:
            self._socket = trust.wrap_socket(self._socket, server_hostname="localhost")
        self._buffer = b""
        self._tag = 0
        self.line()

    def line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            data = self._socket.recv(READ)
            if not data:
                raise ConnectionError("closed")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def command(self, text: str) -> bytes:
        """Everything up to the tagged line; raises AssertionError unless that is OK."""
        parts: list[bytes] = []
        self._ask(text, parts)
        return b"".join(parts)

    def drain(self, text: str) -> int:
        """As ``command``, with nothing kept: the octets of the answer."""
        return self._ask(text, None)

    def _ask(self, text: str, parts: list[bytes] | None) -> int:
        self._tag += 1
        tag = b"t%d" % self._tag
        self._socket.sendall(tag + b" " + text.encode() + b"\r\n")
        # The tag can't stand at a line's start within our own corpus.
        end = re.compile(rb"(?:\A|\r\n)" + tag + rb" ([^\r\n]*)\r\n\Z")
        tail, size = self._buffer, len(self._buffer)
        self._buffer = b""
        if parts is not None:
            parts.append(tail)
        room = bytearray(READ)
        view = memoryview(room)
        while True:
            found = end.search(tail)
            if found:
                if not found[1].startswith(b"OK"):
                    raise AssertionError(f"{text[:80]}: {found[1].decode(errors='replace')}")
                return size
            got = self._socket.recv_into(view)
            if not got:
                raise ConnectionError("closed")
            size += got
            if parts is not None:
                parts.append(bytes(view[:got]))
            tail = tail[-TAIL:] + bytes(view[max(0, got - TAIL) : got])

    def idle(self) -> None:
        self._tag += 1
        self._socket.sendall(b"t%d IDLE\r\n" % self._tag)
        while not self.line().startswith(b"+"):
            pass

    def wait_for(self, word: bytes) -> None:
        """Until an untagged line of an IDLE contains ``word``."""
        while word not in self.line():
            pass

    def done(self) -> None:
        self._socket.sendall(b"DONE\r\n")
        self.wait_for(b"t%d OK" % self._tag)

    def close(self) -> None:
        self._socket.close()


def waiting_for(port: int, seconds: float) -> bool:
    """Whether somebody listens on the port before the seconds are over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False
