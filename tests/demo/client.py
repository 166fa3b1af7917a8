"""A bare IMAP client for dialogues: sends text, returns the server's lines with their literals."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re

_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")
PATIENCE = 5.0  # seconds; a server that says nothing fails the test instead of hanging it


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._tags = itertools.count(1)
        self.port = 0
        self.untagged: list[bytes] = []  # of the last command, without "* " and CRLF

    @classmethod
    async def connect(cls, port: int) -> Client:
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        client.port = port
        client.untagged = [await client.line()]
        return client

    async def line(self) -> bytes:
        """The next response; b"" at the end of the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self._response()
            except ConnectionError:  # closed by the server while octets of ours were on their way
                return b""

    async def _response(self) -> bytes:
        line = await self._reader.readline()
        while match := _LITERAL.search(line):
            line += await self._reader.readexactly(int(match[1]))
            line += await self._reader.readline()
        return line.removesuffix(b"\r\n").removeprefix(b"* ")

    def send(self, octets: bytes) -> None:
        self._writer.write(octets)

    async def command(self, text: str | bytes) -> bytes:
        """The tagged answer without its tag; what came before it is in ``untagged``."""
        tag = b"t%d" % next(self._tags)
        octets = text.encode() if isinstance(text, str) else text
        self.send(tag + b" " + octets + b"\r\n")
        return await self.answer(tag)

    async def answer(self, tag: bytes) -> bytes:
        self.untagged = []
        while True:
            line = await self.line()
            assert line, "connection closed"
            if line.startswith(tag + b" "):
                return line[len(tag) + 1 :]
            self.untagged.append(line)

    async def ok(self, text: str | bytes) -> list[bytes]:
        """Untagged responses of a command that must succeed."""
        answer = await self.command(text)
        assert answer.startswith(b"OK"), answer
        return self.untagged

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
