"""``proxyd backup`` and ``proxyd restore``: the whole database as one file, and the way back.

Must never touch the database that is there before the one that comes has been found sound.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from proxyd.commands.anchor import anchor_of
from proxyd.commands.console import Config, agreed, note, progress, say
from proxyd.commands.installation import (
    Installation,
    actor,
    keys_of,
    now_us,
    settings_of,
    stopped,
    within,
)
from proxyd.commands.times import local_time, stamp
from proxyd.domain.errors import BadInput, StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.service.admin.restoring import Restoring, Taken
from proxyd.settings import Settings
from proxyd.store import copying
from proxyd.store.database import Database
from proxyd.store.log_anchor import AnchorFile
from proxyd.store.place import DatabasePlace
from proxyd.store.secrets import VARIABLE
from proxyd.upstream.cache.cache import tree_of

BACKUP = "name what proxyd backup wrote"

Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


@dataclass(frozen=True, slots=True)
class BackupContent:
    """What a database holds, for who puts it back."""

    people: int
    mailboxes: int
    last_us: int  # of the newest record


# ------------------------------------------------------------------ backup


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    config: Config = None,
) -> None:
    """Write a backup of everything but the mail, also while the proxy runs.

    One file: people, grants, mailboxes, status of all mails, and the access log. The mail is at
    the provider. What the backup can't be read without is the master key: keep that elsewhere.
    """
    _check_new(file)

    async def work(at: Installation) -> None:
        record = at.actor.record(Action.ADMIN, {"did": "backup", "file": str(file.absolute())})
        await at.store.write(lambda tx: tx.log.append([record]))
        with progress("Copying", None) as done:
            await asyncio.to_thread(
                copying.copied, at.store.file, file, lambda pages, _all: done(pages)
            )

    try:
        within(config, work)
    except OSError as error:
        raise BadInput("FILE", f"{file}: {error.strerror}", "name another file") from error
    say(f"Written to {file}.")
    if not os.environ.get(VARIABLE):
        key = settings_of(config).master_key_file
        note(f"It can't be used without the master key. Keep a copy of {key} in another place.")


def _check_new(file: Path) -> None:
    if str(file) in {"", "."}:  # the framework makes "" a path
        raise BadInput("FILE", "it has no name", "name a new file")
    if file.exists() or file.is_symlink():
        raise BadInput("FILE", f"{file} exists already", "name a new file")
    if not file.absolute().parent.is_dir():
        raise BadInput("FILE", f"{file.parent} is no directory", "name a file in one that is there")


# ------------------------------------------------------------------ restore


def restore(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="What proxyd backup wrote.", show_default=False),
    ] = None,
    config: Config = None,
    *,
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place",
            help="The data directory was put back by other means already (a copy of files, a "
            "snapshot of the machine): say so, or accept what was noticed at the start.",
        ),
    ] = False,
    anchor: Annotated[
        Path | None,
        typer.Option(
            "--anchor",
            metavar="FILE",
            help="A newer copy of log-head from another machine: names how much of the log is "
            "missing.",
            show_default=False,
        ),
    ] = None,
    yes: Yes = False,
) -> None:
    """Put a backup back, while the proxy is stopped. The database that is there is kept aside.

    Mail clients read their folders anew afterwards. What happened since the backup is not known
    any more: people switched off since then can sign in again, status and assignee are older. The
    access log says so, and names the records that are missing.
    """
    if (file is None) == (not in_place):
        raise BadInput("restore", "give either FILE or --in-place", "see: proxyd restore --help")
    settings = settings_of(config)
    before = _anchor(anchor)
    if file is None:
        _in_place(settings, before, yes=yes)
    else:
        _put_back(settings, file, before, yes=yes)


def _anchor(path: Path | None) -> Anchor | None:
    if path is None:
        return None
    return anchor_of(path)


def _put_back(settings: Settings, file: Path, before: Anchor | None, *, yes: bool) -> None:
    _check_backup(file)
    there = settings.database
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with stopped(settings):
        draft = there.with_name(f".{there.name}.restoring")
        copying.brought(file, draft)
        try:
            if not copying.is_ours(draft):  # opened, the tables that are missing would be made
                raise BadInput("FILE", f"{file} is another program's database", BACKUP)
            content = asyncio.run(_content(settings, draft))
            _say_content(content)
            agreed("Put this back in place of the database that is there?", yes=yes)
            taken = asyncio.run(_taken(settings, draft, before or _last_head(settings)))
            copying.synced(draft)
            aside = copying.kept_aside(there, f"{there.name}.before-restore-{stamp(now_us())}")
            draft.replace(there)
            copying.synced(there)
        finally:
            copying.removed(draft)
        asyncio.run(_finished(settings, taken))
    say("Put back. Start the proxy again: systemctl start proxyd")
    if aside is not None:
        note(f"The database that was there is {aside}; delete it when you don't need it any more.")
    _say_what_to_look_at()


def _check_backup(file: Path) -> None:
    """Raises BadInput for what proxyd backup did not write."""
    if not file.is_file():
        raise BadInput("FILE", f"{file} is no file", BACKUP)
    try:
        is_database = copying.is_database(file)
    except PermissionError:
        raise BadInput("FILE", f"{file} can't be read", "check its owner and mode") from None
    if not is_database:
        raise BadInput("FILE", f"{file} is no database", BACKUP)


def _last_head(settings: Settings) -> Anchor | None:
    """The log's newest head that anything here knows of."""
    try:
        kept = AnchorFile(settings.anchor_file).read()
    except StoreUnavailable:
        kept = None
    known = [one for one in (kept, copying.head_of(settings.database)) if one is not None]
    return max(known, key=lambda one: one.number, default=None)


async def _content(settings: Settings, file: Path) -> BackupContent:
    """Opening it brings its tables up to date. Raises StoreUnavailable, also for another key."""

    def look(tx: Transaction) -> BackupContent:
        last = tx.log.search(LogQuery(newest_first=True, limit=1))
        people, boxes = len(tx.accounts.all()), len(tx.mailboxes.all())
        return BackupContent(people, boxes, last[0].at_us if last else 0)

    store = Database(file, keys=keys_of(settings), clock=now_us)
    await store.open()
    try:
        return await store.read(look)
    finally:
        await store.close()


async def _taken(settings: Settings, file: Path, before: Anchor | None) -> Taken:
    store = Database(file, keys=keys_of(settings), clock=now_us)
    await store.open()
    try:
        return await _restoring(settings, store).take_in("", before, by=actor())
    finally:
        await store.close()


async def _finished(settings: Settings, taken: Taken) -> None:
    store = Database(settings.database, keys=keys_of(settings), clock=now_us)
    await _restoring(settings, store).finish(taken)
    _clear_cache(settings)


def _restoring(settings: Settings, store: Database) -> Restoring:
    place = DatabasePlace(settings.database.parent)
    return Restoring(store, AnchorFile(settings.anchor_file), place, now_us)


def _clear_cache(settings: Settings) -> None:
    """What it keeps of a mailbox that the backup does not know could be taken for another's."""
    keys = keys_of(settings)
    tree_of(settings.cache_directory, keys.cache, settings.cache.disk_bytes).clear(None)


# ------------------------------------------------------------------ put back by other means


def _in_place(settings: Settings, before: Anchor | None, *, yes: bool) -> None:
    if not settings.database.exists():
        raise BadInput("--in-place", f"there is no {settings.database}", "put the files back first")
    if asyncio.run(_accepted(settings, before)):
        say("Accepted: proxyd audit verify shows it, and is content with it.")
        return
    agreed("Was the data directory put back from an older copy?", yes=yes)
    with stopped(settings):
        taken = asyncio.run(_taken(settings, settings.database, before or _gap(settings)))
        asyncio.run(_finished(settings, taken))
    say("Noted. Start the proxy again: systemctl start proxyd")
    _say_what_to_look_at()


def _gap(settings: Settings) -> Anchor | None:
    """The head that is kept outside, where it is not in this log any more."""
    kept, head = AnchorFile(settings.anchor_file).read(), copying.head_of(settings.database)
    return kept if kept is not None and (head is None or kept.number > head.number) else None


async def _accepted(settings: Settings, before: Anchor | None) -> bool:
    store = Database(settings.database, keys=keys_of(settings), clock=now_us)
    await store.open()
    try:
        return bool(await _restoring(settings, store).accept(before, by=actor()))
    finally:
        await store.close()


def _say_content(content: BackupContent) -> None:
    note(
        f"The backup is of {local_time(content.last_us)}; people: {content.people}, "
        f"shared mailboxes: {content.mailboxes}."
    )


def _say_what_to_look_at() -> None:
    note(
        "People, grants and passwords are as they were then: look with proxyd user list. "
        "The access log tells what is missing: proxyd audit verify"
    )
