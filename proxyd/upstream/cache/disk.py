"""The threads in which the cache's files are read and written, so that nobody waits for a disk.

One thread writes, in the order it was asked, and a few read. Invariant: a disk that is full, broken
or slow costs speed and nothing else: nothing is raised, and the log hears of it once, not for each
file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from proxyd.upstream.cache.counts import Counts
from proxyd.upstream.cache.tree import CacheTree
from proxyd.upstream.sealed_chunks import Damaged

K = TypeVar("K")
T = TypeVar("T")

READERS = 2  # so that a big body being verified does not hold up a list

_log = logging.getLogger(__name__)


class CacheDisk:
    def __init__(self, tree: CacheTree, counts: Counts) -> None:
        self.tree = tree
        self._counts = counts
        self._writer = ThreadPoolExecutor(1, "cache-writer")
        self._readers = ThreadPoolExecutor(READERS, "cache-reader")
        self._closed = False
        self._well = True

    async def read(self, keys: Sequence[K], read: Callable[[CacheTree, K], T | None]) -> dict[K, T]:
        """What ``read`` finds; what is damaged counts as missing."""
        if self._closed or not keys:
            return {}
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, keys, read)

    def store(self, work: Callable[[CacheTree], None]) -> asyncio.Future[bool]:
        """Whether it worked: then the disk is well again."""
        return self._write(work, proves=True)

    def write(self, work: Callable[[CacheTree], None]) -> asyncio.Future[bool]:
        """The same for what needs no room. Whether it worked."""
        return self._write(work, proves=False)

    def _write(self, work: Callable[[CacheTree], None], *, proves: bool) -> asyncio.Future[bool]:
        loop = asyncio.get_running_loop()
        if not self._closed:
            return loop.run_in_executor(self._writer, self._done, work, proves)
        done: asyncio.Future[bool] = loop.create_future()
        done.set_result(False)
        return done

    async def close(self) -> None:
        """What was asked for is written."""
        self._closed = True
        loop = asyncio.get_running_loop()
        for pool in (self._writer, self._readers):
            await loop.run_in_executor(None, pool.shutdown)

    # ------------------------------------------------------------------ in the threads

    def _read(self, keys: Sequence[K], read: Callable[[CacheTree, K], T | None]) -> dict[K, T]:
        found: dict[K, T] = {}
        for key in keys:
            try:
                value = read(self.tree, key)
            except Damaged:
                self._counts.damaged += 1
            except OSError as error:
                self._trouble(error)
            else:
                if value is not None:
                    found[key] = value
        return found

    def _done(self, work: Callable[[CacheTree], None], proves: bool) -> bool:  # noqa: FBT001
        try:
            work(self.tree)
        except OSError as error:
            self._counts.unwritten += 1
            self._trouble(error)
            return False
        self._well = self._well or proves
        return True

    def _trouble(self, error: OSError) -> None:
        if self._well:
            self._well = False
            _log.error("mail is not cached on disk: %s", error.strerror or error)
