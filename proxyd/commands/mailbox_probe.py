"""``proxyd mailbox test``: sign in to both servers, and say what will be different with them.

Reads only: it looks at no mail and changes nothing at the provider. The sentences about what a
provider lacks stand here and nowhere else.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from proxyd.commands.console import AsJson, Config, note, progress, say, say_json
from proxyd.commands.diagnosis import sentence
from proxyd.commands.failure import COULD_NOT, Failed
from proxyd.commands.installation import Installation, within
from proxyd.commands.mailbox import Name
from proxyd.commands.zone import machine_zone
from proxyd.domain.events import Action
from proxyd.domain.ports.mailbox_probe import MailboxProbe
from proxyd.domain.probe import READING_STEPS, SENDING_STEPS, ProbedStep, ProbeStep
from proxyd.domain.types import Server, SharedMailbox
from proxyd.service.admin.mailbox_admin import MailboxAdmin, MailboxPasswords
from proxyd.service.admin.server_url import IMAP_SCHEMES, SMTP_SCHEMES, url_of
from proxyd.settings import Settings
from proxyd.upstream.way import IMAP, SMTP, Protocol

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


def probe(name: Name, config: Config = None, *, as_json: AsJson = False) -> None:
    """Sign in to the provider, and say what it offers and what will differ for that.

    Nothing is changed there. Exit code 1 if one of the two servers can't be used.
    """

    async def work(at: Installation) -> tuple[SharedMailbox, ProbeFound, ProbeFound]:
        mailbox = await MailboxAdmin(at.store, at.sealer).find(name)
        passwords = MailboxPasswords(at.store, at.sealer)
        await passwords.load()
        password = passwords.password(mailbox.id)
        steps = await _steps(_provider(at.settings), mailbox, password)
        imap, smtp = found_of(mailbox, steps, at.settings)
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


def _provider(settings: Settings) -> MailboxProbe:
    from proxyd.upstream.probe import ProviderProbe  # noqa: PLC0415 - Twisted is slow to import

    return ProviderProbe(float(settings.upstream.connect_s))


async def _steps(probe: MailboxProbe, mailbox: SharedMailbox, password: str) -> list[ProbedStep]:
    ended, steps = count(1), list[ProbedStep]()
    with progress("Trying both servers", len(READING_STEPS) + len(SENDING_STEPS)) as done:

        def told(step: ProbedStep) -> None:
            steps.append(step)
            done(next(ended))

        await probe.run(mailbox, password, told)
    return steps


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


def found_of(
    mailbox: SharedMailbox, steps: Sequence[ProbedStep], settings: Settings
) -> tuple[ProbeFound, ProbeFound]:
    """What the steps come to for each of the two servers."""
    by_step = {one.step: one for one in steps}
    imap_trouble = _trouble(mailbox, mailbox.imap, IMAP, by_step, READING_STEPS)
    smtp_trouble = _trouble(mailbox, mailbox.smtp, SMTP, by_step, SENDING_STEPS)
    return (
        ProbeFound(trouble=imap_trouble) if imap_trouble else _imap(by_step, settings),
        ProbeFound(trouble=smtp_trouble) if smtp_trouble else _smtp(by_step, settings),
    )


def _trouble(
    mailbox: SharedMailbox,
    server: Server,
    protocol: Protocol,
    by_step: Mapping[ProbeStep, ProbedStep],
    steps: Sequence[ProbeStep],
) -> str:
    for step in steps:
        one = by_step[step]  # a door's first fault is its last step
        if one.fault is not None:
            return sentence(one.fault, one.facts, server, protocol, mailbox.name)
    return ""


def _imap(by_step: Mapping[ProbeStep, ProbedStep], settings: Settings) -> ProbeFound:
    offers = by_step[ProbeStep.SIGNED_IN].offers
    folders = by_step[ProbeStep.FOLDERS].facts
    differs = [
        told.format(poll_s=settings.upstream.poll_s)
        for capability, told in IMAP_LACKS.items()
        if capability not in offers
    ]
    if by_step[ProbeStep.KEYWORDS].facts["kept"] == "no":
        differs.append("no keywords of one's own: tags are kept in the proxy alone")
    if folders["sent"] == "no":
        differs.append('no folder for sent mail: "Sent" is made with the first answer')
    facts = f"{folders['folders']} folders, {folders['mails']} mails in the inbox"
    return ProbeFound(offers, (facts,), tuple(differs))


def _smtp(by_step: Mapping[ProbeStep, ProbedStep], settings: Settings) -> ProbeFound:
    offers = by_step[ProbeStep.SENDING_SIGNED_IN].offers
    words = {line.split()[0].upper(): line.split()[1:] for line in offers if line.strip()}
    differs = [told for word, told in SMTP_LACKS.items() if word not in words]
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
    return ProbeFound(offers, tuple(facts), tuple(differs))
