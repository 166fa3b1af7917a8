"""A server that does as its script says, for what no real server can be made to do.

A script is an async function that is given a Wire for each connection; it plays the server. What it
expects and does not get is raised again by ``Scripted`` when the test ends.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from types import TracebackType

from proxyd.domain.types import Server

CAPABILITIES = b"IMAP4rev1 LITERAL+ SASL-IR IDLE UIDPLUS MOVE"
GREETING = b"* OK [CAPABILITY %b AUTH=PLAIN] hello\r\n" % CAPABILITIES
SIGNED_IN = b"OK [CAPABILITY %b] welcome\r\n" % CAPABILITIES
PATIENCE = 5.0


class Wire:
    """One connection, seen from the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.tag = b""

    async def say(self, *lines: bytes) -> None:
        self.writer.write(b"".join(lines))
        await self.writer.drain()

    async def line(self) -> bytes:
        """The next line, without its end; b"" at the end of the connection."""
        async with asyncio.timeout(PATIENCE):
            return (await self.reader.readline()).rstrip(b"\r\n")

    async def text(self) -> None:
        """A mail's lines up to the final dot, or to the end of the connection."""
        while await self.line() != b"." and not self.reader.at_eof():
            pass

    async def expect(self, pattern: bytes) -> re.Match[bytes]:
        """A command whose text (behind the tag) is like ``pattern``; remembers its tag."""
        line = await self.line()
        self.tag, _, text = line.partition(b" ")
        found = re.fullmatch(pattern, text, re.DOTALL)
        assert found, f"expected {pattern!r}, got {line!r}"
        return found

    async def ok(self, *untagged: bytes, text: bytes = b"OK done\r\n") -> None:
        """Untagged lines, and the tagged answer to the last command."""
        await self.say(*untagged, self.tag + b" " + text)

    async def sign_in(self, *, capabilities: bytes = CAPABILITIES) -> None:
        await self.say(b"* OK [CAPABILITY %b AUTH=PLAIN] hello\r\n" % capabilities)
        await self.expect(rb"AUTHENTICATE PLAIN .*")
        await self.ok(text=b"OK [CAPABILITY %b] welcome\r\n" % capabilities)

    async def select(self, *more: bytes, name: bytes = rb"(EXAMINE|SELECT) INBOX") -> None:
        await self.expect(name)
        await self.ok(b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\n", *more)

    def close(self) -> None:
        self.writer.transport.abort()


Script = Callable[[Wire], Awaitable[None]]


class Scripted:
    """``async with Scripted(first, second) as fake``: a script per connection, the last again"""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self._errors: list[BaseException] = []
        self._wires: list[Wire] = []
        self.connections = 0
        self.server = Server("127.0.0.1", 0, "plain", "support@example.test")

    async def __aenter__(self) -> Scripted:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._listener.sockets[0].getsockname()[1]
        self.server = Server("127.0.0.1", port, "plain", "support@example.test")
        return self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(reader, writer)
        self._wires.append(wire)
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        try:
            await script(wire)
        except (ConnectionError, asyncio.CancelledError):
            pass
        except BaseException as error:
            self._errors.append(error)
        finally:
            wire.close()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
        for wire in self._wires:
            wire.close()
        await asyncio.sleep(0)
        if self._errors and error is None:
            raise self._errors[0]


async def silence(wire: Wire) -> None:
    """Say nothing and take everything, for ever."""
    while await wire.reader.read(65536):
        pass
