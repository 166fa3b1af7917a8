"""A submission server that takes everything at once: ``python -m tests.bench.sink``.

A process of its own and as quick as Python can be, so that it is not what limits the two that are
compared. AUTH PLAIN or LOGIN with any password (it measures, it guards nothing); TLS from the start
where a certificate is named. Prints its port; then answers each line on standard input with the
number of mails it has and the time of the last.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import sys
import time
from typing import cast

import uvloop

END = b"\r\n.\r\n"
EHLO = (
    b"250-provider.example\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n"
    b"250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN\r\n"
)
_AUTH = re.compile(rb"AUTH (PLAIN|LOGIN)( \S+)?\Z", re.IGNORECASE)


class Sink(asyncio.Protocol):
    """One connection. ``_wanted``: lines of an AUTH dialogue that are still to come."""

    received = 0
    last = 0.0  # when the latest of them came, by the system's one clock

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_data = False
        self._wanted = 0
        self._searched = 0
        self._quit = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own are no subclasses
        self._transport.write(b"220 provider.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answers: list[bytes] = []
        while self._mail_taken(answers) if self._in_data else self._line_taken(answers):
            pass
        if answers:
            self._transport.write(b"".join(answers))
        if self._quit:
            self._transport.close()

    def _mail_taken(self, answers: list[bytes]) -> bool:
        end = self._buffer.find(END, max(0, self._searched - len(END)))
        if end < 0:
            self._searched = len(self._buffer)
            return False
        del self._buffer[: end + len(END)]
        self._in_data = False
        Sink.received += 1
        Sink.last = time.monotonic()
        answers.append(b"250 2.0.0 Ok: queued\r\n")
        return True

    def _line_taken(self, answers: list[bytes]) -> bool:
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return False
        self._buffer = rest
        answers.append(self._answer(bytes(line)))
        return True

    def _answer(self, line: bytes) -> bytes:
        if self._wanted:
            self._wanted -= 1
            return b"334 \r\n" if self._wanted else b"235 2.7.0 Ok\r\n"
        auth = _AUTH.match(line)
        if auth:
            self._wanted = (1 if auth[1].upper() == b"PLAIN" else 2) - bool(auth[2])
            return b"334 \r\n" if self._wanted else b"235 2.7.0 Ok\r\n"
        word = line[:4].upper()
        if word == b"EHLO":
            return EHLO
        if word == b"DATA":
            self._in_data, self._searched = True, 0
            return b"354 go on\r\n"
        if word == b"QUIT":
            self._quit = True
            return b"221 2.0.0 Bye\r\n"
        return b"250 2.0.0 Ok\r\n"


async def main(certificate: str | None, key: str | None) -> None:
    loop = asyncio.get_running_loop()
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    server = await loop.create_server(Sink, "127.0.0.1", 0, ssl=context, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(Sink.received, Sink.last, flush=True)


if __name__ == "__main__":
    uvloop.run(main(*(sys.argv[1:3] or (None, None))))
