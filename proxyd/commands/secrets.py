"""``proxyd secrets …``: the master key, whether it fits, and what to do when it is lost or known.

Must never show a key, nor take the old one away before the database belongs to the new one.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from proxyd.commands.console import Config, agreed, line_of_stdin, note, say, typed_password
from proxyd.commands.failure import COULD_NOT, Failed
from proxyd.commands.installation import actor, now_us, opened, settings_of, stopped
from proxyd.commands.later import group_of
from proxyd.commands.times import stamp
from proxyd.domain.errors import BadInput, StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord, SharedMailbox
from proxyd.service.accounts.second_factors import forget_apps, reseal_apps
from proxyd.service.admin.mailbox_admin import MailboxAdmin, reseal_passwords
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.service.audit.audit import Audit, Verified
from proxyd.service.once import reseal_answers
from proxyd.service.webhooks.webhook_admin import reseal_webhooks
from proxyd.settings import Settings
from proxyd.store.notes import reseal_notes
from proxyd.store.rekey import fits, rekeyed
from proxyd.store.sealed_mail import reseal_mails
from proxyd.store.secrets import (
    VARIABLE,
    Keys,
    NoMasterKey,
    Sealer,
    create_master_key,
    load_master_key,
    missing_key,
)
from proxyd.store.transaction import Transaction
from proxyd.upstream.cache.cache import tree_of

app = group_of("The master key: exchange it, or do without it.")

Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
NEW = ".new"  # the key that the database is about to belong to


@dataclass(frozen=True, slots=True)
class Source:
    """Where the master key comes from. ``file`` is None for the environment."""

    file: Path | None

    @property
    def name(self) -> str:
        return str(self.file) if self.file is not None else f"the variable {VARIABLE}"


def _source(settings: Settings) -> Source:
    return Source(None if os.environ.get(VARIABLE) else settings.master_key_file)


def _keys(settings: Settings) -> Keys | None:
    """None where there is no key. Raises NoMasterKey for one that is none."""
    source = _source(settings)
    if source.file is not None and not source.file.exists():
        return None
    file = settings.secrets.master_key_file
    return Keys.of(load_master_key(settings.data_dir, file=file, database=settings.database))


def _keys_or_damaged(settings: Settings, source: Source) -> Keys | None:
    """None also where the file holds no key any more: that one is lost as well."""
    try:
        return _keys(settings)
    except NoMasterKey:
        if source.file is None:
            raise
        return None


# ------------------------------------------------------------------ status


@app.command()
def status(config: Config = None) -> None:
    """Say where the master key comes from, whether it fits the database, and what to do if not."""
    settings = settings_of(config)
    source, keys = _source(settings), _keys(settings)
    if not settings.database.exists():
        said = "is there" if keys else "is made on first use"
        say(f"{source.name}: {said}; there is no database yet.")
        return
    if keys is None:
        raise Failed(missing_key(settings.master_key_file, settings.database), COULD_NOT)
    if fits(settings.database, keys) is False:
        raise Failed(
            f"{source.name} is not the master key that {settings.database} was made under: put "
            "back the right one; if it is lost: proxyd secrets renew",
            COULD_NOT,
        )
    say(f"{source.name} fits {settings.database}. Keep a copy of it in another place.")


# ------------------------------------------------------------------ rotate


@app.command()
def rotate(
    config: Config = None,
    *,
    new_key: Annotated[
        Path | None,
        typer.Option(
            "--new-key",
            metavar="FILE",
            help="Take this one, where the present one comes from the environment.",
            show_default=False,
        ),
    ] = None,
    yes: Yes = False,
) -> None:
    """Exchange the master key for a new one, while the proxy is stopped.

    For a key that somebody may have seen. Passwords are sealed anew; the access log is verified,
    sealed, and goes on under the new key. Former backups need the former key.
    """
    settings = settings_of(config)
    source = _source(settings)
    if source.file is None and new_key is None:
        raise BadInput(
            "secrets rotate",
            f"the master key comes from the variable {VARIABLE}",
            "write a new one to a file (umask 077; openssl rand -base64 32 > FILE), give it as "
            "--new-key FILE, and set the variable to it afterwards",
        )
    with stopped(settings):
        if source.file is not None and _finished_before(settings, source.file):
            return
        before = _fitting(settings)
        agreed("Exchange the master key?", yes=yes)
        verified = asyncio.run(_verified(settings))
        draft = new_key or Path(f"{source.file}{NEW}")
        if new_key is None:
            draft.unlink(missing_ok=True)
            create_master_key(draft)
        after = Keys.of(load_master_key(settings.data_dir, file=draft, environment={}))
        _exchange(settings, "secrets rotate", after, before, _outcome(verified))
        if source.file is not None:
            _in_place(draft, source.file, keep_draft=new_key is not None)
    _say_exchanged(source, verified)


def _fitting(settings: Settings) -> Keys:
    if not settings.database.exists():
        raise BadInput("secrets", "there is no database yet", "there is nothing to exchange")
    keys = _keys(settings)
    if keys is None or fits(settings.database, keys) is False:
        raise Failed("the present master key does not fit; see: proxyd secrets status", COULD_NOT)
    return keys


async def _verified(settings: Settings) -> Verified:
    async with opened(settings) as installation:
        return await Audit(installation.store).verify(by=installation.actor)


def _outcome(verified: Verified) -> dict[str, object]:
    if verified.fault is None:
        return {"verified": verified.number}
    return {"verified": verified.number, "fault": verified.fault.kind}


def _finished_before(settings: Settings, file: Path) -> bool:
    """Where the last exchange was interrupted after the database got its new key."""
    draft = Path(f"{file}{NEW}")
    if not draft.exists():
        return False
    keys = Keys.of(load_master_key(settings.data_dir, file=draft, environment={}))
    if fits(settings.database, keys) is not True:
        return False
    _in_place(draft, file, keep_draft=False)
    say("The exchange that was interrupted is complete. Start the proxy: systemctl start proxyd")
    return True


def _in_place(draft: Path, file: Path, *, keep_draft: bool) -> None:
    if file.exists():
        os.replace(file, f"{file}.before-{stamp(now_us())}")
    if keep_draft:
        file.write_bytes(b"")
        file.chmod(0o600)
        file.write_bytes(draft.read_bytes())
    else:
        os.replace(draft, file)


def _say_exchanged(source: Source, verified: Verified) -> None:
    say("The master key is exchanged. Start the proxy again: systemctl start proxyd")
    if source.file is None:
        note(f"First set {VARIABLE} to the new key.")
    else:
        note(
            f"Keep a copy of {source.file} in another place. The former key is kept beside it: "
            "backups from before need it; delete it once there are none."
        )
    if verified.fault is not None:
        note("The access log was not sound before: its record of this exchange says so.")


# ------------------------------------------------------------------ renew


@app.command()
def renew(
    config: Config = None,
    *,
    passwords_stdin: Annotated[
        bool,
        typer.Option(
            "--passwords-stdin",
            help="Read the providers' passwords from standard input, a line for each mailbox in "
            "the order of proxyd mailbox list; an empty line leaves one out.",
        ),
    ] = False,
    yes: Yes = False,
) -> None:
    """Do without a master key that is lost, while the proxy is stopped.

    A new one takes its place. People, grants and states stay, and all passwords of people. The
    providers' passwords must be typed in again. The access log stays readable and is sealed: that
    it is what was written before the loss can't be proved any more, and the log says so.
    """
    settings = settings_of(config)
    if not settings.database.exists():
        raise BadInput("secrets renew", "there is no database yet", "there is nothing to renew")
    with stopped(settings):
        source = _source(settings)
        keys = _keys_or_damaged(settings, source)
        if keys is not None and fits(settings.database, keys) is True:
            raise BadInput("secrets renew", f"{source.name} fits", "see: proxyd secrets rotate")
        agreed("Is the master key lost for good?", yes=yes)
        after = _new_keys(settings, source, keys)
        _exchange(settings, "secrets renew", after, None, {"verified": 0})
        asyncio.run(_passwords(settings, from_stdin=passwords_stdin))
    say("The database has a new master key. Start the proxy: systemctl start proxyd")
    if source.file is not None:
        note(f"Keep a copy of {source.file} in another place.")


def _new_keys(settings: Settings, source: Source, unfitting: Keys | None) -> Keys:
    """One from the environment is what is wanted; a file that does not fit is kept aside."""
    if source.file is None and unfitting is not None:
        return unfitting
    assert source.file is not None
    if source.file.exists():
        os.replace(source.file, f"{source.file}.unfitting-{stamp(now_us())}")
    create_master_key(source.file)
    return Keys.of(load_master_key(settings.data_dir, file=source.file, environment={}))


async def _passwords(settings: Settings, *, from_stdin: bool) -> None:
    async with opened(settings) as installation:
        admin = MailboxAdmin(installation.store, installation.sealer)
        for mailbox in await admin.all():
            password = _password_of(mailbox, from_stdin=from_stdin)
            if password:
                await admin.change(
                    mailbox.name, MailboxWishes(), by=installation.actor, password=password
                )
            else:
                name = shlex.quote(mailbox.name)
                note(f"Still to be given: proxyd mailbox set {name} --password-stdin")


def _password_of(mailbox: SharedMailbox, *, from_stdin: bool) -> str:
    if from_stdin:
        return line_of_stdin()
    if not sys.stdin.isatty():
        return ""
    prompt = f"The password of {mailbox.name} at its provider (empty: later)"
    return typed_password(prompt, from_stdin=False, may_be_empty=True)


# ------------------------------------------------------------------ both


def _exchange(
    settings: Settings,
    did: str,
    after: Keys,
    before: Keys | None,
    facts: Mapping[str, object],
) -> None:
    by = actor()

    def record(sealed: Mapping[str, object]) -> LogRecord:
        return by.record(Action.ADMIN, {"did": did, **facts, **sealed})

    def work(tx: Transaction) -> None:
        if before is not None:
            reseal_passwords(tx, Sealer(before), Sealer(after))
            reseal_apps(tx, Sealer(before), Sealer(after))
            reseal_webhooks(tx, Sealer(before), Sealer(after))
            reseal_answers(tx, Sealer(before), Sealer(after))
            reseal_mails(tx.connection, before.outbox, after.outbox)
            reseal_notes(tx.connection, before.notes, after.notes)
        elif forgotten := forget_apps(tx):
            told = {"did": "second factors forgotten", "count": forgotten}
            tx.log.append([by.record(Action.ADMIN, told)])

    try:
        rekeyed(settings.database, after, now_us, record, work)
    except ValueError as error:
        raise StoreUnavailable(
            f"a provider's password, an app's or a webhook's secret can't be opened: {error}"
        ) from error
    cache = settings.cache_directory
    if cache.is_dir():
        tree_of(cache, after.cache, settings.cache.disk_bytes).clear(None)
