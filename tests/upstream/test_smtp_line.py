"""SmtpLine on aiosmtplib's protocol, with a server that is quicker than the event loop."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from proxyd.upstream.smtp_line import SmtpLine
from proxyd.upstream.timings import Timings

PATIENCE_S = 5.0


class QuickServer(asyncio.Transport):
    """Its reply is there the moment something was written."""

    def __init__(self, protocol: SMTPProtocol) -> None:
        super().__init__()
        self._protocol = protocol
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += bytes(data)
        if data == b"DATA\r\n":
            self._protocol.data_received(b"354 go on\r\n")
        elif data == b".\r\n":
            self._protocol.data_received(b"250 taken\r\n")

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False


async def test_a_reply_that_comes_at_once_is_not_lost() -> None:
    protocol = SMTPProtocol(loop=asyncio.get_running_loop())
    server = QuickServer(protocol)
    protocol.connection_made(server)
    protocol.data_received(b"220 hello\r\n")
    await protocol.read_response()

    async def execute_command(*words: bytes) -> aiosmtplib.SMTPResponse:
        return await protocol.execute_command(*words)

    client = SimpleNamespace(protocol=protocol, execute_command=execute_command)
    line = SmtpLine(cast(aiosmtplib.SMTP, client), Timings())
    async with asyncio.timeout(PATIENCE_S):
        await line.data(b"Subject: x\r\n\r\n.dots\r\n")
    assert server.written == b"DATA\r\nSubject: x\r\n\r\n..dots\r\n.\r\n"
