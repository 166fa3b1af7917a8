"""``proxyd mailbox test``: sign in to both servers, and say what will be different with them.

Reads only: it looks at no mail and changes nothing at the provider. The sentences about what a
provider lacks stand here and nowhere else.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from proxyd.commands.console import AsJson, Config, note, progress, say, say_json
from proxyd.commands.diagnosis import IMAP, PATIENCE_S, SMTP, Protocol, diagnosed
from proxyd.commands.failure import COULD_NOT, Failed, explained
from proxyd.commands.installation import Installation, within
from proxyd.commands.mailbox import Name
from proxyd.commands.zone import machine_zone
from proxyd.domain.errors import ProxydError, UpstreamSignInRefused
from proxyd.domain.events import Action
from proxyd.domain.types import Server, SharedMailbox
from proxyd.service.admin.mailbox_admin import MailboxAdmin, MailboxPasswords
from proxyd.service.admin.server_url import IMAP_SCHEMES, SMTP_SCHEMES, url_of
from proxyd.settings import Settings

if TYPE_CHECKING:
    from proxyd.upstream.timings import Timings

# Signing in and three questions; a provider slower than this is no use to anybody. No single step
# of it may take longer than the diagnosis gives its own: somebody sits there and waits.
LIMIT_S = 60

# Capability → what its lack means to the people who use the mailbox.
IMAP_LACKS = {
    "IDLE": "no IDLE: a new mail shows up to {poll_s} s late",
    "CONDSTORE": "no CONDSTORE: what is changed outside the proxy is found by reading all flags "
    "again, which takes longer in large folders",
    "UIDPLUS": "no UIDPLUS: after storing or copying a mail the folder is read again to find it",
    "MOVE": "no MOVE: a mail is moved by copying and deleting it",
    "SPECIAL-USE": "no SPECIAL-USE: the folders for sent mail, drafts and trash are recognised by "
    "their names",
}
SMTP_LACKS = {
    "8BITMIME": "no 8BITMIME: mails with 8-bit text may be refused when sending",
    "SMTPUTF8": "no SMTPUTF8: addresses with characters beyond ASCII can't be written to",
}


@dataclass(frozen=True, slots=True)
class ProbeFound:
    """What one server offers, or why it can't be used."""

    offers: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()  # sentences
    differs: tuple[str, ...] = ()  # sentences
    trouble: str = ""


Ask = Callable[[SharedMailbox, Callable[[], str], Settings], Awaitable[ProbeFound]]


def probe(name: Name, config: Config = None, *, as_json: AsJson = False) -> None:
    """Sign in to the provider, and say what it offers and what will differ for that.

    Nothing is changed there. Exit code 1 if one of the two servers can't be used.
    """

    async def work(at: Installation) -> tuple[SharedMailbox, ProbeFound, ProbeFound]:
        mailbox = await MailboxAdmin(at.store, at.sealer).find(name)
        passwords = MailboxPasswords(at.store, at.sealer)
        await passwords.load()
        password = lambda: passwords.password(mailbox.id)  # noqa: E731 - read when needed
        with progress("Signing in", 2) as done:
            imap, smtp = await _both(mailbox, password, at.settings, done)
        record = at.actor.record(Action.ADMIN, {"did": "mailbox test"}, mailbox=mailbox.name)
        if imap.trouble or smtp.trouble:
            record = replace(record, outcome="failed")
        await at.store.write(lambda tx: tx.log.append([record]))
        return mailbox, imap, smtp

    mailbox, imap, smtp = within(config, work)
    if as_json:
        say_json({"mailbox": mailbox.name, "imap": _values(imap), "smtp": _values(smtp)})
    else:
        _show(mailbox, imap, smtp)
    troubles = [
        f"{door}: {found.trouble}"
        for door, found in (("IMAP", imap), ("SMTP", smtp))
        if found.trouble
    ]
    if troubles:
        raise Failed("\n".join(troubles), COULD_NOT)


async def _both(
    mailbox: SharedMailbox,
    password: Callable[[], str],
    settings: Settings,
    done: Callable[[int], None],
) -> tuple[ProbeFound, ProbeFound]:
    """At the same time: where both are silent, nobody waits twice."""
    ended = count(1)

    async def tried(ask: Ask, server: Server, protocol: Protocol) -> ProbeFound:
        found = await _tried(lambda: ask(mailbox, password, settings), mailbox, server, protocol)
        done(next(ended))
        return found

    imap, smtp = tried(_imap, mailbox.imap, IMAP), tried(_smtp, mailbox.smtp, SMTP)
    return await asyncio.gather(imap, smtp)


def _values(found: ProbeFound) -> dict[str, Any]:
    return {
        "ok": not found.trouble,
        "trouble": found.trouble,
        "offers": list(found.offers),
        "differs": list(found.differs),
    }


def _show(mailbox: SharedMailbox, imap: ProbeFound, smtp: ProbeFound) -> None:
    for url, found in (
        (url_of(mailbox.imap, IMAP_SCHEMES), imap),
        (url_of(mailbox.smtp, SMTP_SCHEMES), smtp),
    ):
        say(url)
        if found.trouble:
            say("  can't be used, see below")
            continue
        say("  signed in")
        for fact in found.facts:
            say(f"  {fact}")
        say(f"  offers: {', '.join(found.offers)}")
    differs = [*imap.differs, *smtp.differs]
    if differs:
        say("What will differ because of the provider:")
        for sentence in differs:
            say(f"  {sentence}")
    elif not (imap.trouble or smtp.trouble):
        say("Nothing will be different because of the provider.")
    zone = mailbox.policy.zone or f"{machine_zone()}, this machine's"
    say(f"Its people read times of {zone}; others: {_policy_of(mailbox)} zone=ZONE")
    if not (imap.trouble or smtp.trouble):
        note("All is well.")


def _policy_of(mailbox: SharedMailbox) -> str:
    return f"proxyd mailbox policy {shlex.quote(mailbox.name)}"


async def _tried(
    ask: Callable[[], Awaitable[ProbeFound]],
    mailbox: SharedMailbox,
    server: Server,
    protocol: Protocol,
) -> ProbeFound:
    """What is wrong with the way to the server is found out step by step; else what it says."""
    try:
        async with asyncio.timeout(LIMIT_S):
            return await ask()
    except TimeoutError:
        trouble = f"no answer within {LIMIT_S} s"
    except ProxydError as error:
        trouble = _refusal(error, mailbox, server, protocol)
    cause = await asyncio.to_thread(diagnosed, server, protocol, mailbox.name)
    return ProbeFound(trouble=cause or trouble)


def _refusal(error: ProxydError, mailbox: SharedMailbox, server: Server, protocol: Protocol) -> str:
    """The same for both servers where they don't let us in."""
    from proxyd.upstream.smtp_sign_in import SignInRefused  # noqa: PLC0415 - as below

    if not isinstance(error, UpstreamSignInRefused | SignInRefused):
        return explained(error)[0]
    name = shlex.quote(mailbox.name)
    user = "" if protocol is IMAP else "; or another user with --smtp-user USER"
    return (
        f"{error.reason} (as user {server.user}); give the right one with: "
        f"proxyd mailbox set {name} --password-stdin{user}"
    )


def _timings(settings: Settings) -> Timings:
    from proxyd.upstream.timings import Timings  # noqa: PLC0415 - as below

    step = min(PATIENCE_S, float(settings.upstream.connect_s))
    return Timings(connect=step, greeting=step, stall=step, smtp_reply=step)


async def _imap(
    mailbox: SharedMailbox, password: Callable[[], str], settings: Settings
) -> ProbeFound:
    from proxyd.upstream.mailbox import ImapUpstream  # noqa: PLC0415 - Twisted is slow to import

    upstream = ImapUpstream(mailbox.imap, password, timings=_timings(settings))
    try:
        offers = await upstream.capabilities()
        folders = await upstream.list_folders()
        inbox = (await upstream.status(["INBOX"])).get("INBOX")
        keywords = (await upstream.permanent_flags("INBOX")).keywords
    finally:
        await upstream.close()
    facts = [f"{len(folders)} folders, {inbox.messages if inbox else 0} mails in the inbox"]
    uses = {attribute for folder in folders for attribute in folder.attributes}
    differs = [
        sentence.format(poll_s=settings.upstream.poll_s)
        for capability, sentence in IMAP_LACKS.items()
        if capability not in offers
    ]
    if not keywords:
        differs.append("no keywords of one's own: tags are kept in the proxy alone")
    if "\\sent" not in uses:
        differs.append('no folder for sent mail: "Sent" is made with the first answer')
    return ProbeFound(tuple(sorted(offers)), tuple(facts), tuple(differs))


async def _smtp(
    mailbox: SharedMailbox, password: Callable[[], str], settings: Settings
) -> ProbeFound:
    from proxyd.upstream.smtp_relay import SmtpRelay  # noqa: PLC0415 - as above

    offers = await SmtpRelay(mailbox.smtp, password, timings=_timings(settings)).probe()
    words = {line.split()[0].upper(): line.split()[1:] for line in offers if line.strip()}
    differs = [sentence for word, sentence in SMTP_LACKS.items() if word not in words]
    facts = []
    largest = words.get("SIZE", [])
    if largest and largest[0].isdigit() and int(largest[0]) > 0:
        size = int(largest[0])
        facts.append(f"takes mails of up to {size // 1024 // 1024} MiB")
        if size < settings.smtp.max_message_bytes:
            differs.append(
                f"mails above {size // 1024 // 1024} MiB are refused by the provider, not by the "
                f"proxy: set smtp.max_message_bytes = {size}"
            )
    return ProbeFound(tuple(offers), tuple(facts), tuple(differs))
