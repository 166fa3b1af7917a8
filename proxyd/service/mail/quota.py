"""Quota as the provider tells it (RFC 9208), under names that are ours.

Two shared mailboxes at the same provider have quota roots of the same name: ours begin with the
mailbox's. A root of a mailbox without a grant is a root that does not exist (promise 6).
"""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.domain.errors import CannotDo
from proxyd.domain.ports.upstream_rows import UpstreamQuota
from proxyd.service.api.quota import QuotaResource, QuotaRoot
from proxyd.service.mail.tree import INBOX, Entry
from proxyd.service.mailbox.mailroom import Mailroom

SEPARATOR = "/"


async def roots_of(entry: Entry) -> list[QuotaRoot]:
    """What bounds a view; a virtual folder and a mere level are bounded as INBOX is."""
    room = entry.room
    if room is None:
        return []
    folder = entry.folder
    name = folder.name if folder is not None and folder.selectable else INBOX
    return [_told(room, quota) for quota in await room.upstream.quota_roots(name)]


async def root_named(rooms: Iterable[Mailroom], name: str) -> QuotaRoot:
    """Raises CannotDo("no-quota-root")."""
    # Of two mailboxes "a" and "a/b" the longer name is asked first.
    for room in sorted(rooms, key=lambda room: -len(room.mailbox.name)):
        prefix = room.mailbox.name + SEPARATOR
        if name != room.mailbox.name and not name.startswith(prefix):
            continue
        quota = await room.upstream.quota(name.removeprefix(room.mailbox.name)[1:])
        if quota is not None:
            return _told(room, quota)
    raise CannotDo("no-quota-root")


def _told(room: Mailroom, quota: UpstreamQuota) -> QuotaRoot:
    name = room.mailbox.name + (SEPARATOR + quota.root if quota.root else "")
    return QuotaRoot(name, tuple(QuotaResource(*resource) for resource in quota.resources))
