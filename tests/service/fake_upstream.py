"""A provider in memory (the port UpstreamMailbox): folders, messages, flags, a watcher.

``leaves_out`` are flags that it leaves out silently, ``lacks`` those that a folder's PERMANENTFLAGS
doesn't have either; ``down`` makes every call fail, ``hold`` lets
calls wait; ``calls`` counts round trips by name.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from proxyd.domain.errors import (
    UidValidityChanged,
    UpstreamError,
    UpstreamFolderMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.domain.permanent_flags import PermanentFlags
from proxyd.domain.ports.upstream_rows import (
    AppendedMail,
    ContentRow,
    CopyMap,
    FlagRow,
    FolderStatus,
    HeaderRow,
    UpstreamFolder,
    UpstreamQuota,
)
from proxyd.domain.types import Blob, BytesBlob
from proxyd.imapwire.mime import MimeMail as Mime
from tests.patience import PATIENCE_S

DATE = "17-Jul-2026 02:44:25 +0900"


@dataclass
class Mail:
    raw: bytes
    flags: set[str]
    date: str = DATE


@dataclass
class FakeFolder:
    uidvalidity: int
    attributes: frozenset[str] = frozenset()
    uidnext: int = 1
    mails: dict[int, Mail] = field(default_factory=dict)


class FakeUpstream:
    def __init__(self, *, keywords: bool = True) -> None:
        self.keywords = keywords
        self.leaves_out: set[str] = set()
        self.lacks: defaultdict[str, set[str]] = defaultdict(set)  # by folder; "\\*": keywords
        self.down = False
        self.words = frozenset({"IMAP4REV1"})
        self.quotas: dict[str, list[UpstreamQuota]] = {}  # folder → roots
        self.hold: asyncio.Event | None = None
        self._held = 0  # calls that wait now
        self.refuses: set[str] = set()  # folders that may not be looked into
        self.copies_all_or_none = False  # as Dovecot does
        self.unreadable: list[str] = []  # lines of the list that can't be read
        self.hidden: set[str] = set()  # folders that the list leaves out
        self.calls: Counter[str] = Counter()
        self.forgotten: list[tuple[str, int]] = []  # folder and UID, as they were said to be gone
        self.asked: list[tuple[str, tuple[int, ...], tuple[bytes, ...]]] = []  # by fetch
        self.spool_from = 256 * 1024
        self.folders = {"INBOX": FakeFolder(1)}
        for number, name in enumerate(("Sent", "Drafts", "Trash", "Junk", "Archive"), 2):
            self.folders[name] = FakeFolder(number, frozenset({f"\\{name.lower()}"}))
        self._changed: dict[str, Callable[[], None]] = {}

    # -------------------------------------------------------------- as the outside world

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: Sequence[str] = ()) -> int:
        box = self.folders[folder]
        uid = box.uidnext
        box.uidnext += 1
        box.mails[uid] = Mail(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), set(flags))
        self.tell(folder)
        return uid

    def tell(self, folder: str) -> None:
        if folder in self._changed:
            self._changed[folder]()

    async def held(self) -> None:
        """Returns once a call waits: however long the database takes before."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._held:
                await asyncio.sleep(0.001)

    # -------------------------------------------------------------- the port

    async def _call(
        self, name: str, folder: str = "", uidvalidity: int | None = None
    ) -> FakeFolder:
        self.calls[name] += 1
        await asyncio.sleep(0)
        if self.hold is not None:
            self._held += 1
            try:
                await self.hold.wait()
            finally:
                self._held -= 1
        if self.down:
            raise UpstreamUnavailable("the line is cut")
        if not folder:
            return FakeFolder(0)
        if folder in self.refuses:
            raise UpstreamRefused("you may not", "NOPERM")
        if folder not in self.folders:
            raise UpstreamFolderMissing("no such folder")
        box = self.folders[folder]
        if uidvalidity is not None and box.uidvalidity != uidvalidity:
            raise UidValidityChanged(folder, box.uidvalidity)
        return box

    async def capabilities(self) -> frozenset[str]:
        await self._call("capabilities")
        return self.words

    async def list_folders(self, unreadable: list[str] | None = None) -> list[UpstreamFolder]:
        await self._call("list")
        if unreadable is not None:
            unreadable += self.unreadable
        return [
            UpstreamFolder(name, "/", box.attributes)
            for name, box in self.folders.items()
            if name not in self.hidden
        ]

    async def status(
        self, folders: Sequence[str], refused: dict[str, UpstreamError] | None = None
    ) -> dict[str, FolderStatus]:
        await self._call("status")
        return {
            name: FolderStatus(f.uidvalidity, f.uidnext, len(f.mails), None)
            for name, f in self.folders.items()
            if name in folders
        }

    async def permanent_flags(self, folder: str) -> PermanentFlags:
        await self._call("permanent_flags", folder)
        lacks = self.lacks[folder]
        return PermanentFlags(self.keywords and "\\*" not in lacks, frozenset(lacks - {"\\*"}))

    def _taken(self, folder: str, flags: Iterable[str]) -> set[str]:
        """What of it a folder keeps, whatever is said of it."""
        lacks = self.lacks[folder] | self.leaves_out
        keywords = "\\*" not in lacks
        return {f for f in flags if f not in lacks and (keywords or f.startswith("\\"))}

    async def scan_flags(
        self, folder: str, uidvalidity: int, *, changed_since: int | None = None
    ) -> list[FlagRow]:
        box = await self._call("scan_flags", folder, uidvalidity)
        return [FlagRow(uid, tuple(mail.flags)) for uid, mail in box.mails.items()]

    async def scan_headers(
        self, folder: str, uidvalidity: int, uids: Sequence[int], fields: Sequence[str]
    ) -> list[HeaderRow]:
        box = await self._call("scan_headers", folder, uidvalidity)
        return [
            HeaderRow(uid, tuple(m.flags), len(m.raw), m.date, m.raw.partition(b"\r\n\r\n")[0])
            for uid in uids
            if (m := box.mails.get(uid))
        ]

    async def fetch(
        self,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        attributes: Sequence[bytes],
        *,
        octets: int = 0,
    ) -> list[ContentRow]:
        del octets  # how much that is, the fake knows itself
        box = await self._call("fetch", folder, uidvalidity)
        self.asked += [(folder, tuple(uids), tuple(attributes))]
        return [
            ContentRow(uid, dict(self._value(Mime(mail.raw), one) for one in attributes))
            for uid in uids
            if (mail := box.mails.get(uid))
        ]

    def _value(self, mime: Mime, attribute: bytes) -> tuple[bytes, bytes | Blob]:
        """Name and wire text, or a Blob for what is long."""
        if attribute == b"BODYSTRUCTURE":
            return attribute, mime.bodystructure(extended=True)
        if attribute == b"ENVELOPE":
            return attribute, mime.envelope()
        if attribute == b"RFC822.SIZE":
            return attribute, b"%d" % len(mime.section(b"", None) or b"")
        found = re.fullmatch(rb"BODY\.PEEK\[(.*)\](?:<(\d+)\.(\d+)>)?", attribute, re.DOTALL)
        assert found is not None, attribute
        partial = (int(found[2]), int(found[3])) if found[2] else None
        octets = mime.section(found[1], partial)
        name = b"BODY[%b]" % found[1] + (b"<%b>" % found[2] if found[2] else b"")
        if octets is None:
            return name, b"NIL"
        if len(octets) > self.spool_from:
            return name, BytesBlob(octets)
        return name, b"{%d}\r\n%s" % (len(octets), octets)

    async def known(
        self, folder: str, uidvalidity: int, uids: Sequence[int], attributes: Sequence[bytes]
    ) -> list[ContentRow]:
        return []

    def gone(self, folder: str, uidvalidity: int, uids: Collection[int]) -> None:
        self.forgotten += [(folder, uid) for uid in sorted(uids)]

    async def present(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, int]:
        box = await self._call("present", folder, uidvalidity)
        return {uid: len(box.mails[uid].raw) for uid in uids if uid in box.mails}

    async def search(self, folder: str, uidvalidity: int, criteria: bytes) -> list[int]:
        box = await self._call("search", folder, uidvalidity)
        if keyword := re.fullmatch(rb"KEYWORD (\S+) UID (\d+):\*", criteria):
            wanted, last = keyword[1].decode(), max(box.mails, default=0)
            return [
                uid
                for uid, mail in box.mails.items()
                if wanted in mail.flags and (uid >= int(keyword[2]) or uid == last)
            ]
        word = re.fullmatch(rb'TEXT "(.*)"', criteria)
        assert word
        return [uid for uid, mail in box.mails.items() if word[1] in mail.raw]

    async def store_flags(
        self, folder: str, uidvalidity: int, uids: Sequence[int], mode: str, flags: Sequence[str]
    ) -> list[FlagRow]:
        box = await self._call("store_flags", folder, uidvalidity)
        rows = []
        taken = self._taken(folder, flags)
        for uid in uids:
            if mail := box.mails.get(uid):
                mail.flags = mail.flags | taken if mode == "+" else mail.flags - taken
                rows.append(FlagRow(uid, tuple(mail.flags)))
        return rows

    async def copy(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        box = await self._call("copy", folder, uidvalidity)
        if target not in self.folders:
            raise UpstreamRefused("no such folder", "TRYCREATE")
        if self.copies_all_or_none and not box.mails.keys() >= set(uids):
            raise UpstreamRefused("Some of the messages no longer exist", "EXPUNGEISSUED")
        there = self.folders[target]
        pairs = {}
        for uid in uids:
            if mail := box.mails.get(uid):
                pairs[uid] = there.uidnext
                there.mails[there.uidnext] = Mail(
                    mail.raw, self._taken(target, mail.flags), mail.date
                )
                there.uidnext += 1
        return CopyMap(there.uidvalidity, pairs)

    async def move(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        done = await self.copy(folder, uidvalidity, uids, target)
        await self.expunge(folder, uidvalidity, uids)
        return done

    async def expunge(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
        box = await self._call("expunge", folder, uidvalidity)
        for uid in uids:
            box.mails.pop(uid, None)

    async def append(
        self,
        folder: str,
        flags: Sequence[str],
        internal_date: str | None,
        message: Blob,
        *,
        binary: bool = False,
    ) -> tuple[int, int] | None:
        box = await self._call("append", folder)
        kept = self._taken(folder, flags)
        uid = self.deliver(b"".join(message.chunks()), folder, sorted(kept))
        return box.uidvalidity, uid

    async def append_all(
        self, folder: str, mails: Sequence[AppendedMail]
    ) -> tuple[int, Sequence[int]] | None:
        assert "MULTIAPPEND" in self.words
        box = await self._call("append_all", folder)
        octets = [b"".join(mail.content.chunks()) for mail in mails]
        flags = [mail.flags for mail in mails]
        return box.uidvalidity, [
            self.deliver(raw, folder, sorted(self._taken(folder, each)))
            for raw, each in zip(octets, flags, strict=True)
        ]

    async def create(self, folder: str, use: str = "") -> None:
        await self._call("create")
        attributes = frozenset({use.lower()} if use else ())
        self.folders[folder] = FakeFolder(100 + len(self.folders), attributes)

    async def quota_roots(self, folder: str) -> list[UpstreamQuota]:
        await self._call("quota_roots", folder)
        return self.quotas.get(folder, [])

    async def quota(self, root: str) -> UpstreamQuota | None:
        await self._call("quota")
        told = [one for roots in self.quotas.values() for one in roots]
        return next((one for one in told if one.root == root), None)

    async def delete(self, folder: str) -> None:
        await self._call("delete", folder)
        del self.folders[folder]

    async def rename(self, folder: str, to: str) -> None:
        await self._call("rename", folder)
        self.folders[to] = self.folders.pop(folder)

    def watch(
        self, folder: str, changed: Callable[[], None], line: Callable[[bool, str], None]
    ) -> None:
        self._changed[folder] = changed

    def in_use(self) -> tuple[int, int]:
        return (0 if self.down else 2, 3)

    async def close(self) -> None:
        self._changed.clear()
