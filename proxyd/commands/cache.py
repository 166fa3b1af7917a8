"""``proxyd cache …``: what is kept of mails on this machine, and how to be rid of it.

A running proxy owns the cache's directory: it is asked by a note to clear, and its counts are read
from a file. Must never open a mail.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, note, say, say_json, say_table
from proxyd.commands.failure import Failed
from proxyd.commands.installation import Installation, within
from proxyd.commands.later import group_of
from proxyd.commands.times import local_time
from proxyd.domain.errors import NotFound
from proxyd.domain.events import Action
from proxyd.domain.types import SharedMailbox
from proxyd.store.belonging import give_to_owner
from proxyd.upstream.cache.cache import COUNTS, EVERYTHING, NOTE, identity, locked, tree_of
from proxyd.upstream.cache.tree import CacheTree, Usage

CLEARED_S = 15.0  # the running proxy looks for notes twice a second, and deletes 1 GiB in seconds
LOOK_S = 0.1

app = group_of("What is kept of mails, encrypted, to be quick.")

Mailbox = Annotated[
    str | None, typer.Argument(metavar="[MAILBOX]", help="Of this one alone.", show_default=False)
]


@app.command()
def status(config: Config = None, *, as_json: AsJson = False) -> None:
    """Show how much is kept of each shared mailbox, and how often it spared the provider."""

    async def work(at: Installation) -> tuple[list[tuple[str, Usage]], dict[str, int], Path]:
        tree, directory = _tree(at), at.settings.cache_directory
        usage = [(box.name, tree.usage(_place(tree, box))) for box in await _mailboxes(at)]
        return usage, _counts(directory), directory

    usage, counts, directory = within(config, work)
    if as_json:
        boxes = [
            {"mailbox": name, "entries": one.entries, "octets": one.octets, "oldest": _oldest(one)}
            for name, one in usage
        ]
        say_json({"directory": str(directory), "mailboxes": boxes, "counts": counts})
        return
    rows = [[name, f"{one.entries}", f"{one.octets}", _oldest(one)] for name, one in usage]
    say_table(["MAILBOX", "ENTRIES", "OCTETS", "OLDEST USE"], rows)
    if counts:
        note(
            f"Since the start: {counts['small_hits']} header fields and {counts['body_hits']} "
            f"bodies from the cache, {counts['small_misses']} and {counts['body_misses']} from the "
            f"provider; {counts['damaged']} damaged files fetched again."
        )


@app.command()
def clear(mailbox: Mailbox = None, config: Config = None) -> None:
    """Forget what is kept, also while the proxy runs. No mail is lost: it is fetched again.

    That is recorded in the access log.
    """

    async def work(at: Installation) -> None:
        tree, name = _tree(at), EVERYTHING
        if mailbox is not None:
            found = [box for box in await _mailboxes(at) if box.name == mailbox]
            if not found:
                raise NotFound("mailbox", mailbox)
            name = os.path.basename(_place(tree, found[0]))
        directory = at.settings.cache_directory
        if directory.is_dir():
            await _cleared(directory, tree, name)
        # Afterwards: on a full disk this is what makes room for a record.
        record = at.actor.record(Action.ADMIN, {"did": "cache clear"}, mailbox=mailbox or "")
        await at.store.write(lambda tx: tx.log.append([record]))

    within(config, work)
    say(f"The cache{f' of {mailbox}' if mailbox else ''} is empty.")


async def _cleared(directory: Path, tree: CacheTree, name: str) -> None:
    """By whoever owns the directory: us, where no proxy runs."""
    asked = directory / f"{NOTE}{name}"
    asked.touch(0o600)
    deadline = asyncio.get_running_loop().time() + CLEARED_S
    while asked.exists():
        with suppress(BlockingIOError):
            ours = locked(directory)
            give_to_owner(ours, directory)
            try:
                tree.clear(None if name == EVERYTHING else name)
                asked.unlink(missing_ok=True)
            finally:
                os.close(ours)
            return
        if asyncio.get_running_loop().time() > deadline:
            asked.unlink(missing_ok=True)
            raise Failed("the running proxy did not clear its cache; see its log, and try again")
        await asyncio.sleep(LOOK_S)


async def _mailboxes(at: Installation) -> list[SharedMailbox]:
    return await at.store.read(lambda tx: tx.mailboxes.all())


def _tree(at: Installation) -> CacheTree:
    settings = at.settings
    return tree_of(settings.cache_directory, at.keys.cache, settings.cache.disk_bytes)


def _place(tree: CacheTree, mailbox: SharedMailbox) -> str:
    return tree.mailbox(identity(mailbox))


def _counts(directory: Path) -> dict[str, int]:
    """Empty where no proxy has run yet."""
    try:
        counts: dict[str, int] = json.loads((directory / COUNTS).read_bytes())
    except (OSError, ValueError):
        return {}
    return counts


def _oldest(usage: Usage) -> str:
    return local_time(int(usage.oldest * 1_000_000)) if usage.entries else ""
