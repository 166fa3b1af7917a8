"""How much lies in which folder: STATUS (RFC 9051 §6.3.11), of many folders in one trip.

A folder that is gone is left out; one that can't be counted now is not gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.ports import FolderStatus
from proxyd.imapwire.response import Status, StatusItem
from proxyd.upstream.command import simple
from proxyd.upstream.folders import FolderNames
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.refusal import refusal
from proxyd.upstream.sign_in import TEMPORARY_CODES


async def count(
    connection: ImapConnection, folders: Sequence[str], names: FolderNames
) -> dict[str, FolderStatus]:
    items = b"(MESSAGES UIDNEXT UIDVALIDITY)"
    if connection.can("CONDSTORE"):
        items = b"(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
    asked = [simple("STATUS", names.wire(one), items) for one in folders]
    if connection.folder in folders:
        # Of the selected folder, STATUS may tell only what this session knows.
        await connection.run(simple("NOOP"))
    answer = await connection.run(*asked)
    for status in answer.statuses:
        _raise_temporary(status)
    told = [one for one in answer.untagged if isinstance(one, StatusItem)]
    found = {names.shown(one.raw_name): _folder_status(one) for one in told}
    return {one: found[one] for one in folders if one in found}


def _raise_temporary(status: Status) -> None:
    if status.code in TEMPORARY_CODES:
        raise UpstreamUnavailable(f"STATUS: {status.text}")
    if status.condition == "BAD":
        raise refusal(status)


def _folder_status(item: StatusItem) -> FolderStatus:
    values = item.values
    return FolderStatus(
        uidvalidity=values.get("UIDVALIDITY", 0),
        uidnext=values.get("UIDNEXT", 0),
        messages=values.get("MESSAGES", 0),
        highestmodseq=values.get("HIGHESTMODSEQ") or None,  # 0: NOMODSEQ, RFC 7162 §3.1.2.2
    )
