"""The IMAP door on Twisted: sockets, TLS, connection limits. Octets only.

A connection is a protocol (this file), a Wire and a Session with one asyncio task, whose reference
``ConnectedClients`` keeps. But for ``listener`` and ``arrival`` no other file knows Twisted. The
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

from imap_frontend.arrival import ArrivalFactory, Guest
from imap_frontend.context import Context
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
    """One connection; a ``wire.Line`` and Twisted's producer in one.

    ``guest``: who has the seat; itself at a door without TLS from the start.
    """

    transport: Any  # a TCP or TLS transport; Twisted types it as an interface
    wire: Wire | None = None
    peer = ""

    def __init__(self, owner: ImapFactory) -> None:
        self._owner = owner
        self._handshake: asyncio.TimerHandle | None = None  # its end of patience
        self._secured = False
        self._before_tls: bytes | None = None  # what was said after STARTTLS, while it waits
        self.guest: Guest = self
        self.session: Session | None = None

    @property
    def settled(self) -> bool:
        """Signed in."""
        return self.session is not None and self.session.signed_in

    @property
    def begun(self) -> bool:
        """Its TLS handshake is over."""
        return self._secured

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        transport = self.transport
        # One write per answer: Nagle would hold back every second one.
        transport.setTcpNoDelay(True)
        transport.setTcpKeepAlive(True)
        self.peer = str(getattr(transport.getPeer(), "host", ""))
        if self.guest is self and not self._owner.admitted(self):
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
        self._secured = True
        if self.wire is None:
            self._begin(secure=True)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self._before_tls is not None:
            self._before_tls += data  # it was read before reading stopped
        elif self.wire is not None:
            self.wire.received(data)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802 - Twisted's name
        if self._handshake is not None:
            self._handshake.cancel()
        if self._before_tls is not None:
            self._owner.turns.leave(self._begin_tls)
        if not self.begun and reason is not None and not reason.check(ConnectionClosed):
            self._owner.meter.turned_away("handshake", self.peer)  # an error of TLS
        if self.wire is not None:
            self.wire.lost()
        self._owner.closed(self.guest)

    # ------------------------------------------------------------ Guest

    def refuse(self) -> None:
        self.write(goodbye("too-many-connections", self._owner.options.language))
        self.transport.loseConnection()

    def end(self, reason: str) -> None:
        if self.session is not None:
            self.session.end(reason)
        else:
            self.abort()

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
        if self._before_tls is None:  # else nobody reads words in clear any more
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
        """When it is its turn."""
        self._expect_handshake()
        self._before_tls = b""
        self.transport.pauseProducing()
        self._owner.turns.wait(self._begin_tls, self.peer)

    def _begin_tls(self) -> None:
        first, self._before_tls = self._before_tls, None
        self.transport.startTLS(self._owner.tls)
        self.transport.resumeProducing()
        if first:
            self.transport.dataReceived(first)


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
        turns: OneATurn,
    ) -> None:
        self.door = door
        self.options = options
        self.handshake_s = options.handshake_s
        self.turns = turns
        self.tls = tls
        self._services = services
        self.meter = meter
        self._seats = seats
        self._rendered = rendered

    def buildProtocol(self, addr: object) -> ImapProtocol:  # noqa: N802 - Twisted's name
        return ImapProtocol(self)

    def admitted(self, guest: Guest) -> bool:
        """Else it was refused."""
        try:
            goes = self._seats.take(guest)
        except NoSeat:
            self.turned_away("connections", guest.peer)
            guest.refuse()
            return False
        if goes is not None:
            self.turned_away("crowded", goes.peer)
            goes.abort()
        return True

    def turned_away(self, reason: str, peer: str) -> None:
        self.meter.turned_away(reason, peer)

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

    def closed(self, guest: Guest) -> None:
        self._seats.leave(guest)


class ConnectedClients:
    """Who is connected, over all doors, and the tasks that serve them."""

    def __init__(self, options: Options, known: Callable[[str], bool]) -> None:
        self._seats = seats.Seats[Guest](
            options.connections,
            options.connections_per_address,
            settled=lambda one: one.settled,
            begun=lambda one: one.begun,
            known=known,
        )
        self._guests: set[Guest] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, guest: Guest) -> Guest | None:
        """Returns who has to go for it. Raises NoSeat."""
        goes = self._seats.take(guest, guest.peer)
        self._guests.add(guest)
        return goes

    def serve(self, session: Session) -> None:
        task = asyncio.get_running_loop().create_task(session.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def leave(self, guest: Guest) -> None:
        self._seats.leave(guest)
        self._guests.discard(guest)

    async def clear(self) -> None:
        """Say goodbye to everybody; service calls under way get time to come to their end."""
        for guest in list(self._guests):
            guest.end("shutdown")
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
            serving = ImapFactory(
                door,
                options=options,
                services=services,
                tls=tls,
                meter=meter,
                seats=taken,
                rendered=rendered,
                turns=turns,
            )
            factory: Any = serving
            if door.implicit_tls:
                factory = ArrivalFactory(serving, serving, tls, reactor, turns)
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
