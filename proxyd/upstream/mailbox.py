"""The provider's side of one shared mailbox: the port UpstreamMailbox over IMAP.

Each method is one job on a lane. Must never know views, people or states: only folders, UIDs and
what the provider can.
"""

from __future__ import annotations

import contextlib
import random as system_random
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from proxyd.domain.errors import UpstreamError, UpstreamFolderRefused
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
from proxyd.domain.types import Blob, Server
from proxyd.imapwire.response import Junk, ListItem
from proxyd.upstream import changing, command, counting, quota, rows
from proxyd.upstream.around import Around, PartialAnswer
from proxyd.upstream.command import UpstreamCommand, simple
from proxyd.upstream.connections import MOST, Connections, World
from proxyd.upstream.folders import FolderNames, folders
from proxyd.upstream.imap_connection import ImapConnection, Limited, open_connection
from proxyd.upstream.namespace import namespaces
from proxyd.upstream.pieces import BULK_OCTETS, is_bulk_change
from proxyd.upstream.reactor import running_reactor
from proxyd.upstream.reader import FolderNumbering, Reader
from proxyd.upstream.timings import Timings
from proxyd.upstream.turns import Alone


def _ignore(event: str) -> None:
    del event


class ImapUpstream:
    """``password`` is asked anew for each sign-in, so a changed one is used from then on.

    For the other callables see connections.World. Make it on the event loop.
    """

    def __init__(
        self,
        server: Server,
        password: Callable[[], str],
        *,
        connections: int = MOST,
        timings: Timings | None = None,
        reactor: Any = None,
        on_event: Callable[[str], None] = _ignore,
        on_limit: Callable[[str], None] = _ignore,
        now: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = system_random.random,
    ) -> None:
        self._server = server
        self._timings = timings or Timings()
        self._reactor = reactor or running_reactor()
        self._names = FolderNames()
        self._has_uidplus = False  # until the provider has said so
        world = World(now, random, on_event, on_limit)
        self._lanes = Connections(self._connect, password, connections, self._timings, world)
        self._reader = Reader(self._lanes, now, self._timings.look_again)

    async def _connect(self, password: str, limited: Limited) -> ImapConnection:
        connection = await open_connection(
            self._server,
            password,
            reactor=self._reactor,
            timings=self._timings,
            wire_name=self._names.wire,
            limited=limited,
        )
        self._has_uidplus = connection.can("UIDPLUS")
        if not self._names.placed and connection.can("NAMESPACE"):
            # Before any job: it may name a folder that was known before we were started.
            self._names.place(namespaces((await connection.run(simple("NAMESPACE"))).untagged))
        return connection

    # ------------------------------------------------------------------ folders

    async def capabilities(self) -> frozenset[str]:
        async def work(connection: ImapConnection) -> frozenset[str]:
            return connection.capabilities

        return await self._lanes.run(work)

    async def list_folders(self, unreadable: list[str] | None = None) -> list[UpstreamFolder]:
        async def work(connection: ImapConnection) -> list[UpstreamFolder]:
            arguments = [b'""', b'"*"']
            if connection.can("LIST-EXTENDED") and connection.can("SPECIAL-USE"):
                arguments.append(b"RETURN (CHILDREN SPECIAL-USE)")  # RFC 6154 §2
            answer = await connection.must(simple("LIST", *arguments))
            items = [one for one in answer.untagged if isinstance(one, ListItem)]
            junk = [one for one in answer.untagged if isinstance(one, Junk)]
            if unreadable is not None:
                unreadable[:] = [one.text for one in junk if one.about == "LIST"]
            return folders(items, self._names)

        return await self._lanes.run(work)

    async def status(
        self, folders: Sequence[str], refused: dict[str, UpstreamError] | None = None
    ) -> dict[str, FolderStatus]:
        async def ask(some: Sequence[str]) -> PartialAnswer[str, FolderStatus]:
            async def work(connection: ImapConnection) -> PartialAnswer[str, FolderStatus]:
                return await counting.count(connection, some, self._names)

            return await self._lanes.run(work)

        async def there(folder: str) -> bool:
            async def work(connection: ImapConnection) -> bool:
                return await counting.is_listed(connection, folder, self._names)

            return await self._lanes.run(work)

        found = await Around[str, FolderStatus](ask, there).read(folders)
        for folder in list(found.bad):
            with contextlib.suppress(UpstreamError):
                found.rows[folder] = await self._lanes.run(partial(counting.opened, folder=folder))
                del found.bad[folder]
        if refused is not None:
            refused |= {one: UpstreamFolderRefused(why) for one, why in found.bad.items()}
        return {one: found.rows[one] for one in folders if one in found.rows}

    async def permanent_flags(self, folder: str) -> PermanentFlags:
        async def work(connection: ImapConnection) -> PermanentFlags:
            # EXAMINE would tell none at all (RFC 9051 §6.3.3); and rights come and go.
            return (await connection.enter(folder, writable=True, anew=True)).permanent

        return await self._lanes.run(work, folder=folder)

    async def create(self, folder: str, use: str = "") -> None:
        uses = [b"(USE (%b))" % use.encode("ascii")] if use else []  # RFC 6154 §3

        async def work(connection: ImapConnection) -> None:
            await connection.must(simple("CREATE", self._names.wire(folder), *uses, changes=True))

        await self._lanes.run(work)

    async def delete(self, folder: str) -> None:
        await self._in_nobodys_way("DELETE", folder)

    async def rename(self, folder: str, to: str) -> None:
        await self._in_nobodys_way("RENAME", folder, to)

    async def _in_nobodys_way(self, name: str, *folders: str) -> None:
        """While nobody is at work in these folders, nor below them."""

        def concerns(folder: str) -> bool:
            # Without asking what the delimiter is: a few folders too many wait.
            return folder.startswith(folders)

        async def work(connection: ImapConnection) -> None:
            if connection.folder is not None and concerns(connection.folder):
                # Not every server deletes or renames what this very session has open.
                await connection.leave_folder()
            names = [self._names.wire(one) for one in folders]
            await connection.must(simple(name, *names, changes=True))

        await self._lanes.run(work, alone=Alone(concerns, closes=True))

    # ------------------------------------------------------------------ quota

    async def quota_roots(self, folder: str) -> list[UpstreamQuota]:
        return await self._quotas(lambda: quota.of_folder(self._names.wire(folder)))

    async def quota(self, root: str) -> UpstreamQuota | None:
        told = await self._quotas(lambda: quota.of_root(root))
        return next((one for one in told if one.root == root), None)

    async def _quotas(self, asked: Callable[[], UpstreamCommand]) -> list[UpstreamQuota]:
        async def work(connection: ImapConnection) -> list[UpstreamQuota]:
            if not connection.can("QUOTA"):
                return []
            return quota.quotas((await connection.must(asked())).untagged)

        return await self._lanes.run(work)

    # ------------------------------------------------------------------ reading

    async def scan_flags(
        self, folder: str, uidvalidity: int, *, changed_since: int | None = None
    ) -> list[FlagRow]:
        return await self._reader.flags(FolderNumbering(folder, uidvalidity), changed_since)

    async def scan_headers(
        self, folder: str, uidvalidity: int, uids: Sequence[int], fields: Sequence[str]
    ) -> list[HeaderRow]:
        return await self._reader.headers(FolderNumbering(folder, uidvalidity), uids, fields)

    async def fetch(
        self,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        attributes: Sequence[bytes],
        *,
        octets: int = 0,
    ) -> list[ContentRow]:
        place = FolderNumbering(folder, uidvalidity)
        return await self._reader.contents(place, uids, attributes, octets)

    async def known(
        self, folder: str, uidvalidity: int, uids: Sequence[int], attributes: Sequence[bytes]
    ) -> list[ContentRow]:
        """Nothing: what is remembered is the cache's business."""
        return []

    async def present(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, int]:
        async def work(connection: ImapConnection) -> dict[int, int]:
            return await changing.present(connection, folder, uidvalidity, uids)

        return await self._lanes.run(work, folder=folder)

    def gone(self, folder: str, uidvalidity: int, uids: Collection[int]) -> None:
        """Nothing is kept here."""

    async def search(self, folder: str, uidvalidity: int, criteria: bytes) -> list[int]:
        return await self._reader.search(FolderNumbering(folder, uidvalidity), criteria)

    # ------------------------------------------------------------------ changing

    async def store_flags(
        self, folder: str, uidvalidity: int, uids: Sequence[int], mode: str, flags: Sequence[str]
    ) -> list[FlagRow]:
        async def work(connection: ImapConnection) -> list[FlagRow]:
            return await changing.store_flags(connection, folder, uidvalidity, uids, mode, flags)

        return await self._lanes.run(work, folder=folder, bulk=is_bulk_change(uids))

    async def copy(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        async def work(connection: ImapConnection) -> CopyMap | None:
            wire = self._names.wire(target)
            if target == folder:
                await connection.enter_for_adding(folder, uidvalidity)
            return await changing.copy(connection, folder, uidvalidity, uids, wire)

        return await self._lanes.run(work, folder=folder, bulk=is_bulk_change(uids))

    async def move(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        async def work(connection: ImapConnection) -> CopyMap | None:
            wire = self._names.wire(target)
            return await changing.move(connection, folder, uidvalidity, uids, wire)

        bulk, alone = is_bulk_change(uids), self._expunging(folder)
        return await self._lanes.run(work, folder=folder, bulk=bulk, alone=alone)

    async def expunge(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
        async def work(connection: ImapConnection) -> None:
            await changing.expunge(connection, folder, uidvalidity, uids)

        bulk, alone = is_bulk_change(uids), self._expunging(folder)
        await self._lanes.run(work, folder=folder, bulk=bulk, alone=alone)

    def _expunging(self, folder: str) -> Alone | None:
        """Without UIDPLUS marks come and go meanwhile that are others' (changing.expunge)."""
        return None if self._has_uidplus else Alone(lambda name: name == folder)

    async def append(
        self,
        folder: str,
        flags: Sequence[str],
        internal_date: str | None,
        message: Blob,
        *,
        binary: bool = False,
    ) -> tuple[int, int] | None:
        mail = AppendedMail(tuple(flags), internal_date, message, binary)
        told = await self.append_all(folder, [mail])
        return (told[0], told[1][0]) if told is not None else None

    async def append_all(
        self, folder: str, mails: Sequence[AppendedMail]
    ) -> tuple[int, Sequence[int]] | None:
        async def work(connection: ImapConnection) -> tuple[int, Sequence[int]] | None:
            answer = await connection.add(folder, command.append(self._names.wire(folder), mails))
            return rows.append_uids(answer.statuses[0], len(mails))

        octets = sum(mail.content.size for mail in mails)
        return await self._lanes.run(work, bulk=octets > BULK_OCTETS)

    # ------------------------------------------------------------------ listening

    def watch(
        self, folder: str, changed: Callable[[], None], line: Callable[[bool, str], None]
    ) -> None:
        self._lanes.watch(folder, changed, line)

    def in_use(self) -> tuple[int, int]:
        return self._lanes.in_use

    async def close(self) -> None:
        await self._lanes.close()
