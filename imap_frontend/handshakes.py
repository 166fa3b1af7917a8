"""TLS of the IMAP door whose handshakes take turns (proxyd/domain/one_a_turn.py).

A handshake begins with what the client says: that is kept until it is this connection's turn, and
the socket is not read meanwhile. Afterwards this is Twisted's own class.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.protocol import connectionDone
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from twisted.python.failure import Failure

from proxyd.domain.one_a_turn import OneATurn


class TurnTakingTls(BufferingTLSTransport):
    factory: TurnTakingFactory
    transport: Any
    _first: bytes | None = None  # what was said, while it waits
    _begun = False

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self._begun:
            super().dataReceived(data)  # type: ignore[no-untyped-call] # Twisted has no types here
        elif self._first is not None:  # what had been read before reading stopped
            self._first += data
        else:
            self._first = data
            self.transport.pauseProducing()
            self.factory.turns.wait(self.begin, str(self.transport.getPeer().host))

    def begin(self) -> None:
        first, self._first = self._first, None
        self._begun = True
        if first is not None:
            self.transport.resumeProducing()
            super().dataReceived(first)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        if self._first is not None:
            self._first = None
            self.factory.turns.leave(self.begin)
        super().connectionLost(reason)


class TurnTakingFactory(TLSMemoryBIOFactory):
    protocol = TurnTakingTls

    def __init__(self, tls: Any, factory: IProtocolFactory, clock: Any, turns: OneATurn) -> None:
        super().__init__(tls, False, factory, clock=clock)  # noqa: FBT003
        self.turns = turns
