"""IMAP4rev1 as RFC 3501 has it and not one word more, for tests: no LITERAL+, UIDPLUS, MOVE, IDLE.

A strict door in front of a Dovecot: what RFC 3501 does not know is answered BAD, and what the
server adds of its own accord (response codes, LIST attributes) is left out. A proxy that counts on
anything it was not promised fails here, where a server that only hides its capabilities obliges.
"""

from __future__ import annotations

import asyncio
import re
from types import TracebackType

from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_configuration import CAPABILITIES, Extra
from tests.servers.front import Front, first_of

# RFC 3501 §6.
COMMANDS = frozenset(
    b"CAPABILITY NOOP LOGOUT LOGIN SELECT EXAMINE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE LIST"
    b" LSUB STATUS APPEND CHECK CLOSE EXPUNGE SEARCH FETCH STORE COPY UID".split()
)
UID_COMMANDS = frozenset(b"COPY FETCH STORE SEARCH".split())
STATUS_ITEMS = frozenset(b"MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN".split())
# What belongs to extensions, wherever it stands in a command outside its strings.
FOREIGN = re.compile(
    rb"\b(RETURN|CHANGEDSINCE|UNCHANGEDSINCE|MODSEQ|CONDSTORE|QRESYNC|VANISHED|BINARY|PREVIEW"
    rb"|SAVEDATE|EMAILID|THREADID|YOUNGER|OLDER|HIGHESTMODSEQ)\b",
    re.IGNORECASE,
)
# Strings, and the header fields of a section: "Return-Path" is no RETURN.
STRING = re.compile(rb'"(?:[^"\\]|\\.)*"|\[[^\]]*\]')
LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
# RFC 3501 §7.1 and §7.2.2.
CODES = re.compile(
    rb"\[(?!ALERT|BADCHARSET|CAPABILITY|PARSE|PERMANENTFLAGS|READ-ONLY|READ-WRITE|TRYCREATE"
    rb"|UIDNEXT|UIDVALIDITY|UNSEEN)[^\]]*\] "
)
LIST = re.compile(rb"\A(\* L(?:IST|SUB) \()([^)]*)(\).*)\Z", re.DOTALL)
LIST_ATTRIBUTES = frozenset(rb"\noinferiors \noselect \marked \unmarked".split())
HELLO = b"* OK IMAP4rev1 Service Ready\r\n"
CAPABILITY = b"* CAPABILITY IMAP4rev1\r\n"


class BareImap(Dovecot):
    """A Dovecot behind the strict door; ``tls_port`` is the door's."""

    def __init__(self, *, certificates: Certificates, extra: Extra = "") -> None:
        hidden = [word for word in CAPABILITIES.split() if word != "IMAP4rev1"]
        super().__init__(certificates=None, hide=hidden, extra=extra)
        self._front = Front(certificates, self._serve)
        self.slow_from: int | None = None  # the end of APPENDs after so many waits until it is None
        self.waiting = 0  # APPENDs that do
        self.refused: list[bytes] = []  # what was asked that RFC 3501 does not know

    def __enter__(self) -> BareImap:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        super().start()
        self._front.port = self.tls_port
        self._front.start()
        self.tls_port = self._front.port

    def stop(self) -> None:
        if self._process is not None:
            self._front.stop()
        super().stop()

    # ------------------------------------------------------------------ the door

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, commands = await asyncio.open_connection(self.host, self.plain_port)
        heard: asyncio.Queue[bytes] = asyncio.Queue()  # what an answer's line begins with
        try:
            await answers.readline()
            writer.write(HELLO)
            await first_of(
                self._commands(reader, commands, writer, heard),
                self._answers(answers, writer, heard),
            )
        finally:
            commands.close()

    async def _commands(
        self,
        reader: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
        heard: asyncio.Queue[bytes],
    ) -> None:
        first, tag = True, b""  # whether the line begins a command
        while line := await reader.readline():
            literal = LITERAL.search(line)
            reason = _foreign(line, first=first)
            tag = line.split(b" ")[0] if first else tag
            began, first = first, True
            if reason is not None:
                self.refused.append(line)
                client.write(tag + b" BAD " + reason + b"\r\n")
                if literal is not None and literal[2]:
                    await reader.readexactly(int(literal[1]))
                continue
            if not began:
                await self._pondered()
            server.write(line)
            await server.drain()
            if literal is not None and await _invited(heard, tag):
                await _exactly(int(literal[1]), reader, server)
                first = False

    async def _pondered(self) -> None:
        """All of a mail is here; a slow server stores it whenever, whoever has gone meanwhile."""
        if self.slow_from is None:
            return
        self.slow_from -= 1
        if self.slow_from >= 0:
            return
        self.waiting += 1
        while self.slow_from is not None:
            await asyncio.sleep(0.005)
        self.waiting -= 1

    async def _answers(
        self,
        server: asyncio.StreamReader,
        client: asyncio.StreamWriter,
        heard: asyncio.Queue[bytes],
    ) -> None:
        while line := await server.readline():
            client.write(_rev1(line))
            literal = LITERAL.search(line)
            if literal is not None:
                await _exactly(int(literal[1]), server, client)
            heard.put_nowait(line.split(b" ")[0])
            await client.drain()


async def _invited(heard: asyncio.Queue[bytes], tag: bytes) -> bool:
    """Whether the server asks for the literal; else it has refused the command of that tag."""
    while (word := await heard.get()) not in (b"+", tag):
        pass
    return word == b"+"


async def _exactly(count: int, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while count:
        data = await source.read(min(count, 65_536))
        if not data:
            raise asyncio.IncompleteReadError(b"", count)
        count -= len(data)
        target.write(data)
        await target.drain()


def _foreign(line: bytes, *, first: bool) -> bytes | None:
    """Why RFC 3501 does not know this line of a command; None where it does."""
    literal = LITERAL.search(line)
    if literal is not None and literal[2]:
        return b"no such literal"
    text = STRING.sub(b'""', line.strip())
    if FOREIGN.search(text):
        return b"no such argument"
    if not first:
        return None
    words = text.upper().split(b" ")
    name = words[1] if len(words) > 1 else b""
    known = name in COMMANDS and (name != b"UID" or words[2] in UID_COMMANDS)
    if not known:
        return b"no such command"
    if name == b"STATUS" and not set(text.upper().rpartition(b"(")[2][:-1].split()) <= STATUS_ITEMS:
        return b"no such item"
    if name in (b"SELECT", b"EXAMINE") and b"(" in text:
        return b"no parameters"
    return None


def _rev1(line: bytes) -> bytes:
    """A line of an answer, with what RFC 3501 has of it."""
    if line.startswith(b"* CAPABILITY "):
        return CAPABILITY
    listed = LIST.match(line)
    if listed is not None:
        kept = [one for one in listed[2].split() if one.lower() in LIST_ATTRIBUTES]
        return listed[1] + b" ".join(kept) + listed[3]
    status = re.match(rb"\A\S+ (?:OK|NO|BAD|BYE) \[", line)
    return CODES.sub(b"", line, count=1) if status is not None else line
