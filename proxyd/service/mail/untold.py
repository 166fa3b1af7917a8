"""What became of a COPY or MOVE that the provider carried out without telling the copies' UIDs.

No COPYUID (RFC 4315 §3) says nothing: a server without UIDPLUS never has it, and one with it leaves
it out where it found none of the messages. Never fails: what can't be told is done all the same,
and a refusal would make the client do it twice.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

from proxyd.domain.errors import UpstreamError
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.ports.upstream_rows import CopyMap
from proxyd.service.mailbox.asked import Asked
from proxyd.service.mailbox.folder_sync import INDEX_FIELDS
from proxyd.service.mailbox.identity import identity_of
from proxyd.service.mailbox.model import Folder, Message

_log = logging.getLogger(__name__)

# Mails that others put into a folder while a COPY is under way; more would be a migration.
NEWCOMERS = 500


async def untold(
    upstream: UpstreamMailbox, asked: Asked, target: Folder, *, moving: bool
) -> tuple[int, Mapping[Message, int], frozenset[Message]]:
    """The target's UIDVALIDITY; where each went (0: not known); which were not there any more."""
    guessed, missing, there = CopyMap(0, {}), list[int](), frozenset[int]()
    try:
        guessed = await _copies(upstream, asked, target)
        missing = [uid for uid in asked.uids if uid not in guessed.uids]
        there = await _still_there(upstream, asked, missing)
    except UpstreamError as error:
        _log.warning("copies in %s can't be told: %s", target.name, error)
        missing = []
    # In neither folder: gone before a COPY, or with a MOVE, which leaves nothing that it took.
    lost = {uid for uid in missing if (uid in there) is moving}
    went = {m: guessed.uids.get(uid, 0) for uid, m in asked.messages.items() if uid not in lost}
    return guessed.uidvalidity, went, frozenset(asked.messages[uid] for uid in lost)


async def _still_there(
    upstream: UpstreamMailbox, asked: Asked, uids: Sequence[int]
) -> frozenset[int]:
    if not uids:
        return frozenset()
    rows = await upstream.fetch(asked.folder.name, asked.uidvalidity, uids, [b"RFC822.SIZE"])
    return frozenset(row.uid for row in rows)


async def _copies(upstream: UpstreamMailbox, asked: Asked, target: Folder) -> CopyMap:
    """The new ones of equal Message-ID and size."""
    uids = asked.messages.keys()
    status = (await upstream.status([target.name])).get(target.name)
    if status is None:
        return CopyMap(target.uidvalidity, {})
    # Of a folder never read so far all would be new.
    first = max(target.uidnext, status.uidnext - len(uids) - NEWCOMERS, 1)
    fresh = [uid for uid in range(first, status.uidnext) if uid not in target.by_uid]
    waiting: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for uid in sorted(uids, reverse=True):
        message = asked.messages[uid]
        waiting[message.message_id, message.size].append(uid)
    found: dict[int, int] = {}
    rows = await upstream.scan_headers(target.name, status.uidvalidity, fresh, INDEX_FIELDS)
    for row in sorted(rows, key=lambda row: row.uid):
        same = waiting[identity_of(row), row.size]
        if same:
            found[same.pop()] = row.uid
    return CopyMap(status.uidvalidity, found)
