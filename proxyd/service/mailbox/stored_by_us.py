"""Which mails of a half-done APPEND (half_done.py) lie at the provider now.

Known is what the provider gave a UID. The others are looked for by our keyword, their octets and a
UID that is new enough; what could be somebody else's is unsure. Must never change anything.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from proxyd.domain.ports.begun import HalfDone, HalfDoneMail
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.types import Blob, BytesBlob
from proxyd.domain.workflow import UNFINISHED
from proxyd.service.mailbox.wire_value import literal_octets

Place = tuple[str, int, int]  # folder, UIDVALIDITY, UID


@dataclass(slots=True)
class StoredByUs:
    ours: list[int] = field(default_factory=list)
    unsure: int = 0  # mails that may be there, and can't be told from somebody else's
    late: HalfDoneMail | None = None  # was never answered, and is not there now


def known_places(what: HalfDone) -> list[Place]:
    """Where those lie whose UID the provider told."""
    return [(what.folder, what.uidvalidity, mail.uid) for mail in what.mails if mail.uid]


def known(what: HalfDone) -> StoredByUs:
    """What needs no looking for."""
    return StoredByUs([uid for _, _, uid in known_places(what)])


def others(what: HalfDone, *, refused: bool) -> Counter[bytes]:
    """By their octets, those that are stored, or may be, under a UID that nobody told.

    ``refused``: the provider said no to the last one.
    """
    wanted = Counter(mail.digest for mail in what.mails if mail.uid == 0)
    unanswered = _unanswered(what)
    if unanswered is not None and not refused:
        wanted[unanswered.digest] += 1
    return wanted


def _unanswered(what: HalfDone) -> HalfDoneMail | None:
    """One at most was asked for and not answered: those behind it were never sent."""
    return next((mail for mail in what.mails if mail.uid is None), None)


async def stored_by_us(
    upstream: UpstreamMailbox, what: HalfDone, taken: Collection[Place], *, refused: bool
) -> StoredByUs:
    """``taken``: known places, of other commands too. Raises UpstreamError, UidValidityChanged."""
    found, wanted = known(what), others(what, refused=refused)
    if not wanted or not what.marked:
        found.unsure = wanted.total()
        return found
    marked = await _marked(upstream, what, taken)
    unanswered = None if refused else _unanswered(what)
    for digest, number in wanted.items():
        uids = marked.get(digest, [])
        if len(uids) > number:  # somebody has copied one: which is which?
            found.unsure += number
            continue
        found.ours += uids
        missing = number - len(uids)
        if missing and unanswered is not None and unanswered.digest == digest:
            found.late = unanswered
            missing -= 1
        found.unsure += missing  # was stored, and has lost our keyword or is gone
    return found


async def _marked(
    upstream: UpstreamMailbox, what: HalfDone, taken: Collection[Place]
) -> dict[bytes, list[int]]:
    """By their octets: UIDs of mails with our keyword that came since we began."""
    criteria = b"KEYWORD %b UID %d:*" % (UNFINISHED.encode(), what.uidnext)
    marked: dict[bytes, list[int]] = {}
    for uid in await upstream.search(what.folder, what.uidvalidity, criteria):
        is_taken = (what.folder, what.uidvalidity, uid) in taken
        if uid >= what.uidnext and not is_taken:  # RFC 9051 §9: "n:*" has the last one too
            digest = await _digest(upstream, what, uid)
            marked.setdefault(digest, []).append(uid)
    return marked


async def _digest(upstream: UpstreamMailbox, what: HalfDone, uid: int) -> bytes:
    """One mail at a time: a big one comes spooled. b"" where it is gone."""
    rows = await upstream.fetch(what.folder, what.uidvalidity, [uid], [b"BODY.PEEK[]"])
    values = [value for row in rows if row.uid == uid for value in row.values.values()]
    if not values:
        return b""
    value = values[0]
    blob = BytesBlob(literal_octets(value)) if isinstance(value, bytes) else value
    return await digest_of(blob)


async def digest_of(blob: Blob) -> bytes:
    """Of the octets but for CR: servers mend bare line feeds.

    In a thread: a mail may have 50 MB, which is a tenth of a second.
    """
    return await asyncio.to_thread(_sha256, blob)


def _sha256(blob: Blob) -> bytes:
    found = hashlib.sha256()
    for chunk in blob.chunks():
        found.update(chunk.replace(b"\r", b""))
    return found.digest()
