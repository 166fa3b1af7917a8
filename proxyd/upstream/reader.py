"""Reading mails of a folder: flags, headers, and what clients ask for, around what can't be told.

A mail whose row can't be had is described from its own octets (``made_here.py``), as far as those
can be had; only then is it in trouble, and only that mail. Must never change anything upstream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from proxyd.domain.errors import (
    UpstreamError,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.domain.internal_date import NO_DATE
from proxyd.domain.ports.upstream_rows import ContentRow, FlagRow, HeaderRow
from proxyd.imapwire import encode
from proxyd.imapwire.response import Response, Search
from proxyd.upstream import made_here, rows
from proxyd.upstream.around import (
    MOST_BAD,
    UNREADABLE,
    Around,
    Found,
    PartialAnswer,
    is_about_all,
    reason_of,
)
from proxyd.upstream.command import simple, uid_command
from proxyd.upstream.connections import Connections
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.known_bad import KnownBad
from proxyd.upstream.pieces import is_bulk, pieces

R = TypeVar("R", FlagRow, HeaderRow, ContentRow)
Untagged = list[Response]
Parse = Callable[[Untagged, Collection[int]], list[R]]

BASICS = b"(UID FLAGS RFC822.SIZE INTERNALDATE)"
LEAST = b"(UID FLAGS)"
# Mails of one piece whose octets are asked for one by one; the others have their turn later.
MOST_ANYWAY = 20
# What a mail may be known to be bad for.
FLAGS, BASIC, HEADERS, CONTENTS = "flags", "basic", "headers", "contents"


@dataclass(frozen=True, slots=True)
class FolderNumbering:
    folder: str
    uidvalidity: int


class Reader:
    """Of one mailbox. ``now`` counts seconds; for ``look_again`` see Timings."""

    def __init__(self, lanes: Connections, now: Callable[[], float], look_again: float) -> None:
        self._lanes = lanes
        self._known_bad = KnownBad(now, look_again)

    # ------------------------------------------------------------------ flags

    async def flags(self, place: FolderNumbering, changed_since: int | None) -> list[FlagRow]:
        failure: UpstreamError | None = None

        async def work(connection: ImapConnection) -> list[FlagRow] | None:
            nonlocal failure
            arguments = [b"1:*", LEAST]
            if changed_since is not None and connection.can("CONDSTORE"):
                arguments.append(b"(CHANGEDSINCE %d)" % changed_since)  # RFC 7162 §3.1.4.1
            fetch = simple("UID FETCH", *arguments)
            heard: Untagged = []
            try:
                await connection.inside(
                    place.folder, place.uidvalidity, fetch, newest=None, hear=heard.append
                )
            except UpstreamRefused as refused:
                if is_about_all(refused):
                    raise
                failure = refused
                return None
            except UpstreamUnavailable as broken:
                if not heard or is_about_all(broken):
                    raise
                failure = broken
                return None
            return None if rows.is_torn(heard) else rows.flag_rows(heard)

        bulk = changed_since is None
        told = await self._lanes.run(work, folder=place.folder, bulk=bulk)
        if told is not None:
            return told
        try:
            return await self._flags_of_each(place)
        except UpstreamError as error:
            raise failure or error from error

    async def _flags_of_each(self, place: FolderNumbering) -> list[FlagRow]:
        """Where the short way does not tell who is there: what is not told must not count as gone.

        Which mails there are is asked apart from their flags.
        """
        uids = await self.search(place, b"ALL")
        found = await self._around(place, uids, LEAST, rows.flag_rows, FLAGS)
        unknown = [FlagRow(uid, (), known=False) for uid in uids if uid not in found.rows]
        return [*found.rows.values(), *unknown]

    # ------------------------------------------------------------------ headers

    async def headers(
        self, place: FolderNumbering, uids: Sequence[int], fields: Sequence[str]
    ) -> list[HeaderRow]:
        """A row for each that is there."""
        names = b" ".join(encode.astring(one.upper().encode("ascii")) for one in fields)
        section = b"BODY.PEEK[HEADER.FIELDS (%b)]" % names
        wanted = b"(UID FLAGS RFC822.SIZE INTERNALDATE %b)" % section
        found = await self._around(place, uids, wanted, rows.header_rows, HEADERS)
        for uid in found.rows:
            self._known_bad.answered((place, uid, CONTENTS))
        told = list(found.rows.values())
        if found.bad:
            told += await self._headers_anyway(place, found.bad, section)
        return told

    async def _headers_anyway(
        self, place: FolderNumbering, bad: dict[int, str], section: bytes
    ) -> list[HeaderRow]:
        told: list[HeaderRow] = []
        basics = await self._basics(place, list(bad))
        for number, (uid, reason) in enumerate(bad.items()):
            octets = await self._octets(place, uid) if number < MOST_ANYWAY else None
            row = basics.get(uid) or HeaderRow(uid, (), 0, NO_DATE, b"")
            if octets is None:
                told.append(replace(row, trouble=reason))
                continue
            size = len(octets.raw) if octets.whole else row.size
            made = await asyncio.to_thread(made_here.section, octets, section)
            told.append(replace(row, size=size or row.size, header=made or b""))
        return told

    async def _basics(self, place: FolderNumbering, uids: Sequence[int]) -> dict[int, HeaderRow]:
        """What else is known of mails whose header can't be had."""
        for items in (BASICS, LEAST):
            try:
                found = await self._around(place, uids, items, rows.basic_rows, BASIC)
            except UpstreamRefused:
                continue
            if found.rows:
                return found.rows
        return {}

    # ------------------------------------------------------------------ what clients ask for

    async def contents(
        self, place: FolderNumbering, uids: Sequence[int], attributes: Sequence[bytes], octets: int
    ) -> list[ContentRow]:
        """Rows of those that can be told in full; each attribute from its octets where need be."""
        others = [one for one in attributes if one.upper() != b"UID"]
        wanted = b"(%b)" % b" ".join([b"UID", *others])

        def parse(untagged: Untagged, asked: Collection[int]) -> list[ContentRow]:
            told = rows.content_rows(untagged, asked, attributes)
            return [row for row in told if made_here.is_whole(row.values, others)]

        found = await self._around(place, uids, wanted, parse, CONTENTS, octets=octets)
        told = list(found.rows.values())
        if found.bad and made_here.can_make(others):
            for uid in found.bad:
                whole = await self._octets(place, uid)
                made = await asyncio.to_thread(made_here.row, whole, others) if whole else None
                if made is not None:
                    told.append(ContentRow(uid, made))
        return told

    async def search(self, place: FolderNumbering, criteria: bytes) -> list[int]:
        """Raises UpstreamRefused also where the answer is no list of numbers."""
        arguments = [criteria] if criteria.isascii() else [b"CHARSET UTF-8", criteria]

        async def work(connection: ImapConnection) -> list[int]:
            search = simple("UID SEARCH", *arguments)
            answer = await connection.inside(place.folder, place.uidvalidity, search, newest=None)
            told = [one for one in answer.untagged if isinstance(one, Search)]
            if not all(one.readable for one in told):
                raise UpstreamRefused("its answer to SEARCH can't be read")
            return sorted({uid for one in told for uid in one.numbers if uid})

        # What we can't answer ourselves looks into texts: it may take a provider a minute.
        return await self._lanes.run(work, folder=place.folder, bulk=True)

    # ------------------------------------------------------------------ around what is bad

    async def _around(
        self,
        place: FolderNumbering,
        uids: Sequence[int],
        items: bytes,
        parse: Parse[R],
        what: str,
        *,
        octets: int = 0,
    ) -> Found[int, R]:
        """Each piece is a job, so that others get their turn; who goes away gets no more."""
        whole: Found[int, R] = Found()
        asked = self._asked_for_each if what == HEADERS else self._asked
        ask = partial(asked, place, items, parse, bulk=is_bulk(uids, octets))
        there = partial(self._is_there, place)
        well = uids
        if len(uids) > 1 or what != CONTENTS:  # who opens a mail wants it now
            whole.bad = self._not_now(place, uids, what)
            well = [uid for uid in uids if uid not in whole.bad]
        if not well and len(uids) > MOST_BAD and what == HEADERS:
            raise UpstreamRefused(next(iter(whole.bad.values())))  # all alike: the folder's trouble
        for piece in pieces(well, octets, single=self._lanes.single):
            try:
                found = await Around[int, R](ask, there).read(piece)
            except UpstreamRefused as refused:
                if not is_about_all(refused):
                    self._leave_alone(place, piece, what, reason_of(refused))
                raise
            whole.rows |= found.rows
            whole.bad |= found.bad
            for uid, reason in found.bad.items():
                self._known_bad.failed((place, uid, what), reason)
            for uid in found.rows:
                self._known_bad.answered((place, uid, what))
        return whole

    def _leave_alone(
        self, place: FolderNumbering, uids: Sequence[int], what: str, reason: str
    ) -> None:
        """What was asked for once more, for a while; of others it says nothing."""
        if len(uids) <= MOST_ANYWAY:
            for uid in uids:
                self._known_bad.failed((place, uid, what), reason)

    def _not_now(self, place: FolderNumbering, uids: Sequence[int], what: str) -> dict[int, str]:
        told = ((uid, self._known_bad.why_not((place, uid, what))) for uid in uids)
        return {uid: reason for uid, reason in told if reason}

    async def _asked(
        self,
        place: FolderNumbering,
        items: bytes,
        parse: Parse[R],
        uids: Sequence[int],
        *,
        bulk: bool,
    ) -> PartialAnswer[int, R]:
        async def work(connection: ImapConnection) -> PartialAnswer[int, R]:
            heard: Untagged = []
            failure: UpstreamError | None = None
            fetches = uid_command("FETCH", uids, items)
            newest = max(uids, default=0)
            try:
                await connection.inside(
                    place.folder, place.uidvalidity, *fetches, newest=newest, hear=heard.append
                )
            except UpstreamRefused as refused:
                if is_about_all(refused):
                    raise
                failure = refused
            except UpstreamUnavailable as broken:
                if not heard or is_about_all(broken):
                    raise  # perhaps it was lost before: once more on a new one
                failure = broken
            told = {row.uid: row for row in parse(heard, uids)}
            return PartialAnswer(told, rows.doubtful(heard, uids, told), failure)

        return await self._lanes.run(work, folder=place.folder, bulk=bulk)

    async def _asked_for_each(
        self,
        place: FolderNumbering,
        items: bytes,
        parse: Parse[R],
        uids: Sequence[int],
        *,
        bulk: bool,
    ) -> PartialAnswer[int, R]:
        """What a server passes over in silence, and says OK, is not gone because of that."""
        told: PartialAnswer[int, R] = await self._asked(place, items, parse, uids, bulk=bulk)
        silent = sorted(set(uids) - told.rows.keys() - set(told.doubtful))
        if told.failure is not None or not silent:
            return told
        there: PartialAnswer[int, FlagRow] = await self._asked(
            place, LEAST, rows.flag_rows, silent, bulk=bulk
        )
        return replace(told, doubtful=sorted({*told.doubtful, *there.rows}))

    async def _is_there(self, place: FolderNumbering, uid: int) -> bool:
        """Raises UpstreamError where nothing can be told of it."""
        try:
            told = await self._asked(place, LEAST, rows.flag_rows, [uid], bulk=False)
            failure = told.failure
        except UpstreamError as error:
            if is_about_all(error):
                raise
            failure = error
        if failure is None:
            return bool(told.rows or told.doubtful)
        if not isinstance(failure, UpstreamRefused):
            raise failure
        try:
            return uid in await self.search(place, b"UID %d" % uid)
        except UpstreamError as error:
            raise failure from error

    async def _octets(self, place: FolderNumbering, uid: int) -> made_here.MailOctets | None:
        """The mail itself, or its header; None where neither can be had."""
        for what in made_here.ASKED:
            key = (place, uid, what)
            if self._known_bad.why_not(key):
                continue
            parse = partial(rows.content_rows, attributes=[what])
            items = b"(UID %b)" % what
            try:
                told = await self._asked(place, items, parse, [uid], bulk=False)
                read = [made_here.octets_of(row.values, what) for row in told.rows.values()]
            except UpstreamError as failure:
                self._known_bad.failed(key, reason_of(failure))
                continue
            if read and read[0] is not None:
                self._known_bad.answered(key)
                return read[0]
            self._known_bad.failed(key, UNREADABLE)
        return None
