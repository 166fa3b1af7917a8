"""The cache of a running proxy: opened, shared by all mailboxes, looked into, emptied, closed.

One process has the directory; whoever comes second does without a disk. ``proxyd cache clear``
leaves a note in the directory, and the owner clears and takes it away. Invariant: nothing that goes
wrong with the directory keeps the proxy from serving.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import hmac
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.types import SharedMailbox
from proxyd.upstream.cache.counts import Counts
from proxyd.upstream.cache.disk import CacheDisk
from proxyd.upstream.cache.keeper import Keeper
from proxyd.upstream.cache.mailbox import CachedMailbox
from proxyd.upstream.cache.sealed_file import MODE
from proxyd.upstream.cache.shelf import Shelf
from proxyd.upstream.cache.tree import CacheTree

_log = logging.getLogger(__name__)

LOOK_S = 0.5  # between looks for a note: an admin waits for it
LOCK = "lock"
COUNTS = "counts.json"
NOTE = "clear."  # and the name of a mailbox' directory, or EVERYTHING
EVERYTHING = "all"


class Cache:
    """``key``: derived from the master key for this alone. ``disk_octets`` of 0: memory alone."""

    def __init__(self, directory: Path, key: bytes, *, disk_octets: int, memory_octets: int):
        self.tree = tree_of(directory, key, disk_octets)
        self._directory = directory
        self._counts = Counts()
        self._disk = CacheDisk(self.tree, self._counts) if disk_octets else None
        self._keeper = Keeper(self._disk, memory_octets, self._counts)
        self._shelves: dict[str, Shelf] = {}
        self._lock: int | None = None
        self._looking: asyncio.Task[None] | None = None
        self._told = Counts()

    @property
    def counts(self) -> Counts:
        return self._counts

    @property
    def memory(self) -> int:
        """Octets in memory."""
        return self._keeper.memory

    @property
    def disk_octets(self) -> int:
        return self.tree.octets if self._keeper.disk is not None else 0

    async def open(self) -> None:
        """Without it, there is nothing on disk."""
        if self._disk is None:
            await asyncio.to_thread(self.tree.keep_only_mailboxes, ())  # from before it was 0
            return
        self._keeper.disk = None
        try:
            self._lock = await asyncio.to_thread(self._locked)
        except OSError as error:
            _log.error("mail is not cached on disk: %s: %s", self._directory, error.strerror)
            return
        self._keeper.disk = self._disk
        self._disk.write(lambda tree: tree.make_room())
        self._looking = asyncio.get_running_loop().create_task(self._look())

    def _locked(self) -> int:
        self.tree.make_root()
        return locked(self._directory)

    def of(self, mailbox: SharedMailbox, upstream: UpstreamMailbox) -> UpstreamMailbox:
        """The same provider's side, with the memory of this mailbox."""
        directory = self.tree.mailbox(identity(mailbox))
        shelf = self._shelves.get(directory)
        if shelf is None:
            shelf = self._shelves[directory] = Shelf(self._keeper, self.tree, directory)
        return CachedMailbox(upstream, shelf)

    def keep_only(self, mailboxes: Sequence[SharedMailbox]) -> None:
        """There are no others any more, nor at another server."""
        kept = {self.tree.mailbox(identity(mailbox)) for mailbox in mailboxes}
        for directory in self._shelves.keys() - kept:
            self._shelves.pop(directory).forget_all()
        if self._keeper.disk is not None:
            self._keeper.disk.write(lambda tree: tree.keep_only_mailboxes(kept))

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        await self._keeper.close()
        if self._disk is not None and self._keeper.disk is None:
            await self._disk.close()
        if self._lock is not None:
            self._write_counts()
            os.close(self._lock)
            self._lock = None

    # ------------------------------------------------------------------ the admin's side

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for note in await asyncio.to_thread(notes, self._directory):
                await self._clear(note.removeprefix(NOTE))
                with contextlib.suppress(OSError):
                    (self._directory / note).unlink()
            if self._told != self._counts:
                self._told = Counts(**asdict(self._counts))
                await asyncio.to_thread(self._write_counts)

    async def _clear(self, name: str) -> None:
        assert self._disk is not None
        for directory, shelf in self._shelves.items():
            if name in (EVERYTHING, os.path.basename(directory)):
                shelf.forget_all()
        await self._disk.write(lambda tree: tree.clear(None if name == EVERYTHING else name))

    def _write_counts(self) -> None:
        file = self._directory / COUNTS
        draft = file.with_name(f".{COUNTS}")
        with contextlib.suppress(OSError):
            draft.write_text(json.dumps(asdict(self._counts)))
            draft.chmod(MODE)
            draft.rename(file)


def tree_of(directory: Path, key: bytes, octets: int) -> CacheTree:
    files, names = (hmac.digest(key, use, hashlib.sha256) for use in (b"files 1", b"names 1"))
    return CacheTree(directory, files, names, octets)


def identity(mailbox: SharedMailbox) -> bytes:
    """Another server or user has other mails under the same numbers."""
    imap = mailbox.imap
    return f"{mailbox.id} {imap.host}:{imap.port} {imap.user}".encode()


def locked(directory: Path) -> int:
    """The directory is ours until the descriptor is closed. Raises OSError."""
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def notes(directory: Path) -> list[str]:
    try:
        return [name for name in os.listdir(directory) if name.startswith(NOTE)]
    except OSError:
        return []
