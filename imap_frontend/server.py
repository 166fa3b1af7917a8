"""The IMAP door on Twisted: sockets, TLS, connection limits. Octets only.

A connection is a protocol (this file), a Wire and a Session with one asyncio task, whose reference
``ConnectedClients`` keeps. But for ``listener`` and ``handshakes`` no other file knows Twisted. The
reactor must be Twisted's asyncio reactor on the running loop (see runtime).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from twisted.internet import protocol
from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError, ConnectionClosed
from twisted.internet.interfaces import IHandshakeListener, IPushProducer
from zope.interface import implementer

from imap_frontend.context import Context
from imap_frontend.handshakes import TurnTakingFactory
from imap_frontend.listener import Listener
from imap_frontend.options import ListenAddress, Meter, Options
from imap_frontend.rendered import Rendered
from imap_frontend.replies import goodbye
from imap_frontend.session import Session
from imap_frontend.wire import Wire
from proxyd.domain import seats
from proxyd.domain.one_a_turn import OneATurn
from proxyd.domain.seats import NoSeat, at_once
from proxyd.service.api.mail import Front
from proxyd.service.api.sign_in import SignIn

log = logging.getLogger(__name__)

# Service calls under way at the end; less than the 5 s that runtime gives one closer.
CLOSE_PATIENCE_S = 4.0


@dataclass(frozen=True, slots=True)
class Services:
    sign_in: SignIn
    front: Front


@implementer(IPushProducer, IHandshakeListener)
class ImapProtocol(protocol.Protocol):
    """One connection; a ``wire.Line`` and Twisted's producer in one."""

    transport: Any  # a TCP or TLS transport; Twisted types it as an interface
    wire: Wire | None = None
    peer = ""

    def __init__(self, owner: ImapFactory) -> None:
        self._owner = owner
        self._handshake: asyncio.TimerHandle | None = None  # its end of patience
        self.session: Session | None = None

    @property
    def settled(self) -> bool:
        """Signed in."""
        return self.session is not None and self.session.signed_in

    @property
    def begun(self) -> bool:
        """Its TLS handshake is over."""
        return self.wire is not None and self.wire.secure

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        transport = self.transport
        # One write per answer: Nagle would hold back every second one.
        transport.setTcpNoDelay(True)
        transport.setTcpKeepAlive(True)
        self.peer = str(getattr(transport.getPeer(), "host", ""))
        if not self._owner.admitted(self):
            return
        if self._owner.door.implicit_tls:
            self._expect_handshake()
        else:
            self._begin(secure=False)

    def _begin(self, *, secure: bool) -> None:
        self.transport.registerProducer(self, True)  # noqa: FBT003
        self.wire = Wire(self, self._owner.options, secure=secure)
        self.session = self._owner.opened(self, self.wire)

    def _expect_handshake(self) -> None:
        loop = asyncio.get_running_loop()
        self._handshake = loop.call_later(self._owner.options.handshake_s, self._too_slow)

    def _too_slow(self) -> None:
        self._owner.meter.turned_away("handshake", self.peer)
        self.abort()

    def handshakeCompleted(self) -> None:  # noqa: N802 - Twisted's name
        if self._handshake is not None:
            self._handshake.cancel()
        if self.wire is None:
            self._begin(secure=True)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self.wire is not None:
            self.wire.received(data)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802 - Twisted's name
        if self._handshake is not None:
            self._handshake.cancel()
        if not self.begun and reason is not None and not reason.check(ConnectionClosed):
            self._owner.meter.turned_away("handshake", self.peer)  # an error of TLS
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
        self._expect_handshake()
        self.transport.startTLS(self._owner.tls)


class ImapFactory(protocol.Factory):
    """All connections of one door."""

    noisy = False

    def __init__(
        self,
        door: ListenAddress,
        *,
        options: Options,
        services: Services,
        tls: Any,
        meter: Meter,
        seats: ConnectedClients,
        rendered: Rendered,
    ) -> None:
        self.door = door
        self.options = options
        self.tls = tls
        self._services = services
        self.meter = meter
        self._seats = seats
        self._rendered = rendered

    def buildProtocol(self, addr: object) -> ImapProtocol:  # noqa: N802 - Twisted's name
        return ImapProtocol(self)

    def admitted(self, connection: ImapProtocol) -> bool:
        """Else it is closed: with a word, where no handshake is needed for that."""
        try:
            goes = self._seats.take(connection)
        except NoSeat:
            self.meter.turned_away("connections", connection.peer)
            if self.door.implicit_tls:
                connection.abort()
            else:
                connection.write(goodbye("too-many-connections", self.options.language))
                connection.transport.loseConnection()
            return False
        if goes is not None:
            self.meter.turned_away("crowded", goes.peer)
            goes.abort()
        return True

    def opened(self, connection: ImapProtocol, wire: Wire) -> Session:
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
        session = Session(context, self.meter)
        self._seats.serve(session)
        return session

    def closed(self, connection: ImapProtocol) -> None:
        self._seats.leave(connection)


class ConnectedClients:
    """Who is connected, over all doors, and the tasks that serve them."""

    def __init__(self, options: Options, known: Callable[[str], bool]) -> None:
        self._seats = seats.Seats[ImapProtocol](
            options.connections,
            options.connections_per_address,
            settled=lambda one: one.settled,
            begun=lambda one: one.begun,
            known=known,
        )
        self._connections: set[ImapProtocol] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, connection: ImapProtocol) -> ImapProtocol | None:
        """Returns who has to go for it. Raises NoSeat."""
        goes = self._seats.take(connection, connection.peer)
        self._connections.add(connection)
        return goes

    def serve(self, session: Session) -> None:
        task = asyncio.get_running_loop().create_task(session.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def leave(self, connection: ImapProtocol) -> None:
        self._seats.leave(connection)
        self._connections.discard(connection)

    async def clear(self) -> None:
        """Say goodbye to everybody; service calls under way get time to come to their end."""
        for connection in list(self._connections):
            if connection.session is not None:
                connection.session.end("shutdown")
            else:
                connection.abort()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_PATIENCE_S)
            for task in late:
                log.warning("an IMAP session did not end in time")
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


class Listening:
    """The open doors."""

    def __init__(self, ports: Sequence[Any], seats: ConnectedClients) -> None:
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
    doors: Sequence[ListenAddress],
    *,
    sign_in: SignIn,
    front: Front,
    tls: Any,
    reactor: Any,
    options: Options,
    meter: Meter,
) -> Listening:
    """Open all doors, or none. ``tls`` makes Twisted a TLS connection for each client, or is None.

    Raises OSError when an address can not be listened on.
    """
    taken, rendered = ConnectedClients(options, sign_in.knows), Rendered()
    services = Services(sign_in, front)
    turns = OneATurn(asyncio.get_running_loop().call_soon, sign_in.knows)
    ports: list[Any] = []
    exhausted = partial(meter.turned_away, "descriptors")
    try:
        for door in doors:
            factory: Any = ImapFactory(
                door,
                options=options,
                services=services,
                tls=tls,
                meter=meter,
                seats=taken,
                rendered=rendered,
            )
            if door.implicit_tls:
                factory = TurnTakingFactory(tls, factory, reactor, turns)
            port = Listener(
                door.port, factory, door.host, reactor, exhausted, at_once(options.connections)
            )
            port.startListening()
            ports.append(port)
    except CannotListenError as error:
        await Listening(ports, taken).close()
        raise OSError(str(error)) from error
    except BaseException:
        await Listening(ports, taken).close()
        raise
    return Listening(ports, taken)
