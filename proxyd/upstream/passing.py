"""A provider's side that is another one's: every call of the port handed on as it is.

Who stands in front of it (the cache, the notes) changes some of them; those that are new in the
port stand here first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from proxyd.domain.errors import UpstreamError
from proxyd.domain.permanent_flags import PermanentFlags
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
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
from proxyd.domain.types import Blob


class Passing:
    def __init__(self, upstream: UpstreamMailbox) -> None:
        self._upstream = upstream

    async def capabilities(self) -> frozenset[str]:
        return await self._upstream.capabilities()

    async def list_folders(self, unreadable: list[str] | None = None) -> list[UpstreamFolder]:
        return await self._upstream.list_folders(unreadable)

    async def status(
        self, folders: Sequence[str], refused: dict[str, UpstreamError] | None = None
    ) -> dict[str, FolderStatus]:
        return await self._upstream.status(folders, refused)

    async def permanent_flags(self, folder: str) -> PermanentFlags:
        return await self._upstream.permanent_flags(folder)

    async def scan_flags(
        self, folder: str, uidvalidity: int, *, changed_since: int | None = None
    ) -> list[FlagRow]:
        return await self._upstream.scan_flags(folder, uidvalidity, changed_since=changed_since)

    async def scan_headers(
        self, folder: str, uidvalidity: int, uids: Sequence[int], fields: Sequence[str]
    ) -> list[HeaderRow]:
        return await self._upstream.scan_headers(folder, uidvalidity, uids, fields)

    async def fetch(
        self,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        attributes: Sequence[bytes],
        *,
        octets: int = 0,
    ) -> list[ContentRow]:
        return await self._upstream.fetch(folder, uidvalidity, uids, attributes, octets=octets)

    async def known(
        self, folder: str, uidvalidity: int, uids: Sequence[int], attributes: Sequence[bytes]
    ) -> list[ContentRow]:
        return await self._upstream.known(folder, uidvalidity, uids, attributes)

    async def present(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, int]:
        return await self._upstream.present(folder, uidvalidity, uids)

    def gone(self, folder: str, uidvalidity: int, uids: Collection[int]) -> None:
        self._upstream.gone(folder, uidvalidity, uids)

    async def search(self, folder: str, uidvalidity: int, criteria: bytes) -> list[int]:
        return await self._upstream.search(folder, uidvalidity, criteria)

    async def store_flags(
        self, folder: str, uidvalidity: int, uids: Sequence[int], mode: str, flags: Sequence[str]
    ) -> list[FlagRow]:
        return await self._upstream.store_flags(folder, uidvalidity, uids, mode, flags)

    async def copy(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        return await self._upstream.copy(folder, uidvalidity, uids, target)

    async def move(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        return await self._upstream.move(folder, uidvalidity, uids, target)

    async def expunge(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
        await self._upstream.expunge(folder, uidvalidity, uids)

    async def append(
        self,
        folder: str,
        flags: Sequence[str],
        internal_date: str | None,
        message: Blob,
        *,
        binary: bool = False,
    ) -> tuple[int, int] | None:
        return await self._upstream.append(folder, flags, internal_date, message, binary=binary)

    async def append_all(
        self, folder: str, mails: Sequence[AppendedMail]
    ) -> tuple[int, Sequence[int]] | None:
        return await self._upstream.append_all(folder, mails)

    async def create(self, folder: str, use: str = "") -> None:
        await self._upstream.create(folder, use)

    async def delete(self, folder: str) -> None:
        await self._upstream.delete(folder)

    async def rename(self, folder: str, to: str) -> None:
        await self._upstream.rename(folder, to)

    async def quota_roots(self, folder: str) -> list[UpstreamQuota]:
        return await self._upstream.quota_roots(folder)

    async def quota(self, root: str) -> UpstreamQuota | None:
        return await self._upstream.quota(root)

    def watch(
        self, folder: str, changed: Callable[[], None], line: Callable[[bool, str], None]
    ) -> None:
        self._upstream.watch(folder, changed, line)

    def in_use(self) -> tuple[int, int]:
        return self._upstream.in_use()

    async def close(self) -> None:
        await self._upstream.close()
