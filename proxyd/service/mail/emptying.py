"""A folder is to be deleted: what lies in it goes first, each mail the way that EXPUNGE would send
it there, with its record (domain/deleting.py). DELETE alone would destroy them all by one key.
"""

from __future__ import annotations

from proxyd.domain.deleting import Case, Copied, Fate, FolderUse, fate_of, place_of
from proxyd.domain.types import Right
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.expunging import Expunger
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder
from proxyd.service.mailbox.sync import Synchroniser


async def empty(
    caller: Caller, room: Mailroom, sync: Synchroniser, folder: Folder, name: str
) -> None:
    """``name``: of the folder, for the log.

    Raises NotPermitted, and UpstreamError: then the folder is to stay.
    """
    caller.need(Right.MANAGE, room)
    await sync.sync_folder(folder)
    view = folder.view
    if view is None or not folder.by_uid:
        return
    fate = fate_of(_case(room, folder))
    left = [(message.views[view], message) for message in folder.by_uid.values()]
    expunger = Expunger(caller, room, sync, view, name)
    if fate is Fate.TRASH:
        await expunger.to_trash(left)
    else:
        await expunger.remove(left, fate)


def _case(room: Mailroom, folder: Folder) -> Case:
    return Case(
        copied=Copied.NOWHERE,
        place=FolderUse.TRASH if _is_in_trash(room, folder) else place_of(folder.attributes),
        own_draft=False,
        may_destroy=True,  # who manages may, whatever the policy asks for
        to_trash=room.mailbox.policy.delete == "trash",
    )


def _is_in_trash(room: Mailroom, folder: Folder) -> bool:
    """Mail clients put a folder that is deleted there first."""
    trash = room.state.special_folder("\\trash")
    below = trash is not None and bool(trash.delimiter)
    return below and trash is not None and folder.name.startswith(trash.name + trash.delimiter)
