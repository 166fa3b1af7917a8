"""The provider's folder for deleted mail: found by its use, else made.

How it is recognised where the provider says no uses is upstream's business (upstream/folders.py);
so is what stands above all folders of a user.
"""

from __future__ import annotations

import contextlib

from proxyd.domain.errors import UpstreamFolderMissing, UpstreamRefused
from proxyd.service.api.folder_tree import Special
from proxyd.service.mail.special_use import CAPABILITY
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder
from proxyd.service.mailbox.sync import Synchroniser

USE = Special.TRASH.value.lower()
NAME = "Trash"  # what most providers call it, and every client knows


async def trash_of(room: Mailroom, sync: Synchroniser) -> Folder:
    """Raises UpstreamError where there is none and none can be made."""
    return _found(room) or await _made(room, sync)


async def trash_anew(room: Mailroom, sync: Synchroniser, before: Folder) -> Folder | None:
    """After the provider has refused to put mail there: None where it is there all the same."""
    await sync.list_anew()
    found = _found(room)
    return None if found is before else found or await _made(room, sync)


def _found(room: Mailroom) -> Folder | None:
    named = room.state.folder_named(NAME)
    there = named if named is not None and named.selectable else None
    return room.state.special_folder(USE) or there


async def _made(room: Mailroom, sync: Synchroniser) -> Folder:
    has_use = CAPABILITY in await room.upstream.capabilities()
    with contextlib.suppress(UpstreamRefused):  # somebody was faster: the list says so
        await room.upstream.create(NAME, Special.TRASH.value if has_use else "")
    await sync.list_anew()
    found = _found(room)
    if found is None:
        raise UpstreamFolderMissing("the provider has no folder for deleted mail")
    return found
