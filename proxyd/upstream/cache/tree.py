"""The cache's directory: which file stands for what, and how many octets there are.

``mailbox/folder/UIDVALIDITY/range of UIDs/file``, every name a keyed digest: whoever sees the
directory learns sizes and times, and no name, number or attribute. All of it may be deleted at any
time. Blocks: call it off the event loop; writes in one thread, reads in any.

Invariants: what is written together stays below ``limit`` octets (what was used longest ago goes
first, and modification times say when that was); nothing of an expunged mail stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from proxyd.domain.types import BytesBlob
from proxyd.upstream.cache import sealed_file
from proxyd.upstream.cache.page import SHIFT, decoded, encoded
from proxyd.upstream.cache.sealed_file import DRAFT
from proxyd.upstream.sealed_chunks import Damaged, SealedBlob

DIGEST = 10  # octets; keyed, so that two names meet by chance only once in 2^40 files
BLOCK = 4096  # what a file takes at least, on nearly every file system
# Making room looks at every file, so it is done seldom: for a tenth of the room at once.
ROOM = 10
DIRECTORY_MODE = 0o700

PAGE, BODY = "p", "b"  # the first letter of a file


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one mailbox. Times are seconds since the epoch; 0 where there is nothing."""

    entries: int = 0
    octets: int = 0
    oldest: float = 0.0


@dataclass(frozen=True, slots=True)
class _File:
    used: float
    octets: int
    path: str


class CacheTree:
    """``key`` opens the files, ``names`` makes the digests."""

    def __init__(self, root: Path, key: bytes, names: bytes, limit: int) -> None:
        self._root = str(root)
        self._key = key
        self._names = names
        self.limit = limit
        self.octets = 0  # on disk, about
        self.evicted = 0  # files, since the start

    # ------------------------------------------------------------------ names

    def digest(self, *what: bytes) -> str:
        text = b"\0".join(b"%d:%b" % (len(one), one) for one in what)
        return hashlib.blake2b(text, key=self._names, digest_size=DIGEST).hexdigest()

    def mailbox(self, identity: bytes) -> str:
        """The directory of a mailbox."""
        return self._path(self.digest(b"mailbox", identity))

    def folder(self, mailbox: str, folder: str) -> str:
        return f"{mailbox}/{self.digest(b'folder', folder.encode())}"

    def place(self, mailbox: str, folder: str, uidvalidity: int) -> str:
        folder_path = self.folder(mailbox, folder)
        return f"{folder_path}/{self.digest(b'uidvalidity', b'%d' % uidvalidity)}"

    def page(self, place: str, attribute: bytes, number: int) -> str:
        return f"{self._range(place, number)}/{PAGE}{self.digest(b'page', attribute)}"

    def body(self, place: str, attribute: bytes, uid: int) -> str:
        folder = self._range(place, uid >> SHIFT)
        return f"{folder}/{self._bodies(uid)}{self.digest(b'body', attribute)}"

    def _bodies(self, uid: int) -> str:
        return BODY + self.digest(b"uid", b"%d" % uid)

    def _range(self, place: str, number: int) -> str:
        return f"{place}/{self.digest(b'range', b'%d' % number)}"

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    # ------------------------------------------------------------------ files

    def write(self, path: str, head: bytes, size: int, chunks: Iterable[bytes]) -> None:
        """Raises OSError; what was there before stays then."""
        _make(os.path.dirname(path))
        before = _octets_of(path)
        written = sealed_file.write(path, self._key, head, size, chunks)
        self.octets += _blocks(written) - before
        if self.octets > self.limit:
            self.make_room()

    def read(
        self, path: str, most: int | None = None
    ) -> tuple[bytes, SealedBlob | BytesBlob] | None:
        """None where it is not there, or has more than ``most`` octets.

        Raises Damaged, after which it is not there any more.
        """
        try:
            if most is not None and os.stat(path).st_size > most:
                return None
            found = sealed_file.opened(path, self._key)
        except FileNotFoundError:
            return None
        except Damaged:
            self.remove(path)
            raise
        with contextlib.suppress(OSError):  # used just now; not worth failing for
            os.utime(path)
        return found

    def used(self, paths: Iterable[str]) -> None:
        """These were used, though not read."""
        for path in paths:
            with contextlib.suppress(OSError):
                os.utime(path)

    def remove(self, path: str) -> None:
        octets = _octets_of(path)
        with contextlib.suppress(OSError):
            os.unlink(path)
            self.octets -= octets

    # ------------------------------------------------------------------ forgetting

    def forget(self, place: str, uids: Collection[int]) -> None:
        """Nothing of these messages is left; what else their pages hold stays."""
        ranges: dict[int, list[int]] = {}
        for uid in uids:
            ranges.setdefault(uid >> SHIFT, []).append(uid)
        for number, part in ranges.items():
            self._forget(self._range(place, number), part)

    def _forget(self, folder: str, uids: Collection[int]) -> None:
        bodies = {self._bodies(uid) for uid in uids}
        prefix = len(next(iter(bodies)))
        for name in _listed(folder):
            path = f"{folder}/{name}"
            if name[:prefix] in bodies:
                self.remove(path)
            elif name.startswith(PAGE):
                self._forget_rows(path, uids)

    def _forget_rows(self, path: str, uids: Collection[int]) -> None:
        try:
            found = self.read(path)
            if found is None:
                return
            head, blob = found
            rows = decoded(b"".join(blob.chunks()))
            left = [row for uid, row in rows.items() if uid not in uids]
            if len(left) == len(rows):
                return
            octets = encoded(left)
            self.write(path, head, len(octets), [octets])
        except (OSError, ValueError):  # rather nothing of the others than anything of these
            self.remove(path)

    def forget_all(self, path: str) -> None:
        """A mailbox, a folder or a place."""
        octets = sum(file.octets for file in _files(path))
        shutil.rmtree(path, ignore_errors=True)
        self.octets -= octets

    def keep_only(self, path: str, kept: Collection[str]) -> None:
        """Of the directories in ``path``, those whose paths are ``kept``."""
        for name in _listed(path):
            one = f"{path}/{name}"
            if one not in kept and os.path.isdir(one):
                self.forget_all(one)

    def clear(self, mailbox: str | None) -> None:
        """The directory of this name, or of all mailboxes."""
        if mailbox is None:
            self.keep_only_mailboxes(())
        elif mailbox.isalnum():  # a digest, and nothing else that could be a path
            self.forget_all(self._path(mailbox))

    def keep_only_mailboxes(self, kept: Collection[str]) -> None:
        self.keep_only(self._root, kept)

    # ------------------------------------------------------------------ room

    def make_root(self) -> None:
        """Raises OSError."""
        _make(self._root)
        os.chmod(self._root, DIRECTORY_MODE)

    def make_room(self) -> None:
        """Count, clear away what was left half done, remove what was used longest ago."""
        files: list[_File] = []
        for file in _files(self._root):
            if os.path.basename(file.path).startswith(DRAFT):
                with contextlib.suppress(OSError):
                    os.unlink(file.path)
            else:
                files.append(file)
        self.octets = sum(file.octets for file in files)
        if self.octets <= self.limit:
            return
        files.sort(key=lambda file: file.used)
        for file in files:
            if self.octets <= self.limit - self.limit // ROOM:
                break
            self.remove(file.path)
            self.evicted += 1
        _remove_empty(self._root)

    def usage(self, mailbox: str) -> Usage:
        files = list(_files(mailbox))
        oldest = min((file.used for file in files), default=0.0)
        return Usage(len(files), sum(file.octets for file in files), oldest)


def _make(folder: str) -> None:
    """With all above it, each for us alone; os.makedirs opens those to others."""
    if os.path.isdir(folder):
        return
    try:
        os.mkdir(folder, DIRECTORY_MODE)
    except FileNotFoundError:
        _make(os.path.dirname(folder))
        os.mkdir(folder, DIRECTORY_MODE)
    except FileExistsError:
        return


def _blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _octets_of(path: str) -> int:
    try:
        return _blocks(os.stat(path).st_size)
    except OSError:
        return 0


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _files(path: str) -> Iterator[_File]:
    """All there are below; what vanishes meanwhile is left out."""
    for name in _listed(path):
        below = f"{path}/{name}"
        try:
            seen = os.lstat(below)
        except OSError:
            continue
        if seen.st_mode & 0o170000 == 0o040000:
            yield from _files(below)
        elif name.startswith((PAGE, BODY, DRAFT)):
            yield _File(seen.st_mtime, _blocks(seen.st_size), below)


def _remove_empty(root: str) -> None:
    for folder, _, _ in os.walk(root, topdown=False):
        if folder != root:
            with contextlib.suppress(OSError):  # not empty
                os.rmdir(folder)
