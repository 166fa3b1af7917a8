"""How mails get to the provider so that all or none of them are there (RFC 3502).

One is one APPEND. Several are one APPEND too where the provider has MULTIAPPEND; elsewhere they
follow each other, and whatever comes in between takes them back (mailbox/half_done.py). Must never
alter an octet, nor hold a mail in memory as a whole where it came as a Blob.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from proxyd.domain.errors import UpstreamError, UpstreamFolderMissing, UpstreamUnavailable
from proxyd.domain.ports.begun import HalfDone, HalfDoneMail
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.upstream_rows import AppendedMail
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.types import Blob, BytesBlob, LogRecord
from proxyd.domain.workflow import UNFINISHED
from proxyd.service.mail.caller import Caller
from proxyd.service.mailbox.begun import Finish
from proxyd.service.mailbox.doubts import Command, Doubt
from proxyd.service.mailbox.half_done import OneByOne
from proxyd.service.mailbox.identity import NO_ID
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.stored_by_us import digest_of
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.mailbox.wire_value import literal_octets

_log = logging.getLogger(__name__)

# For who waits to hear what became of an APPEND whose line broke: another connection and a look.
LOOK_S = 15.0
HEADER_MOST = 65_536  # octets looked through for a Message-ID in an appended message

Place = tuple[int, int]  # UIDVALIDITY, UID upstream


@dataclass(frozen=True, slots=True)
class StoredMails:
    """``places`` in the order of the mails; ``finish`` goes into the transaction of the records."""

    places: Sequence[Place]
    finish: Finish


class Storing:
    """By one person, into one folder."""

    def __init__(
        self, caller: Caller, room: Mailroom, folder: Folder, targets: Synchroniser
    ) -> None:
        self._caller = caller
        self._room = room
        self._folder = folder
        self._targets = targets

    @contextlib.asynccontextmanager
    async def store(
        self,
        mails: Sequence[AppendedMail],
        records: Sequence[LogRecord],
        repeated: Sequence[tuple[Blob, int]] = (),
    ) -> AsyncIterator[StoredMails]:
        """Take the result in inside. ``repeated``: what was stored before, under which UID.

        Raises UpstreamError, StoreUnavailable.
        """
        room = self._room
        contents = [mail.content for mail in mails] + [content for content, _ in repeated]
        command = Command(self._caller.account.id, self._folder, map(_named, contents))
        command.since = min([command.since, *(uid for _, uid in repeated)])
        if len(mails) < 2 or "MULTIAPPEND" in await room.upstream.capabilities():
            async with room.begun.asking(records, command) as finish:
                yield StoredMails(await self._at_once(mails, command), finish)
        else:
            async with room.half_done.storing(records, partial(self._half_done, mails)) as job:
                places = await self._one_by_one(mails, job)
                # Only now: what is not acknowledged is taken back.
                begin = room.doubts.beginning(command)
                yield StoredMails(places, partial(_each, (job.finish, begin)))
        self._caller.unheard.append((room, command))

    async def repeated(self, content: Blob) -> Place | None:
        """Where it lies, if the same person asked for it before and may not know that it does."""
        doubt = Doubt(self._caller.account.id, self._folder, _named(content))
        since = self._room.doubts.take(doubt)
        if since is None:
            return None
        places = await self._all_there([AppendedMail((), None, content)], since)
        return places[0] if places else None

    # ------------------------------------------------------------------ in one command

    async def _at_once(self, mails: Sequence[AppendedMail], command: Command) -> Sequence[Place]:
        if not mails:
            return []
        try:
            told = await self._asked(mails)
        except UpstreamUnavailable:
            # Perhaps it was carried out, and the line broke before the answer.
            if not (found := await self._all_there(mails, command.since)):
                # They may come yet, and be asked for again.
                self._room.doubts.note(command, command.doubts, command.since)
                raise
            return found
        if told is not None:
            return [(told[0], uid) for uid in told[1]]
        return await self._found(mails, command.since)

    async def _asked(self, mails: Sequence[AppendedMail]) -> tuple[int, Sequence[int]] | None:
        if len(mails) > 1:
            return await self._room.upstream.append_all(self._folder.name, mails)
        place = await self._append(mails[0])
        return (place[0], [place[1]]) if place is not None else None

    async def _append(self, mail: AppendedMail) -> Place | None:
        return await self._room.upstream.append(
            self._folder.name, mail.flags, mail.internal_date, mail.content, binary=mail.binary
        )

    async def _found(self, mails: Sequence[AppendedMail], before: int) -> Sequence[Place]:
        """No APPENDUID (RFC 4315): those that came since UIDNEXT was ``before``; UID 0: not known.

        They are stored, whatever we see of them.
        """
        folder = self._folder
        try:
            await self._targets.sync_folder(folder)
        except UpstreamError as error:
            _log.warning("what was stored in %s is not known yet: %s", folder.name, error)
            return [(folder.uidvalidity, 0) for _ in mails]
        taken = set[int]()
        found: list[Place] = []
        for mail in reversed(mails):
            uid = max(self._like(mail, before) - taken, default=0)
            taken.add(uid)
            found.append((folder.uidvalidity, uid))
        return found[::-1]

    def _like(self, mail: AppendedMail, before: int) -> set[int]:
        """UIDs of the mails that could be this one."""
        headers, size = header_of(mail.content), mail.content.size
        return {
            uid
            for uid, there in self._folder.by_uid.items()
            if uid >= before
            and (
                there.message_id == headers.message_id
                if headers.message_id
                else there.message_id.startswith(NO_ID) and there.size == size
            )
        }

    async def _all_there(self, mails: Sequence[AppendedMail], before: int) -> Sequence[Place]:
        """Where they are, to the octet, from the UID ``before`` on; nothing where one is not, or
        nobody can say so soon, or which are new since the UIDVALIDITY is another.
        """
        folder, places = self._folder, list[Place]()
        uidvalidity = folder.uidvalidity
        try:
            async with asyncio.timeout(LOOK_S):
                await self._targets.sync_folder(folder)
                if uidvalidity not in (0, folder.uidvalidity):
                    return []
                for place, mail in zip(await self._found(mails, before), mails, strict=True):
                    there = folder.by_uid.get(place[1])
                    if there is not None and UNFINISHED in there.flags:
                        return []  # of another command, and may be taken back
                    blob = await whole_message(self._room, there) if there is not None else None
                    if blob is None or await digest_of(blob) != await digest_of(mail.content):
                        return []
                    places.append(place)
        except (UpstreamError, TimeoutError):
            return []
        return places

    # ------------------------------------------------------------------ one by one

    async def _half_done(self, mails: Sequence[AppendedMail]) -> HalfDone:
        folder = self._folder
        now = (await self._room.upstream.status([folder.name])).get(folder.name)
        if now is None:
            raise UpstreamFolderMissing(folder.name)
        marked = await self._targets.keeps_keywords(folder)
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
            await self._unmark([uid for _, uid in places], what)
        return places

    async def _unmark(self, uids: Sequence[int], what: HalfDone) -> None:
        upstream = self._room.upstream
        if 0 in uids:  # all that have the keyword are ours: one job of this kind at a time
            marked = b"KEYWORD %b UID %d:*" % (UNFINISHED.encode(), what.uidnext)
            found = await upstream.search(what.folder, what.uidvalidity, marked)
            uids = [uid for uid in found if uid >= what.uidnext]
        await upstream.store_flags(what.folder, what.uidvalidity, uids, "-", [UNFINISHED])

    async def _looked_for(
        self, mail: AppendedMail, places: Sequence[Place], job: OneByOne, position: int
    ) -> Place:
        folder = self._folder
        await self._targets.sync_folder(folder)
        alike = self._like(mail, job.what.uidnext) - {uid for _, uid in places}
        same = [uid for uid in alike if folder.by_uid[uid].size == mail.content.size]
        if len(alike) == 1 and same and header_of(mail.content).message_id:
            # else it can't be told from somebody else's
            await job.stored(position, folder.uidvalidity, same[0])
        return folder.uidvalidity, max(alike, default=0)


def _named(content: Blob) -> tuple[str, int]:
    return header_of(content).message_id, content.size


def _each(parts: Iterable[Finish], tx: Transaction) -> None:
    for part in parts:
        part(tx)


def header_of(message: Blob) -> Headers:
    """The facts of a message that is about to be stored."""
    return parse_headers(beginning_of(message))


def beginning_of(message: Blob) -> bytes:
    """Its header, or HEADER_MOST octets of it, and some of the text."""
    start = b""
    for chunk in message.chunks():
        start += chunk
        if b"\r\n\r\n" in start or len(start) >= HEADER_MOST:
            break
    return start


async def whole_message(room: Mailroom, message: Message) -> Blob | None:
    """All octets of a message, or None when upstream no longer has it."""
    folder, uid = message.folder, message.uid
    if folder.by_uid.get(uid) is not message:
        return None  # gone from here, and its UID may be another one's
    rows = await room.upstream.fetch(folder.name, folder.uidvalidity, [uid], [b"BODY.PEEK[]"])
    for row in rows:
        for key, value in row.values.items():
            if row.uid == uid and key.upper() == b"BODY[]" and value != b"NIL":
                return BytesBlob(literal_octets(value)) if isinstance(value, bytes) else value
    return None
