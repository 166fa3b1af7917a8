"""A provider that misbehaves: a real Dovecot behind a line that rewrites what it says.

Each of its users is another kind of bad: a ``Quirk`` answers commands in the server's place, cuts
the line, or rewrites whole responses (literals included). Without one everything passes.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.front import Front, first_of

_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n\Z")
_UNASKED = re.compile(rb"\{(\d+)\+\}\r\n\Z")  # a literal that comes whatever is said
CUT = b"<cut>"  # instead of an answer: the connection is gone


@dataclass(frozen=True)
class Quirk:
    """``instead`` gets a command without its tag: None passes it on, CUT ends the connection, other
    octets are the answer, TAG standing for its tag. ``say`` gets each response (with its literals
    and CRLF) and returns what comes instead. Both are told the folder that is open.
    """

    instead: Callable[[bytes, str], bytes | None] = lambda command, folder: None
    say: Callable[[bytes, str], bytes] = lambda response, folder: response


FAITHFUL = Quirk()


@dataclass
class _Line:
    quirk: Callable[[], Quirk] = lambda: FAITHFUL
    folder: str = ""
    asked: list[bytes] = field(default_factory=list)


class HostileProvider:
    """``quirks`` by user; may be changed at any time."""

    def __init__(self, dovecot: Dovecot, certificates: Certificates) -> None:
        self.quirks: dict[str, Quirk] = {}
        self.asked: dict[str, list[bytes]] = {}  # commands by user, without their tags
        self._dovecot = dovecot
        self._front = Front(certificates, self._serve)

    @property
    def port(self) -> int:
        return self._front.port

    def start(self) -> None:
        self._front.start()

    def stop(self) -> None:
        self._front.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, commands = await asyncio.open_connection("127.0.0.1", self._dovecot.plain_port)
        line = _Line()
        try:
            await first_of(
                self._commands(line, reader, commands, writer), self._answers(line, answers, writer)
            )
        finally:
            commands.close()

    async def _commands(
        self,
        line: _Line,
        reader: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
    ) -> None:
        while text := await reader.readline():
            tag, _, command = text.rstrip(b"\r\n").partition(b" ")
            self._note(line, command)
            answer = line.quirk().instead(command, line.folder)
            if answer is not None:
                if unasked := _UNASKED.search(text):
                    await reader.readexactly(int(unasked[1]))
                    await reader.readline()
                client.write(answer.removesuffix(CUT).replace(b"TAG", tag))
                await client.drain()
                if answer.endswith(CUT):
                    return
                continue
            server.write(text)
            await server.drain()

    def _note(self, line: _Line, command: bytes) -> None:
        line.asked.append(command)
        if command.upper().startswith(b"AUTHENTICATE PLAIN "):
            user = base64.b64decode(command.split()[2]).split(b"\0")[1].decode()
            line.quirk = lambda: self.quirks.get(user, FAITHFUL)
            line.asked = self.asked.setdefault(user, [])
        opens = re.match(rb"(?:SELECT|EXAMINE) \"?([^\"]+)\"?", command, re.IGNORECASE)
        if opens is not None:
            line.folder = opens[1].decode()

    async def _answers(
        self, line: _Line, server: asyncio.StreamReader, client: asyncio.StreamWriter
    ) -> None:
        while text := await server.readline():
            while literal := _LITERAL.search(text):
                text += await server.readexactly(int(literal[1])) + await server.readline()
            said = line.quirk().say(text, line.folder)
            client.write(said.removesuffix(CUT))
            await client.drain()
            if said.endswith(CUT):
                return
