"""Trying both servers of a shared mailbox, step by step, each with its time (docs/decisions/066).

Reads only: opens no mail, changes nothing. A password is sent once to each server, and only where
the way was free up to there: providers lock accounts that insist. What a provider says in words
goes through the mask before it leaves this file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from proxyd.domain.errors import ProxydError, UpstreamLimited, UpstreamSignInRefused
from proxyd.domain.probe import READING_STEPS, SENDING_STEPS, ProbedStep, ProbeFault, ProbeStep
from proxyd.domain.types import Server, SharedMailbox
from proxyd.imapwire.provider_text import printable
from proxyd.upstream.mailbox import ImapUpstream
from proxyd.upstream.mask import Mask
from proxyd.upstream.smtp_relay import SmtpRelay
from proxyd.upstream.smtp_sign_in import Crowded, SignInRefused
from proxyd.upstream.timings import Timings
from proxyd.upstream.way import IMAP, PATIENCE_S, SMTP, Protocol, ProviderWay, WayBlocked

# Signing in and three questions; somebody sits there and waits.
LIMIT_S = 60.0

Told = Callable[[ProbedStep], None]
Facts = Mapping[str, str]
_NOTHING: Facts = {}


@dataclass(frozen=True, slots=True)
class _Outcome:
    fault: ProbeFault | None = None
    facts: Facts = field(default_factory=lambda: _NOTHING)
    offers: tuple[str, ...] = ()


Work = Callable[[], Awaitable[_Outcome]]


class ProviderProbe:
    """domain/ports/mailbox_probe.MailboxProbe. ``patience_s``: for each answer."""

    def __init__(
        self, patience_s: float = PATIENCE_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.patience_s = min(patience_s, PATIENCE_S)
        self._now = now

    async def run(self, mailbox: SharedMailbox, password: str, told: Told) -> None:
        await asyncio.gather(
            self._read(mailbox.imap, password, told), self._send(mailbox.smtp, password, told)
        )

    async def _read(self, server: Server, password: str, told: Told) -> None:
        upstream = ImapUpstream(server, lambda: password, timings=timings(self.patience_s))

        async def sign_in() -> _Outcome:
            return _Outcome(offers=tuple(sorted(await upstream.capabilities())))

        async def folders() -> _Outcome:
            found = await upstream.list_folders()
            inbox = (await upstream.status(["INBOX"])).get("INBOX")
            sent = any("\\sent" in one.attributes for one in found)
            counts = {"folders": str(len(found)), "mails": str(inbox.messages if inbox else 0)}
            return _Outcome(facts={**counts, "sent": _word(yes=sent)})

        async def keywords() -> _Outcome:
            kept = (await upstream.permanent_flags("INBOX")).keywords
            return _Outcome(facts={"kept": _word(yes=kept)})

        works = (*self._way(server, IMAP), sign_in, folders, keywords)
        try:
            await self._steps(server, password, dict(zip(READING_STEPS, works, strict=True)), told)
        finally:
            await upstream.close()

    async def _send(self, server: Server, password: str, told: Told) -> None:
        async def sign_in() -> _Outcome:
            relay = SmtpRelay(server, lambda: password, timings=timings(self.patience_s))
            offers = await relay.probe()
            return _Outcome(facts=_largest(offers), offers=tuple(offers))

        works = (*self._way(server, SMTP), sign_in)
        await self._steps(server, password, dict(zip(SENDING_STEPS, works, strict=True)), told)

    def _way(self, server: Server, protocol: Protocol) -> tuple[Work, Work]:
        way = ProviderWay(server, protocol, self.patience_s)

        async def find() -> _Outcome:
            await asyncio.to_thread(way.find)
            return _Outcome()

        async def secure() -> _Outcome:
            return _Outcome(facts={"tls": await asyncio.to_thread(way.secure)})

        return find, secure

    async def _steps(
        self, server: Server, password: str, works: Mapping[ProbeStep, Work], told: Told
    ) -> None:
        hide = Mask(server.user, password)
        for step, work in works.items():
            begun = self._now()
            outcome = await _outcome(work)
            shown = {name: printable(hide(text)) for name, text in outcome.facts.items()}
            place = {"host": server.host, "port": str(server.port), "user": server.user}
            offers = tuple(printable(hide(one)) for one in outcome.offers)
            milliseconds = round((self._now() - begun) * 1000)
            told(ProbedStep(step, milliseconds, outcome.fault, {**shown, **place}, offers))
            if outcome.fault is not None:
                return


def timings(patience_s: float) -> Timings:
    """No single step may take longer than the way gives its own."""
    return Timings(connect=patience_s, greeting=patience_s, stall=patience_s, smtp_reply=patience_s)


async def _outcome(work: Work) -> _Outcome:
    try:
        async with asyncio.timeout(LIMIT_S):
            return await work()
    except WayBlocked as blocked:
        return _Outcome(blocked.fault, blocked.facts)
    except TimeoutError:
        return _Outcome(ProbeFault.TOO_SLOW)
    except (UpstreamSignInRefused, SignInRefused) as refused:
        return _Outcome(ProbeFault.PASSWORD, {"said": _words_of(refused.reason)})
    except (UpstreamLimited, Crowded) as limited:
        return _Outcome(ProbeFault.LIMITED, {"said": limited.reason})
    except ProxydError as error:
        return _Outcome(ProbeFault.REFUSED, {"said": str(error)})


def _words_of(reason: str) -> str:
    """The provider's own: before them stands, in English, that it refuses the password."""
    return reason.partition(": ")[2] or reason


def _word(*, yes: bool) -> str:
    return "yes" if yes else "no"


def _largest(offers: list[str]) -> Facts:
    """Of a mail that may be sent, where the server says so (RFC 1870 §4): in MiB."""
    for line in offers:
        word, _, octets = line.partition(" ")
        if word.upper() == "SIZE" and octets.isdigit() and int(octets) > 0:
            return {"largest": str(int(octets) // 1024 // 1024)}
    return _NOTHING
