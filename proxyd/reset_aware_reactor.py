"""Twisted's asyncio reactor that notices a peer's reset also while octets of it are still unread.

libuv reports a reset socket once, as an error; uvloop then lets one more read happen and forgets
the socket. Where that read finds octets it succeeds, and nobody is ever told again: the connection
(and the file its upload goes to) would stay until a timer of its own ends it, half an hour later.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.main import CONNECTION_LOST


class ResetAwareReactor(AsyncioSelectorReactor):
    def _readOrWrite(self, selectable: Any, read: bool) -> None:  # noqa: FBT001, N802 - Twisted's
        super()._readOrWrite(selectable, read)  # type: ignore[no-untyped-call]
        if read and selectable in self._readers and _is_reset(selectable):
            self._disconnectSelectable(selectable, CONNECTION_LOST, read)  # type: ignore[no-untyped-call]


def _is_reset(selectable: Any) -> bool:
    """Of a socket with an error nothing more can be had, whatever is unread."""
    its = getattr(selectable, "socket", None)
    if not isinstance(its, socket.socket) or its.fileno() < 0:
        return False
    return its.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
