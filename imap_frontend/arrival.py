"""Whoever has connected to a door with TLS, from the first moment on. What serves them is made only
when it is the turn of their handshake (proxyd/domain/one_a_turn.py): it costs a multiple of this,
and of a storm most are gone before.

A handshake begins with what the client says. That is kept until it is this connection's turn, and
the socket is not read meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from twisted.internet import protocol
from twisted.internet.protocol import connectionDone
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from proxyd.domain.one_a_turn import OneATurn


class Guest(Protocol):
    """Who has a seat at a door."""

    peer: str

    @property
    def settled(self) -> bool:
        """Signed in."""
        ...

    @property
    def begun(self) -> bool:
        """Its TLS handshake is over."""
        ...

    def refuse(self) -> None:
        """There is no seat: it is closed, with a word where no handshake is needed for that."""
        ...

    def end(self, reason: str) -> None:
        """Politely, where there is somebody to talk to. ``reason``: a key of the replies."""
        ...

    def abort(self) -> None: ...


class Served(Guest, Protocol):
    """What serves it, made by the door when it is its turn."""

    guest: Guest  # who has the seat


class Door(Protocol):
    """Of which an arrival asks for a seat."""

    handshake_s: float

    def admitted(self, guest: Guest) -> bool:
        """Else it was refused."""
        ...

    def closed(self, guest: Guest) -> None: ...

    def turned_away(self, reason: str, peer: str) -> None: ...


class Arrival(protocol.Protocol):
    """One connection. Afterwards Twisted's own TLS has the socket, and this the seat alone."""

    transport: Any  # Twisted types it as an interface
    peer = ""

    def __init__(self, owner: ArrivalFactory) -> None:
        self._owner = owner
        self._first = b""  # what was said, while it waits
        self._patience: asyncio.TimerHandle | None = None
        self._served: Served | None = None

    @property
    def settled(self) -> bool:
        return self._served is not None and self._served.settled

    @property
    def begun(self) -> bool:
        return self._served is not None and self._served.begun

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self.peer = str(getattr(self.transport.getPeer(), "host", ""))
        door = self._owner.door
        if door.admitted(self):
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(door.handshake_s, self._too_slow)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        waits = bool(self._first)
        self._first += data  # more of it was read before reading stopped
        if not waits:
            self.transport.pauseProducing()
            self._owner.turns.wait(self.begin, self.peer)

    def begin(self) -> None:
        """The handshake; what the socket says goes to Twisted's TLS from now on."""
        if self._patience is not None:  # None: it was refused, and is being closed
            self._served = self._owner.serve(self, self.transport, self._first)
            self._patience.cancel()  # from now on that of what serves it counts

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Before its turn came."""
        if self._patience is not None:
            self._patience.cancel()
        self._owner.turns.leave(self.begin)
        self._owner.door.closed(self)

    def _too_slow(self) -> None:
        self._owner.door.turned_away("handshake", self.peer)
        self.abort()

    def refuse(self) -> None:
        self.abort()

    def end(self, reason: str) -> None:
        if self._served is not None:
            self._served.end(reason)
        else:
            self.abort()

    def abort(self) -> None:
        if self._served is not None:
            self._served.abort()
        else:
            self.transport.abortConnection()


class ArrivalFactory(protocol.Factory):
    noisy = False

    def __init__(self, door: Door, serving: Any, tls: Any, clock: Any, turns: OneATurn) -> None:
        """``serving``: Twisted's factory of a ``Served`` for each. ``clock``: the reactor."""
        self.door = door
        self.turns = turns
        self._secured = TLSMemoryBIOFactory(tls, False, serving, clock=clock)  # noqa: FBT003

    def buildProtocol(self, addr: object) -> Arrival:  # noqa: N802 - Twisted's name
        return Arrival(self)

    def serve(self, guest: Guest, transport: Any, first: bytes) -> Served:
        """``first``: what the client has said already."""
        layer: Any = self._secured.buildProtocol(None)
        served: Served = layer.wrappedProtocol
        served.guest = guest
        transport.protocol = layer
        layer.makeConnection(transport)
        transport.resumeProducing()
        layer.dataReceived(first)
        return served
