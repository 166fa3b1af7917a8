"""Who wrote a mail and what it is about, asked of the provider for the few that are named.

What is kept of a mail here has neither. Must never fail because the provider does, and never hand
on what a stranger has written as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import UpstreamError
from proxyd.domain.one_line import one_line
from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.mailtext.addresses import addresses
from proxyd.mailtext.fields import Header
from proxyd.service.mail.headers import ASK, octets_of
from proxyd.service.mailbox.asked import Asked, asked_of
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message

NAME_MOST = 60  # characters; the address stands behind it


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Each a single line; ``sender``: name and address, as far as there are any."""

    sender: str
    subject: str


async def written(room: Mailroom, mails: Iterable[Message]) -> dict[Message, Letterhead]:
    """Of those that could be asked for."""
    by_folder: defaultdict[Folder, list[Message]] = defaultdict(list)
    for mail in mails:
        by_folder[mail.folder].append(mail)
    found: dict[Message, Letterhead] = {}
    for folder, some in by_folder.items():
        asked = asked_of(folder, some)
        for row in await _rows(room, asked):
            if row.uid in asked.messages:
                found[asked.messages[row.uid]] = _read(octets_of(next(iter(row.values.values()))))
    return found


async def _rows(room: Mailroom, asked: Asked) -> Sequence[ContentRow]:
    folder, uidvalidity = asked.folder.name, asked.uidvalidity
    try:
        return await room.upstream.fetch(folder, uidvalidity, asked.uids, [ASK])
    except UpstreamError:
        pass  # whose trouble that is, the rounds find out
    try:
        return await room.upstream.known(folder, uidvalidity, asked.uids, [ASK])
    except UpstreamError:
        return []


def _read(raw: bytes) -> Letterhead:
    header = Header(raw)
    return Letterhead(_sender(header.first(b"FROM")), one_line(header.first(b"SUBJECT")))


def _sender(value: bytes) -> str:
    author = next(iter(addresses(value)), None)
    if author is None:
        return ""
    name, address = one_line(author.name or b"", NAME_MOST), one_line(author.text.encode())
    if not address:
        return name or one_line(value)
    return f"{name} <{address}>" if name else address
