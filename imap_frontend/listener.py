"""A listening socket of Twisted's that accepts few connections in each turn of the loop.

Twisted takes a hundred at once; whoever is dropped to make room for one of them has closed its
descriptor only in the next turn, so that a storm would take them all. And Twisted tells its own log
alone that no descriptor was left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from twisted.internet import tcp
from twisted.logger import ILogObserver, Logger

# Connections that wait for accept while the loop is busy; Linux caps it at somaxconn, 4096. Where
# there is no room the kernel lets a client try again after a second, then after three.
BACKLOG = 4096


class Listener(tcp.Port):
    """``exhausted`` is called with the address of each whom no descriptor was left for."""

    def __init__(
        self,
        port: int,
        factory: Any,
        host: str,
        reactor: Any,
        exhausted: Callable[[str], None],
        at_once: int,
    ) -> None:
        super().__init__(port, factory, BACKLOG, host, reactor)
        self._at_once = at_once
        self._exhausted = exhausted
        # What tcp.Port has to tell about accepting goes to this one's observer.
        self._logger = Logger(observer=cast(ILogObserver, self._told))

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        self.numberAccepts = self._at_once
        super().doRead()  # type: ignore[no-untyped-call] # Twisted has no types here

    def _told(self, event: dict[str, Any]) -> None:
        if "address" in event:  # accepted with the descriptor kept back for that, and closed
            self._exhausted(str(event["address"][0]))
        elif "acceptError" in event:  # ENOBUFS, ENOMEM and their like
            self._exhausted("")
