"""The listeners of the submission door. Sockets are opened by ``accepting``.

Invariant: after ``close`` nothing listens and no connection is open; a mail that was being relayed
has had its time to be answered.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from proxyd.domain.one_a_turn import OneATurn
from proxyd.domain.seats import at_once
from proxyd.domain.types import Clock
from proxyd.service.api.sign_in import SignIn
from proxyd.service.api.submission import Submission
from smtp_frontend.accepting import Accepting
from smtp_frontend.arrival import Arrival
from smtp_frontend.connection import Connection
from smtp_frontend.gate import Gate
from smtp_frontend.handler import Handler
from smtp_frontend.options import ListenAddress, Meter, Options
from smtp_frontend.replies import reply
from smtp_frontend.room import Room

# A mail that is going out gets this long to be answered before its connection is cut.
CLOSE_WAIT_S = 20.0


class SmtpServer:
    """Both kinds of door, with one set of limits."""

    def __init__(
        self,
        sign_in: SignIn,
        submission: Submission,
        tls: ssl.SSLContext | None,
        clock: Clock,
        *,
        options: Options = Options(),  # noqa: B008 - frozen
        meter: Meter = Meter(),  # noqa: B008
    ) -> None:
        self._sign_in = sign_in
        self._tls = tls
        self._options = options
        self._meter = meter
        self._handler = Handler(submission, clock)
        self._gate = Gate(options.connections, options.connections_per_address, sign_in.knows)
        self._turns = OneATurn(asyncio.get_running_loop().call_soon, sign_in.knows)
        # One mail alone must always fit.
        self._room = Room(max(options.receiving_bytes, options.max_message_bytes))
        self._servers: list[Accepting] = []
        self._beginning: set[asyncio.Task[None]] = set()

    async def listen(self, door: ListenAddress) -> int:
        """Returns the port. Raises OSError; ValueError for TLS without a certificate."""
        if door.implicit_tls and self._tls is None:
            raise ValueError("a TLS listener needs a certificate")
        server = Accepting(
            door.host,
            door.port,
            partial(self._taken, door),
            self._exhausted,
            at_once(self._options.connections),
        )
        self._servers.append(server)
        return server.port

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        self._gate.end_all("shutdown")
        if not await self._gate.emptied(CLOSE_WAIT_S):
            self._gate.end_all("ended")
            await self._gate.emptied(2 * self._options.close_grace_s)

    def _taken(self, door: ListenAddress, accepted: socket.socket, address: str) -> None:
        arrival = Arrival(
            accepted, address, leave=self._gate.leave, turned_away=self._meter.turned_away
        )
        if not self._gate.admit(arrival, address):
            self._meter.turned_away("connections", address)
            if not door.implicit_tls:
                with suppress(OSError):
                    said = reply("too-many-connections", self._options.language)
                    accepted.send(said.encode() + b"\r\n")
            accepted.close()
            return
        with suppress(OSError):  # one write per reply: Nagle would hold back every second one
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = arrival.begin(
            self._turns,
            partial(self._connection, address),
            patience_s=self._options.handshake_s,
            implicit_tls=door.implicit_tls,
        )
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    def _exhausted(self) -> None:
        self._meter.turned_away("descriptors", "")

    def _connection(self, address: str, leave: Callable[[], None]) -> Connection:
        return Connection(
            self._handler,
            self._sign_in,
            self._options,
            address=address,
            tls=self._tls,
            leave=leave,
            room=self._room,
            meter=self._meter,
            turns=self._turns,
        )


async def listen(
    doors: Sequence[ListenAddress],
    sign_in: SignIn,
    submission: Submission,
    tls: ssl.SSLContext | None,
    clock: Clock,
    *,
    options: Options = Options(),  # noqa: B008 - frozen
    meter: Meter = Meter(),  # noqa: B008
) -> tuple[list[int], SmtpServer]:
    """Open all doors; the ports in their order, and what ``close`` is called on."""
    server = SmtpServer(sign_in, submission, tls, clock, options=options, meter=meter)
    try:
        ports = [await server.listen(door) for door in doors]
    except BaseException:
        await server.close()
        raise
    return ports, server
