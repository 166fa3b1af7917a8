"""One signed-in connection to a provider's submission server.

Turns what happens into the two errors of the port, and knows at each moment whether the message may
have been accepted: from the final dot on until a reply that is to be believed (smtp_codes.py), and
at no other time. Invariant: ``usable`` only where the next mail begins on clean ground; a server
that waits for a text it shall not have is hung up on, never given a dot.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from proxyd.domain.errors import RelayRefused, RelayUnavailable
from proxyd.domain.types import Server
from proxyd.imapwire.provider_text import Hide, ProviderText, nothing_to_hide
from proxyd.upstream.smtp_codes import SERVICE_CLOSING, SmtpStep, check, is_refusal
from proxyd.upstream.smtp_replies import SmtpReplies, SmtpReply
from proxyd.upstream.smtp_sign_in import SmtpSignIn, trouble
from proxyd.upstream.timings import Timings

CHUNK = 64 * 1024
# What may wait in our buffers: enough to keep a fast line busy between two looks at it.
BUFFERED = 256 * 1024
LOOK = 0.01
# Looks that cost one turn of the loop only: uvloop writes at the end of a turn, and a small mail
# has left by then.
QUICK_LOOKS = 3
_LEADING_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class _Asking:
    """A command of the envelope. ``recipient``: whom it is about."""

    asked: SmtpStep
    command: bytes
    recipient: str | None = None

    def check(self, reply: SmtpReply) -> None:
        check(self.asked, reply, self.recipient)

    def is_taken(self, reply: SmtpReply) -> bool:
        try:
            self.check(reply)
        except (RelayRefused, RelayUnavailable):
            return False
        return True


class SmtpLine:
    """Made by ``open_line``. ``extensions``: EHLO keywords in lower case, with parameters."""

    def __init__(
        self,
        transport: asyncio.Transport,
        replies: SmtpReplies,
        extensions: Mapping[str, str],
        timings: Timings,
        hide: Hide = nothing_to_hide,
    ) -> None:
        self._hide = hide
        self._transport = transport
        self._replies = replies
        self._timings = timings
        self.extensions = dict(extensions)
        self.mails = 0  # begun on this line

    @property
    def offers(self) -> list[str]:
        """The extensions, for an admin to read."""
        lines = (f"{word.upper()} {rest}".strip() for word, rest in sorted(self.extensions.items()))
        return [str(ProviderText(line.encode(), self._hide)) for line in lines]

    @property
    def usable(self) -> bool:
        return self._replies.sound and not self._transport.is_closing()

    async def begin(self, mail: bytes, recipients: Sequence[tuple[bytes, str]]) -> None:
        """MAIL, each RCPT and DATA, in one go where the server has PIPELINING (RFC 2920).

        Raises RelayRefused for a reply of 4xx or 5xx, with the envelope given up; RelayUnavailable.
        """
        self.mails += 1
        asked = [_Asking(SmtpStep.MAIL, mail)]
        asked += [_Asking(SmtpStep.RCPT, command, recipient) for command, recipient in recipients]
        asked.append(_Asking(SmtpStep.DATA, b"DATA"))
        if "pipelining" in self.extensions:
            await self._all_at_once(asked)
            return
        for one in asked:
            reply = await self._answer(self._ask(one.command))
            if not one.is_taken(reply):
                await self._give_up(one, reply, waits_for_text=False)

    async def _all_at_once(self, asked: Sequence[_Asking]) -> None:
        told = self._ask(*(one.command for one in asked))
        replies = [await self._answer([reply]) for reply in told]
        # A dot would send an empty mail to those who were accepted.
        waits = not is_refusal(SmtpStep.DATA, replies[-1])
        for one, reply in zip(asked, replies, strict=True):
            if not one.is_taken(reply):
                await self._give_up(one, reply, waits_for_text=waits)

    async def _give_up(self, one: _Asking, reply: SmtpReply, *, waits_for_text: bool) -> NoReturn:
        """The envelope, because of this reply; on the same line only where it was a plain no."""
        plain_no = is_refusal(one.asked, reply) and reply.code != SERVICE_CLOSING
        if not plain_no or waits_for_text:
            self.abort()
        else:
            await self._reset()
        one.check(reply)
        raise AssertionError("a reply that was taken")

    def _ask(self, *commands: bytes) -> list[asyncio.Future[SmtpReply]]:
        promises = [self._replies.promise() for _ in commands]
        self._transport.write(b"".join(command + b"\r\n" for command in commands))
        return promises

    async def _answer(self, asked: Sequence[asyncio.Future[SmtpReply]]) -> SmtpReply:
        with trouble(hide=self._hide):
            async with asyncio.timeout(self._patience):
                return await asked[0]

    @property
    def _patience(self) -> float:
        """A line that was kept may be dead without our knowing; a new one is slow at worst."""
        return self._timings.smtp_reply if self.mails <= 1 else self._timings.smtp_kept_reply

    async def data(self, message: bytes) -> None:
        """The message, the final dot, and the server's word for it (RFC 5321 §4.1.1.4)."""
        stuffed = _LEADING_DOT.sub(b"..", message)
        if not stuffed.endswith(b"\r\n"):
            stuffed += b"\r\n"
        # Asked for before writing: a server may refuse in the middle, and then hang up.
        reply = self._replies.promise()
        ended = False
        try:
            with trouble(hide=self._hide):
                await self._write(stuffed, reply)
                if not reply.done():
                    self._transport.write(b".\r\n")
                    ended = True
            with trouble(hide=self._hide, uncertain=ended):
                async with asyncio.timeout(self._timings.smtp_final):
                    answer = await reply
        except BaseException:
            self.abort()  # what is still in our buffers must not trickle out
            raise
        self._judge(answer, ended=ended)

    def _judge(self, answer: SmtpReply, *, ended: bool) -> None:
        """What the last word means. ``ended``: it was asked for by the final dot."""
        if not ended:
            self.abort()  # it would take the rest for commands
        try:
            if self._replies.spoke_unasked:
                raise RelayUnavailable("more than one answer to one mail", uncertain=True)
            check(SmtpStep.DOT, answer)
            if not ended:
                raise RelayUnavailable("accepted before it was all there", uncertain=True)
        except RelayUnavailable:
            self.abort()  # its next word would be taken for another's
            raise

    async def _write(self, octets: bytes, reply: asyncio.Future[SmtpReply]) -> None:
        """As fast as the server takes it; stops where it has replied already."""
        for start in range(0, len(octets), CHUNK):
            if reply.done():
                return
            self._transport.write(octets[start : start + CHUNK])
            await self._drained(reply, BUFFERED)
        # The kernel has it all before the dot is written: so a line that breaks until here has
        # certainly not brought a whole message.
        await self._drained(reply, 0)

    async def _drained(self, reply: asyncio.Future[SmtpReply], most: int) -> None:
        loop = asyncio.get_running_loop()
        waiting, since, looks = -1, loop.time(), 0
        while not reply.done():
            if self._transport.is_closing():
                raise ConnectionResetError("connection lost")
            now_waiting = self._transport.get_write_buffer_size()
            if now_waiting <= most:
                return
            if now_waiting != waiting:
                waiting, since = now_waiting, loop.time()
            elif loop.time() - since > self._timings.smtp_reply:
                raise TimeoutError("the server takes no more of the message")
            looks += 1
            await asyncio.sleep(0 if looks <= QUICK_LOOKS else LOOK)

    async def _reset(self) -> None:
        """Give an envelope up; a server that can't even do that is left."""
        try:
            check(SmtpStep.RSET, await self._answer(self._ask(b"RSET")))
        except (RelayRefused, RelayUnavailable):
            self.abort()

    def abort(self) -> None:
        self._transport.abort()

    def leave(self) -> None:
        """QUIT, without anybody waiting for what is said to it (RFC 5321 §4.1.1.10)."""
        if not self.usable:
            self.abort()
            return
        self._replies.leave()
        self._transport.write(b"QUIT\r\n")
        asyncio.get_running_loop().call_later(self._timings.logout, self.abort)

    async def close(self) -> None:
        """``leave``, and the end of it."""
        self.leave()
        await asyncio.wait([self._replies.ended], timeout=self._timings.logout)


async def open_line(server: Server, password: str, hostname: str, timings: Timings) -> SmtpLine:
    """Connect, TLS, EHLO, AUTH. Raises RelayUnavailable, SignInRefused, Crowded."""
    signing_in = SmtpSignIn(server, password, timings)
    await signing_in.run(hostname)
    transport = signing_in.transport
    assert transport is not None
    return SmtpLine(transport, signing_in.replies, signing_in.extensions, timings, signing_in.hide)
