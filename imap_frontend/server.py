"""The IMAP door on Twisted: sockets, TLS, connection limits. Octets only.

A connection is a protocol (this file), a Wire and a Session with one asyncio task, whose reference
``Seats`` keeps. No other file knows Twisted. The reactor must be Twisted's asyncio reactor on the
running loop (see runtime).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet import protocol
from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import IPushProducer
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

from imap_frontend.context import Context
from imap_frontend.options import Door, Meter, Options
from imap_frontend.rendered import Rendered
from imap_frontend.replies import goodbye
from imap_frontend.session import Session
from imap_frontend.wire import Wire
from proxyd.service.api import Front, SignIn

log = logging.getLogger(__name__)

# Connections that wait for accept while the loop is busy; Linux caps it at somaxconn.
BACKLOG = 511
# Service calls under way at the end; less than the 5 s that runtime gives one closer.
CLOSE_PATIENCE_S = 4.0


@dataclass(frozen=True, slots=True)
class Services:
    sign_in: SignIn
    front: Front


@implementer(IPushProducer)
class ImapProtocol(protocol.Protocol):
    """One connection; a ``wire.Line`` and Twisted's producer in one."""

    transport: Any  # a TCP or TLS transport; Twisted types it as an interface
    wire: Wire | None = None
    peer = ""

    def __init__(self, owner: ImapFactory) -> None:
        self._owner = owner

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        transport = self.transport
        # One write per answer: Nagle would hold back every second one.
        transport.setTcpNoDelay(True)
        transport.setTcpKeepAlive(True)
        transport.registerProducer(self, True)  # noqa: FBT003
        self.peer = str(getattr(transport.getPeer(), "host", ""))
        self.wire = Wire(self, self._owner.options, secure=self._owner.door.implicit_tls)
        self._owner.opened(self, self.wire)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self.wire is not None:
            self.wire.received(data)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802 - Twisted's name
        if self.wire is not None:
            self.wire.lost()
            self._owner.closed(self)

    # ------------------------------------------------------------ IPushProducer

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        if self.wire is not None:
            self.wire.writable(now=False)

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        if self.wire is not None:
            self.wire.writable(now=True)

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """connectionLost follows."""

    # ------------------------------------------------------------ wire.Line

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_reading(self) -> None:
        self.transport.pauseProducing()

    def resume_reading(self) -> None:
        self.transport.resumeProducing()

    def close(self) -> None:
        # With a producer registered Twisted would wait for it for ever.
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def abort(self) -> None:
        self.transport.abortConnection()

    def start_tls(self) -> None:
        self.transport.startTLS(self._owner.tls)


class ImapFactory(protocol.Factory):
    """All connections of one door."""

    noisy = False

    def __init__(
        self,
        door: Door,
        *,
        options: Options,
        services: Services,
        tls: Any,
        meter: Meter,
        seats: Seats,
        rendered: Rendered,
    ) -> None:
        self.door = door
        self.options = options
        self.tls = tls
        self._services = services
        self._meter = meter
        self._seats = seats
        self._rendered = rendered

    def buildProtocol(self, addr: object) -> ImapProtocol:  # noqa: N802 - Twisted's name
        return ImapProtocol(self)

    def opened(self, connection: ImapProtocol, wire: Wire) -> None:
        if not self._seats.take(connection.peer):
            self._meter.turned_away("connections")
            wire.close(goodbye("too-many-connections", "en"))
            return
        context = Context(
            wire,
            self.options,
            self._services.sign_in,
            self._services.front,
            peer=connection.peer,
            word=secrets.token_hex(4),
            tls_offered=self.tls is not None and not self.door.implicit_tls,
            rendered=self._rendered,
        )
        self._seats.sit(connection, Session(context, self._meter))

    def closed(self, connection: ImapProtocol) -> None:
        self._seats.leave(connection)


class Seats:
    """Who is connected, over all doors, and the tasks that serve them."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._by_address: Counter[str] = Counter()
        self._sessions: dict[ImapProtocol, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, address: str) -> bool:
        full = len(self._sessions) >= self._options.connections
        if full or self._by_address[address] >= self._options.connections_per_address:
            return False
        self._by_address[address] += 1
        return True

    def sit(self, connection: ImapProtocol, session: Session) -> None:
        self._sessions[connection] = session
        task = asyncio.get_running_loop().create_task(session.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def leave(self, connection: ImapProtocol) -> None:
        if self._sessions.pop(connection, None) is not None:
            self._by_address[connection.peer] -= 1
            if not self._by_address[connection.peer]:
                del self._by_address[connection.peer]

    async def clear(self) -> None:
        """Say goodbye to everybody; service calls under way get time to come to their end."""
        for session in list(self._sessions.values()):
            session.end("shutdown")
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_PATIENCE_S)
            for task in late:
                log.warning("an IMAP session did not end in time")
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


class Listening:
    """The open doors."""

    def __init__(self, ports: Sequence[Any], seats: Seats) -> None:
        self._ports = ports
        self._seats = seats

    @property
    def ports(self) -> list[int]:
        """Port numbers, in the order of the doors."""
        return [port.getHost().port for port in self._ports]

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        for port in self._ports:
            await maybeDeferred(port.stopListening).asFuture(loop)
        await self._seats.clear()


async def listen(
    doors: Sequence[Door],
    *,
    sign_in: SignIn,
    front: Front,
    tls: Any,
    reactor: Any,
    options: Options,
    meter: Meter,
) -> Listening:
    """Open all doors, or none. ``tls`` is a Twisted context factory (CertificateOptions) or None.

    Raises OSError when an address can not be listened on.
    """
    seats, rendered = Seats(options), Rendered()
    services = Services(sign_in, front)
    ports: list[Any] = []
    try:
        for door in doors:
            factory: Any = ImapFactory(
                door,
                options=options,
                services=services,
                tls=tls,
                meter=meter,
                seats=seats,
                rendered=rendered,
            )
            if door.implicit_tls:
                factory = TLSMemoryBIOFactory(tls, False, factory, clock=reactor)  # noqa: FBT003
            ports.append(reactor.listenTCP(door.port, factory, BACKLOG, door.host))
    except Exception as error:
        await Listening(ports, seats).close()
        raise OSError(str(error)) from error
    return Listening(ports, seats)
