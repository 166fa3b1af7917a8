"""How mails get to the provider so that all or none of them are there (RFC 3502).

One is one APPEND. Several are one APPEND too where the provider has MULTIAPPEND; elsewhere they
follow each other, and whatever comes in between takes them back (mailbox/half_done.py). Must never
alter an octet, nor hold a mail in memory as a whole where it came as a Blob.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from proxyd.domain.errors import UpstreamFolderMissing
from proxyd.domain.ports import AppendedMail, HalfDone, HalfDoneMail
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.types import Blob, LogRecord
from proxyd.domain.workflow import UNFINISHED
from proxyd.service.mailbox.begun import Finish
from proxyd.service.mailbox.half_done import OneByOne, digest_of
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder
from proxyd.service.mailbox.sync import Synchroniser

HEADER_MOST = 65_536  # octets looked through for a Message-ID in an appended message

Place = tuple[int, int]  # UIDVALIDITY, UID upstream


@dataclass(frozen=True, slots=True)
class Stored:
    """``places`` in the order of the mails; ``finish`` goes into the transaction of the records."""

    places: Sequence[Place]
    finish: Finish


class Storing:
    """Into one folder."""

    def __init__(self, room: Mailroom, folder: Folder, targets: Synchroniser) -> None:
        self._room = room
        self._folder = folder
        self._targets = targets

    @contextlib.asynccontextmanager
    async def store(
        self, mails: Sequence[AppendedMail], records: Sequence[LogRecord]
    ) -> AsyncIterator[Stored]:
        """Take the result in inside. Raises UpstreamError, StoreUnavailable."""
        room = self._room
        if len(mails) < 2 or "MULTIAPPEND" in await room.upstream.capabilities():
            async with room.begun.asking(records) as finish:
                yield Stored(await self._at_once(mails), finish)
        else:
            async with room.half_done.storing(records, partial(self._half_done, mails)) as job:
                yield Stored(await self._one_by_one(mails, job), job.finish)

    # ------------------------------------------------------------------ in one command

    async def _at_once(self, mails: Sequence[AppendedMail]) -> Sequence[Place]:
        if not mails:
            return []
        if len(mails) == 1:
            place = await self._append(mails[0])
            told: tuple[int, Sequence[int]] | None = (
                (place[0], [place[1]]) if place is not None else None
            )
        else:
            told = await self._room.upstream.append_all(self._folder.name, mails)
        uidvalidity, uids = told or (self._folder.uidvalidity, await self._newest(mails))
        return [(uidvalidity, uid) for uid in uids]

    async def _append(self, mail: AppendedMail) -> Place | None:
        return await self._room.upstream.append(
            self._folder.name, mail.flags, mail.internal_date, mail.content, binary=mail.binary
        )

    async def _newest(self, mails: Sequence[AppendedMail]) -> list[int]:
        """No APPENDUID (RFC 4315): the newest messages of their Message-IDs, or of all."""
        folder = self._folder
        await self._targets.sync_folder(folder)
        newest = sorted(folder.by_uid, reverse=True)
        found: list[int] = []
        for mail in reversed(mails):
            wanted = header_of(mail.content).message_id
            same = (u for u in newest if wanted and folder.by_uid[u].message_id == wanted)
            uid = next(same, newest[0] if newest else 0)
            if uid:
                newest.remove(uid)
            found.append(uid)
        return found[::-1]

    # ------------------------------------------------------------------ one by one

    async def _half_done(self, mails: Sequence[AppendedMail]) -> HalfDone:
        folder = self._folder
        now = (await self._room.upstream.status([folder.name])).get(folder.name)
        if now is None:
            raise UpstreamFolderMissing(folder.name)
        marked = folder.keywords
        digests = [await digest_of(mail.content) if marked else b"" for mail in mails]
        kept = tuple(HalfDoneMail(digest) for digest in digests)
        return HalfDone(folder.name, now.uidvalidity, now.uidnext, marked, kept)

    async def _one_by_one(self, mails: Sequence[AppendedMail], job: OneByOne) -> Sequence[Place]:
        what, places = job.what, list[Place]()
        for position, mail in enumerate(mails):
            flags = (*mail.flags, UNFINISHED) if what.marked else mail.flags
            place = await self._append(replace(mail, flags=flags))
            # On disk before it is looked for: from now on it is known to be there.
            await job.stored(position, *(place or (0, 0)))
            if place is None:
                place = await self._looked_for(mail, places, job, position)
            places.append(place)
        if what.marked:
            uids = [uid for _, uid in places if uid]
            await self._room.upstream.store_flags(
                what.folder, what.uidvalidity, uids, "-", [UNFINISHED]
            )
        return places

    async def _looked_for(
        self, mail: AppendedMail, places: Sequence[Place], job: OneByOne, position: int
    ) -> Place:
        folder = self._folder
        (uid,) = await self._newest([mail])
        known = {uid for _, uid in places}
        message_id = header_of(mail.content).message_id
        same = [
            message.uid
            for message in folder.by_uid.values()
            if message.uid >= job.what.uidnext
            and message.uid not in known
            and (message.message_id, message.size) == (message_id, mail.content.size)
        ]
        if message_id and same == [uid]:  # else it can't be told from somebody else's
            await job.stored(position, folder.uidvalidity, uid)
        return folder.uidvalidity, uid


def header_of(message: Blob) -> Headers:
    """The facts of a message that is about to be stored."""
    start = b""
    for chunk in message.chunks():
        start += chunk
        if b"\r\n\r\n" in start or len(start) >= HEADER_MOST:
            break
    return parse_headers(start)
