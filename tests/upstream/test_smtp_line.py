"""SmtpLine, with a server that is quicker than the event loop."""

from __future__ import annotations

import asyncio
from typing import Any

from proxyd.upstream.smtp_line import SmtpLine
from proxyd.upstream.smtp_replies import SmtpReplies
from proxyd.upstream.timings import Timings
from tests.patience import PATIENCE_S


class QuickServer(asyncio.Transport):
    """Its reply is there the moment something was written."""

    def __init__(self, replies: SmtpReplies) -> None:
        super().__init__()
        self._replies = replies
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += bytes(data)
        if data.endswith(b"DATA\r\n"):
            self._replies.data_received(
                b"250 go on\r\n" * (data.count(b"\n") - 1) + b"354 go on\r\n"
            )
        elif data == b".\r\n":
            self._replies.data_received(b"250 taken\r\n")
        elif data.endswith(b"\r\n") and data.startswith((b"MAIL", b"RCPT")):
            self._replies.data_received(b"250 go on\r\n")

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False


async def sent(extensions: dict[str, str]) -> tuple[SmtpLine, QuickServer]:
    replies = SmtpReplies()
    server = QuickServer(replies)
    replies.connection_made(server)
    line = SmtpLine(server, replies, extensions, Timings())
    async with asyncio.timeout(PATIENCE_S):
        await line.begin(b"MAIL FROM:<a@x>", [(b"RCPT TO:<b@x>", "b@x")])
        await line.data(b"Subject: x\r\n\r\n.dots\r\n")
    return line, server


async def test_a_reply_that_comes_at_once_is_not_lost() -> None:
    for extensions in ({}, {"pipelining": ""}):
        line, server = await sent(extensions)
        assert server.written == (
            b"MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nSubject: x\r\n\r\n..dots\r\n.\r\n"
        )
        assert line.usable
