"""Looks often at the folders that somebody has open, or sees mails of in a virtual folder.

INBOX is listened to by the one connection that only listens; what lies elsewhere is asked for: one
STATUS for each such folder, all in one trip, once a second. Costs for the provider, at most: MOST
STATUS a second, no more than a fifth of one connection's time, and nothing while nobody has such a
folder open. Where there are no mod-sequences (RFC 7162) only arrivals and removals are seen so
soon; flags come with the rounds, because comparing them is dear.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

from proxyd.domain.errors import ProxydError, UpstreamError
from proxyd.domain.ports.upstream_rows import FolderStatus
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, View
from proxyd.service.mailbox.retrying import RETRY_MOST_S

_log = logging.getLogger(__name__)

LOOK_S = 1.0  # what somebody who waits for a colleague's change takes for "at once"
SHARE = 5  # a look takes a fifth of a connection's time at most
MOST = 10  # folders in one look; of more each has its turn


class OpenFolders:
    """``look`` brings a folder up to date where its numbers want it; ``listens``: INBOX is heard.

    Tests give ``sleep``.
    """

    def __init__(
        self,
        room: Mailroom,
        look: Callable[[Folder, FolderStatus], Awaitable[None]],
        listens: Callable[[], bool],
        *,
        look_s: float = LOOK_S,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._room = room
        self._look = look
        self._listens = listens
        self._look_s = look_s
        self._sleep = sleep
        self._turn = 0
        self._shown: dict[View, tuple[int, frozenset[Folder]]] = {}  # for which mod-sequence

    async def run(self) -> None:
        """Until cancelled. The rounds tell what goes wrong."""
        pause, clock = self._look_s, asyncio.get_running_loop().time
        while True:
            await self._sleep(pause)
            began = clock()
            try:
                await self.once()
            except ProxydError as error:
                _log.debug("open folders of %s: %s", self._room.mailbox.name, error)
                pause = min(pause * 2, max(RETRY_MOST_S, self._look_s))
            else:
                pause = max(self._look_s, (SHARE - 1) * (clock() - began))

    async def once(self) -> None:
        """Raises UpstreamError, StoreUnavailable."""
        folders = self._next() if self._room.line_up else []
        if not folders:
            return
        refused: dict[str, UpstreamError] = {}  # the rounds say so
        told = await self._room.upstream.status([one.name for one in folders], refused)
        for folder in folders:
            status = told.get(folder.name)
            if status is not None and (status.highestmodseq or other_mails(folder, status)):
                await self._look(folder, status)

    def _next(self) -> list[Folder]:
        folders = list(dict.fromkeys(self._open()))
        if len(folders) <= MOST:
            return folders
        self._turn = (self._turn + MOST) % len(folders)
        return (folders[self._turn :] + folders[: self._turn])[:MOST]

    def _open(self) -> Iterator[Folder]:
        for folder in self._room.state.folders.values():
            if folder.view is not None and folder.view.observers and self._is_asked(folder):
                yield folder
        for view in self._room.state.views.values():
            if view.kind != "folder" and view.observers:
                yield from filter(self._is_asked, self._folders_of(view))

    def _is_asked(self, folder: Folder) -> bool:
        return folder.selectable and not (folder.name == "INBOX" and self._listens())

    def _folders_of(self, view: View) -> frozenset[Folder]:
        """Those that its mails lie in."""
        modseq, found = self._shown.get(view, (0, frozenset[Folder]()))
        if modseq != view.modseq:
            found = frozenset(message.folder for message in view.members.values())
            self._shown[view] = view.modseq, found
        return found


def other_mails(folder: Folder, now: FolderStatus) -> bool:
    """Whether a folder has others than we know, as far as its numbers tell."""
    numbers = (folder.uidvalidity, folder.uidnext, len(folder.by_uid))
    return numbers != (now.uidvalidity, now.uidnext, now.messages)
