"""A bare IMAP client for measuring: one socket, no parsing beyond finding the end of an answer."""

from __future__ import annotations

import re
import socket

_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")
READ = 262_144


class BareClient:
    """Over plain TCP on loopback, so that both sides are measured without TLS."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._tag = 0
        self.line()

    def line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _more(self) -> None:
        data = self._socket.recv(READ)
        if not data:
            raise ConnectionError("closed")
        self._buffer += data

    def command(self, text: str) -> bytes:
        """Everything up to the tagged line; raises AssertionError unless that is OK."""
        self._tag += 1
        tag = b"t%d" % self._tag
        self._socket.sendall(tag + b" " + text.encode() + b"\r\n")
        # The tag can't stand at a line's start within our own corpus.
        end = re.compile(rb"(?:^|\r\n)" + tag + rb" ([^\r\n]*)\r\n")
        parts = [self._buffer]
        size = len(self._buffer)
        while True:
            tail = b"".join(parts[-2:])[-600:]
            found = end.search(tail) if tail.endswith(b"\r\n") else None
            if found and tail.endswith(found[0]):
                self._buffer = b""
                assert found[1].startswith(b"OK"), found[1]
                return b"".join(parts)
            data = self._socket.recv(READ)
            if not data:
                raise ConnectionError("closed")
            parts.append(data)
            size += len(data)

    def idle(self) -> None:
        self._tag += 1
        self._socket.sendall(b"t%d IDLE\r\n" % self._tag)
        self.line()

    def wait_for(self, word: bytes) -> None:
        """Until an untagged line of an IDLE contains ``word``."""
        while word not in self.line():
            pass

    def done(self) -> None:
        self._socket.sendall(b"DONE\r\n")
        self.wait_for(b"t%d OK" % self._tag)

    def close(self) -> None:
        self._socket.close()
