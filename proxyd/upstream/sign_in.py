"""Getting an ImapLine from its greeting to SIGNED_IN: STARTTLS, credentials, capabilities.

The password is in nothing that leaves this file: from here on what the server says in words goes
through the mask that knows it. Must tell apart a password that is refused (an admin must act, and
insisting locks the account) from a server that can't be bothered now.
"""

from __future__ import annotations

from proxyd.domain.errors import UpstreamLimited, UpstreamSignInRefused, UpstreamUnavailable
from proxyd.domain.types import Server
from proxyd.imapwire.response import Status
from proxyd.upstream import command
from proxyd.upstream.command import UpstreamCommand
from proxyd.upstream.imap_driver import ImapLine
from proxyd.upstream.limits import limits_sign_in
from proxyd.upstream.mask import Mask

# RFC 5530 §3, and what big providers say in words only: not about the password.
TEMPORARY_CODES = frozenset({"UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG"})
TEMPORARY_WORDS = ("try again", "temporar")


async def sign_in(line: ImapLine, server: Server, password: str) -> None:
    """Raises UpstreamUnavailable, UpstreamLimited, UpstreamSignInRefused."""
    line.client.hide = Mask(server.user, password)
    greeting = await line.greeting()
    if not greeting.ok:
        kind = UpstreamLimited if limits_sign_in(greeting) else UpstreamUnavailable
        raise kind(f"{server.host} does not let us in: {greeting.text}")
    if server.security == "starttls":
        await _start_tls(line, server)
    await _learn_capabilities(line)
    # RFC 2971. Some (NetEase, Tencent) let nobody in, or open no folder for him, who has not said
    # it; what they answer is of no use to us. Before the sign-in it costs no round trip.
    identified = [command.simple("ID", b'("name" "proxyd")')] if line.client.can("ID") else []
    status = (await line.run([*identified, _credentials(line, server, password)])).statuses[-1]
    if not status.ok:
        raise _refusal(status, server)
    await _learn_capabilities(line)
    if line.client.can("ID"):
        await line.run([command.simple("ID", b'("name" "proxyd")')])


async def _start_tls(line: ImapLine, server: Server) -> None:
    status = (await line.run([command.simple("STARTTLS")])).statuses[0]
    if not status.ok:
        raise UpstreamUnavailable(f"{server.host} refuses STARTTLS: {status.text}")
    line.start_tls()


async def _learn_capabilities(line: ImapLine) -> None:
    """Many servers say them unasked, in the greeting and after the sign-in."""
    if line.client.capabilities is None:
        await line.run([command.simple("CAPABILITY")])


def _credentials(line: ImapLine, server: Server, password: str) -> UpstreamCommand:
    client = line.client
    if client.can("AUTH=PLAIN"):
        initial = client.can("SASL-IR")
        return command.authenticate_plain(server.user, password, initial=initial)
    if client.can("LOGINDISABLED"):
        raise UpstreamUnavailable(f"{server.host} offers no way to sign in with a password")
    return command.login(server.user, password)


def _refusal(status: Status, server: Server) -> UpstreamUnavailable:
    text = status.text
    if limits_sign_in(status):
        return UpstreamLimited(f"{server.host} does not sign us in now: {text}")
    if status.code in TEMPORARY_CODES or text.has(*TEMPORARY_WORDS):
        return UpstreamUnavailable(f"{server.host} does not sign us in now: {text}")
    return UpstreamSignInRefused(f"{server.host} refuses the password of {server.user}: {text}")
