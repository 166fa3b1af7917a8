"""How much lies in which folder: STATUS (RFC 9051 §6.3.11), of many folders in one trip.

A folder that is gone is left out. One that STATUS does not tell in full is opened to read only
(EXAMINE), which says the same; where not even that helps it is in doubt, and no other with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.errors import (
    UpstreamError,
    UpstreamFolderMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.domain.ports.upstream_rows import FolderStatus
from proxyd.imapwire.response import MAX_SIZE, ListItem, Status, StatusItem
from proxyd.upstream.around import PartialAnswer
from proxyd.upstream.command import simple
from proxyd.upstream.folders import FolderNames
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.imap_driver import BatchAnswer
from proxyd.upstream.limits import LIMIT_CODES
from proxyd.upstream.refusal import refusal
from proxyd.upstream.sign_in import TEMPORARY_CODES


async def count(
    connection: ImapConnection, folders: Sequence[str], names: FolderNames
) -> PartialAnswer[str, FolderStatus]:
    items = b"(MESSAGES UIDNEXT UIDVALIDITY)"
    if connection.can("CONDSTORE"):
        items = b"(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
    asked = [simple("STATUS", names.wire(one), items) for one in folders]
    if connection.folder in folders:
        # Of the selected folder, STATUS may tell only what this session knows.
        await connection.run(simple("NOOP"))
    answer = await connection.run(*asked)
    found = _told(answer, folders, names)
    refused = dict(zip(folders, answer.statuses, strict=True))
    if not found and refused:
        _raise_temporary(next(iter(refused.values())))
    doubtful: list[str] = []
    for folder in folders:
        if folder not in found and _may_be_there(refused[folder]):
            told = await _opened(connection, folder, refused[folder])
            if isinstance(told, FolderStatus):
                found[folder] = told
            elif told is not None and len(folders) == 1:
                return PartialAnswer(found, failure=told)
            elif told is not None:
                doubtful.append(folder)
    return PartialAnswer(found, doubtful)


async def is_listed(connection: ImapConnection, folder: str, names: FolderNames) -> bool:
    if folder == "INBOX":
        return True  # RFC 9051 §5.1
    answer = await connection.must(simple("LIST", b'""', names.wire(folder)))
    return any(isinstance(one, ListItem) for one in answer.untagged)


def _told(
    answer: BatchAnswer, folders: Sequence[str], names: FolderNames
) -> dict[str, FolderStatus]:
    """Those told in full."""
    items = [one for one in answer.untagged if isinstance(one, StatusItem)]
    whole = [one for one in items if one.values.get("UIDVALIDITY") and "MESSAGES" in one.values]
    if len(folders) == 1 == len(items) == len(whole) and answer.statuses[0].ok:
        return {folders[0]: _folder_status(whole[0])}  # however it spells the name
    return {names.shown(one.raw_name): _folder_status(one) for one in whole}


def _may_be_there(status: Status) -> bool:
    return status.ok or status.code not in ("NONEXISTENT", "TRYCREATE")


async def _opened(
    connection: ImapConnection, folder: str, status: Status
) -> FolderStatus | UpstreamError | None:
    """What opening it tells, or why that can't be; None where it is missing."""
    try:
        return await opened(connection, folder=folder)
    except UpstreamFolderMissing as missing:
        return None if missing.code else refusal(status) if not status.ok else missing
    except UpstreamRefused as refused:
        return refusal(status) if not status.ok else refused


async def opened(connection: ImapConnection, *, folder: str) -> FolderStatus:
    """What EXAMINE tells."""
    now = await connection.enter(folder, anew=True)
    return FolderStatus(now.uidvalidity, now.uidnext, now.messages, now.modseq or None)


def _raise_temporary(status: Status) -> None:
    """The first of all of which none is counted."""
    if status.code in LIMIT_CODES:
        raise refusal(status)
    if status.code in TEMPORARY_CODES:
        raise UpstreamUnavailable(f"STATUS: {status.text}")


def _folder_status(item: StatusItem) -> FolderStatus:
    values = item.values
    modseq = values.get("HIGHESTMODSEQ", 0)
    return FolderStatus(
        uidvalidity=values["UIDVALIDITY"],
        uidnext=values.get("UIDNEXT", 0),
        messages=values["MESSAGES"],
        # 0: NOMODSEQ, RFC 7162 §3.1.2.2
        highestmodseq=modseq if 0 < modseq <= MAX_SIZE else None,
    )
