"""Whoever has connected, from the first moment on: a ``gate.Guest``. What serves them is made only
when it is their turn (proxyd/domain/one_a_turn.py): it costs a thousand times as much as this, and
of a storm most are gone before.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from proxyd.domain.one_a_turn import OneATurn
from smtp_frontend.link import Link
from smtp_frontend.turn import turn


class Arrival:
    def __init__(
        self,
        connection: socket.socket,
        address: str,
        *,
        leave: Callable[[Arrival], None],
        turned_away: Callable[[str, str], None],
    ) -> None:
        """``leave``: gives the place back; once. ``turned_away``: why, and from where."""
        self.address = address
        self._connection = connection
        self._leave = leave
        self._turned_away = turned_away
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def settled(self) -> bool:
        return self._link is not None and self._link.settled

    @property
    def begun(self) -> bool:
        return self._link is not None and self._link.begun

    def end(self, reason: str) -> None:
        if self._link is not None:
            self._link.end(reason)
        elif self._task is not None:
            self._task.cancel()

    def drop(self) -> None:
        self._turned_away("crowded", self.address)
        if self._link is not None:
            self._link.let_go()
        elif self._task is not None:
            self._task.cancel()

    def begin(
        self,
        turns: OneATurn,
        make: Callable[[Callable[[], None]], Link],
        *,
        patience_s: float,
        implicit_tls: bool,
    ) -> asyncio.Task[None]:
        """``make`` makes what serves, of what gives the place back. ``patience_s``: until a client
        has begun its handshake, and it is its turn.
        """

        serving = self._serve(turns, make, patience_s, implicit_tls=implicit_tls)
        self._task = asyncio.get_running_loop().create_task(serving)
        self._task.add_done_callback(self._ended)
        return self._task

    async def _serve(
        self,
        turns: OneATurn,
        make: Callable[[Callable[[], None]], Link],
        patience_s: float,
        *,
        implicit_tls: bool,
    ) -> None:
        try:
            async with asyncio.timeout(patience_s):
                await self._turn(turns, speaks_first=implicit_tls)
        except TimeoutError:
            self._turned_away("handshake", self.address)
            return
        self._link = make(self._left)
        await self._link.serve(self._connection, implicit_tls=implicit_tls)

    def _left(self) -> None:
        self._leave(self)

    def _ended(self, _task: asyncio.Task[None]) -> None:
        """Here and not at its own end, which a task that is cancelled at once never sees."""
        if self._link is None:
            self._connection.close()
            self._leave(self)

    async def _turn(self, turns: OneATurn, *, speaks_first: bool) -> None:
        """``speaks_first``: a handshake begins with the client."""
        if speaks_first:
            loop, said = asyncio.get_running_loop(), asyncio.Event()
            # Free again afterwards: a transport takes the socket over, with all that was said.
            loop.add_reader(self._connection, said.set)
            try:
                await said.wait()
            finally:
                loop.remove_reader(self._connection)
        await turn(turns, self.address)
