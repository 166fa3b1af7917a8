"""Octets from a server → whole responses: lines with their literals, the last CRLF cut off."""

from __future__ import annotations

import re

from tests.strict.cursor import Violation

_LITERAL = re.compile(rb"\{([0-9]+)\}\Z")
LINE_MAX = 8 * 1024 * 1024  # a VANISHED or SEARCH of a big folder; more is a server that went mad


class Splitter:
    def __init__(self) -> None:
        self._buffer = b""
        self._literal_until = 0  # octets up to here belong to the response whatever they are

    def feed(self, data: bytes) -> list[bytes]:
        self._buffer += data
        whole: list[bytes] = []
        while (response := self._next()) is not None:
            whole.append(response)
        return whole

    @property
    def rest(self) -> bytes:
        """What has no end yet."""
        return self._buffer

    def _next(self) -> bytes | None:
        while True:
            end = self._buffer.find(b"\n", self._literal_until)
            if end < 0:
                if len(self._buffer) - self._literal_until > LINE_MAX:
                    raise Violation("a line without end")
                return None
            line = self._buffer[self._literal_until : end]
            if not line.endswith(b"\r") or b"\r" in line[:-1] or b"\0" in line:
                raise Violation(f"a line that is none: {line!r}")
            literal = _LITERAL.search(line[:-1])
            if literal is None:
                response, self._buffer = self._buffer[: end - 1], self._buffer[end + 1 :]
                self._literal_until = 0
                return response
            until = end + 1 + int(literal[1])
            if len(self._buffer) < until:
                return None
            self._literal_until = until
