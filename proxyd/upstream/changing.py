"""Commands that change messages, also on servers without UIDPLUS and MOVE.

Each is a job for a lane. Invariants: a message is copied before it is removed, so that a line that
breaks in the middle leaves a second copy and never none; no message is expunged that nobody asked
to expunge; what was removed is gone, whatever the answers say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from proxyd.domain.errors import UpstreamRefused, UpstreamUnavailable
from proxyd.domain.left_out import left_out
from proxyd.domain.ports.upstream_rows import CopyMap, FlagRow
from proxyd.imapwire import encode
from proxyd.imapwire.response import MAX_UID, Count, Search, Vanished
from proxyd.upstream import rows
from proxyd.upstream.command import UpstreamCommand, simple, uid_command
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.imap_driver import BatchAnswer

DELETED = b"(\\Deleted)"


async def store_flags(
    connection: ImapConnection,
    folder: str,
    uidvalidity: int,
    uids: Sequence[int],
    mode: str,
    flags: Sequence[str],
) -> list[FlagRow]:
    """UID STORE (RFC 9051 §6.4.6); the flags as they are afterwards.

    What lacks the change all the same is asked once more: another client may have undone it in this
    instant, and a server tells both before its OK. What is left out again is not kept there.
    """
    told = await _store(connection, folder, uidvalidity, uids, mode, flags)
    add, remove = (flags if mode == sign else () for sign in "+-")
    left = [uid for uid, row in told.items() if left_out(add, remove, row.flags)]
    if left:
        with contextlib.suppress(UpstreamRefused):  # it said OK to the first
            told |= await _store(connection, folder, uidvalidity, left, mode, flags)
    return [told[uid] for uid in sorted(told)]


async def _store(
    connection: ImapConnection,
    folder: str,
    uidvalidity: int,
    uids: Sequence[int],
    mode: str,
    flags: Sequence[str],
) -> dict[int, FlagRow]:
    item = {"+": b"+FLAGS", "-": b"-FLAGS", "=": b"FLAGS"}[mode]
    stores = uid_command("STORE", uids, item, encode.flag_list(flags), changes=True)
    answer = await connection.inside(
        folder, uidvalidity, *stores, newest=max(uids, default=0), writable=True
    )
    asked = set(uids)
    told = {row.uid: row for row in rows.flag_rows(answer.untagged) if row.uid in asked}
    if untold := sorted(asked - told.keys()):
        # Some servers don't repeat flags that were so already.
        fetches = uid_command("FETCH", untold, b"(UID FLAGS)")
        with contextlib.suppress(UpstreamRefused):  # of those it told, it did it all the same
            answer = await connection.inside(
                folder, uidvalidity, *fetches, newest=max(untold), writable=True
            )
            told |= {row.uid: row for row in rows.flag_rows(answer.untagged) if row.uid in asked}
    return told


async def copy(
    connection: ImapConnection,
    folder: str,
    uidvalidity: int,
    uids: Sequence[int],
    wire_target: bytes,
) -> CopyMap | None:
    copies = uid_command("COPY", uids, wire_target, changes=True)
    answer = await connection.inside(folder, uidvalidity, *copies, newest=max(uids, default=0))
    return rows.copy_map([*answer.untagged, *answer.statuses], len(uids))


async def move(
    connection: ImapConnection,
    folder: str,
    uidvalidity: int,
    uids: Sequence[int],
    wire_target: bytes,
) -> CopyMap | None:
    """MOVE (RFC 6851), or the three steps it stands for.

    Raises UpstreamUnavailable where a later step is refused, or the line breaks: copied it is then.
    """
    if not connection.can("MOVE"):
        await connection.enter(folder, uidvalidity, writable=True)
        copied = await copy(connection, folder, uidvalidity, uids, wire_target)
        try:
            await expunge(connection, folder, uidvalidity, uids)
        except UpstreamRefused as refused:
            # Not "refused": half of it is done, and whoever asks again wants no second copy.
            raise UpstreamUnavailable(f"copied, and not removed from {folder}: {refused}") from None
        return copied
    moves = uid_command("MOVE", uids, wire_target, changes=True)
    answer = await connection.inside(
        folder, uidvalidity, *moves, newest=max(uids, default=0), writable=True
    )
    # RFC 6851 §4.3: COPYUID comes in an untagged OK, before the EXPUNGEs.
    return rows.copy_map([*answer.untagged, *answer.statuses], len(uids))


async def expunge(
    connection: ImapConnection, folder: str, uidvalidity: int, uids: Sequence[int]
) -> None:
    """Mark and remove them (RFC 4315 §2.1).

    Raises UpstreamRefused also where all is answered OK and they stay: without the right to mark
    (RFC 4314 §4) the mark is left out silently.
    """
    mark = uid_command("STORE", uids, b"+FLAGS.SILENT", DELETED, changes=True)
    if not connection.can("UIDPLUS"):
        await _expunge_all_but_others(connection, folder, uidvalidity, uids)
        return
    newest = max(uids, default=0)
    await connection.inside(folder, uidvalidity, *mark, newest=newest, writable=True)
    removal = uid_command("EXPUNGE", uids, changes=True)
    answer = await connection.inside(folder, uidvalidity, *removal, newest=newest, writable=True)
    await _require_gone(connection, folder, uidvalidity, uids, answer)


async def _expunge_all_but_others(
    connection: ImapConnection, folder: str, uidvalidity: int, uids: Sequence[int]
) -> None:
    """Without UIDPLUS, EXPUNGE takes everything that is marked: unmark the others meanwhile."""

    async def ask(*commands: UpstreamCommand, newest: int | None = 0) -> BatchAnswer:
        return await connection.inside(folder, uidvalidity, *commands, newest=newest, writable=True)

    def marked(uids: Sequence[int], item: bytes) -> list[UpstreamCommand]:
        return uid_command("STORE", uids, item, DELETED, changes=True)

    answer = await ask(simple("UID SEARCH", b"DELETED"), newest=None)
    asked = set(uids)
    found = (uid for one in answer.untagged if isinstance(one, Search) for uid in one.numbers)
    others = sorted(set(found) - asked)
    await ask(*marked(others, b"-FLAGS.SILENT"))
    await ask(*marked(uids, b"+FLAGS.SILENT"))
    try:
        answer = await ask(simple("EXPUNGE", changes=True))
    finally:
        await ask(*marked(others, b"+FLAGS.SILENT"))
    await _require_gone(connection, folder, uidvalidity, uids, answer)


async def present(
    connection: ImapConnection, folder: str, uidvalidity: int, uids: Sequence[int]
) -> dict[int, int]:
    """See UpstreamMailbox: what others have removed a session hears with NOOP, and goes on showing
    until then (RFC 9051 §7.5.1).
    """
    looks = uid_command("FETCH", uids, b"(UID RFC822.SIZE)")
    try:
        answer = await connection.inside(folder, uidvalidity, *looks, newest=None)
    except UpstreamRefused:
        return {}
    return {row.uid: row.size for row in rows.basic_rows(answer.untagged, set(uids)) if row.size}


async def _require_gone(
    connection: ImapConnection,
    folder: str,
    uidvalidity: int,
    uids: Sequence[int],
    answer: BatchAnswer,
) -> None:
    """Asked only where it was not told of so many as there were to go."""
    if _told_gone(answer) >= len(uids):
        return
    looks = uid_command("FETCH", uids, b"(UID FLAGS)")
    there = await connection.inside(
        folder, uidvalidity, *looks, newest=max(uids, default=0), writable=True
    )
    left = {row.uid for row in rows.flag_rows(there.untagged)}.intersection(uids)
    if left:
        raise UpstreamRefused(f"{len(left)} of {len(uids)} mails can't be removed from {folder}")


def _told_gone(answer: BatchAnswer) -> int:
    """RFC 9051 §7.5.1, and RFC 7162 §3.2.10 instead."""
    told = 0
    for one in answer.untagged:
        if isinstance(one, Vanished) and not one.earlier:
            told += sum(last - first + 1 for first, last in one.uids.resolve(MAX_UID))
        told += isinstance(one, Count) and one.name == "EXPUNGE"
    return told
