"""The provider's submission server of one shared mailbox: domain.ports.relay.Relay over SMTP.

All recipients or none: the message is sent only after every one was accepted. Nothing in a message
is altered, so what the server can't take as it is, is refused (RFC 6152, RFC 6531, RFC 1870).
Invariant: a mail is tried on a second line only where the server never had its text, and only
because the first line was an old one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from proxyd.domain.errors import RelayRefused, RelayUnavailable
from proxyd.domain.types import Server
from proxyd.upstream.door import digest
from proxyd.upstream.smtp_line import SmtpLine, open_line
from proxyd.upstream.smtp_lines import Lines
from proxyd.upstream.smtp_sign_in import SignInRefused
from proxyd.upstream.timings import Timings

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CONTROL = re.compile(r"[\x00-\x20\x7f<>]")

TOO_BIG = 552  # RFC 1870 §6.1
ADDRESS_NOT_POSSIBLE = 553  # RFC 6531 §3.5
NOT_CONVERTIBLE = 554  # RFC 6152 §3: 5.6.3


class SmtpRelay:
    """``password`` is asked anew for each sign-in. ``hostname`` is what EHLO says of us:
    by default an address literal, as mail clients do, since nobody can look our name up.
    """

    def __init__(
        self,
        server: Server,
        password: Callable[[], str],
        *,
        hostname: str = "[127.0.0.1]",
        timings: Timings | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._password = password
        self._hostname = hostname
        self._timings = timings or Timings()
        self._now = now
        self._lines = Lines(self._open, password, self._timings)
        self._refusal: tuple[bytes, float, str] | None = None  # password digest, until, reason

    async def send(self, sender: str, recipients: Sequence[str], message: bytes) -> None:
        """See domain.ports.relay.Relay."""
        if not recipients:
            raise RelayRefused(NOT_CONVERTIBLE, "no recipients")
        for address in (sender, *recipients):
            if _CONTROL.search(address):
                raise RelayRefused(ADDRESS_NOT_POSSIBLE, "not an address", address)
        try:
            await self._send(sender, recipients, message, kept=True)
        except _Old:
            await self._send(sender, recipients, message, kept=False)

    async def _send(
        self, sender: str, recipients: Sequence[str], message: bytes, *, kept: bool
    ) -> None:
        """Raises _Old where a new line may do what this one does not."""
        line = await self._lines.take(kept=kept)
        try:
            try:
                await _begin(line, sender, recipients, message)
            except (RelayRefused, RelayUnavailable) as trouble:
                if kept and _is_of_age(line, trouble):
                    line.leave()
                    raise _Old from trouble
                raise
            await line.data(message)
        finally:
            self._lines.give_back(line)

    def leave(self) -> None:
        """Say goodbye to the server, where connections are kept."""
        self._lines.leave()

    async def probe(self) -> list[str]:
        """See domain.ports.relay.Relay."""
        line = await self._open(self._password())
        await line.close()
        return line.offers

    async def _open(self, password: str) -> SmtpLine:
        if self._refusal is not None:
            refused, until, reason = self._refusal
            if digest(password) == refused and self._now() < until:
                raise SignInRefused(reason)
        try:
            return await open_line(self._server, password, self._hostname, self._timings)
        except SignInRefused as refusal:
            until = self._now() + self._timings.refused
            self._refusal = (digest(password), until, refusal.reason)
            raise


class _Old(Exception):
    """A line that was kept has died, or may carry no more mails. The text has not been sent."""


async def _begin(line: SmtpLine, sender: str, recipients: Sequence[str], message: bytes) -> None:
    """The envelope, up to where the text may come."""
    words = _parameters(line.extensions, sender, recipients, message)
    mail = b" ".join([b"MAIL FROM:<%b>" % sender.encode(), *words])
    await line.begin(mail, [(b"RCPT TO:<%b>" % each.encode(), each) for each in recipients])


def _is_of_age(line: SmtpLine, trouble: RelayRefused | RelayUnavailable) -> bool:
    """What a new line would perhaps not meet."""
    about_a_recipient = isinstance(trouble, RelayRefused) and trouble.recipient is not None
    return line.mails > 1 and not about_a_recipient


def _parameters(
    extensions: dict[str, str], sender: str, recipients: Sequence[str], message: bytes
) -> list[bytes]:
    """Of MAIL. Raises RelayRefused where the server can't take the message as it is."""
    words: list[bytes] = []
    if "size" in extensions:
        most = extensions["size"].strip()
        if most.isdigit() and 0 < int(most) < len(message):
            raise RelayRefused(TOO_BIG, f"{len(message)} octets, and {most} are allowed")
        words.append(b"SIZE=%d" % len(message))
    if not message.isascii():
        if "8bitmime" not in extensions:
            raise RelayRefused(NOT_CONVERTIBLE, "the server takes no 8-bit text")
        words.append(b"BODY=8BITMIME")
    foreign = next((one for one in (sender, *recipients) if not one.isascii()), None)
    if foreign is not None or not _header(message).isascii():
        if "smtputf8" not in extensions:
            raise RelayRefused(
                ADDRESS_NOT_POSSIBLE, "the server takes no addresses outside of ASCII", foreign
            )
        words.append(b"SMTPUTF8")
    return words


def _header(message: bytes) -> bytes:
    end = _HEADER_END.search(message)
    return message[: end.start()] if end is not None else message
