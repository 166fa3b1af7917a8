"""TLS before HTTP, in a pool of its own: who never finishes shaking hands takes no place of others.

uvicorn leaves handshakes to the loop, which waits a minute for each and counts none of them. Here
connections are accepted one by one, and only those that are secure become uvicorn's.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

from admin.patient_http import TurnedAway

HANDSHAKE_S: Final = 10.0
# At a time; each is a descriptor. In a full pool the oldest makes room.
SHAKING: Final = 64
# Until the next try where none can be accepted: no descriptor is left.
PAUSE_S: Final = 1.0


class Handshakes:
    def __init__(
        self,
        tls: ssl.SSLContext,
        turned_away: TurnedAway,
        *,
        seconds: float = HANDSHAKE_S,
        most: int = SHAKING,
    ) -> None:
        self._tls = tls
        self._told = turned_away
        self._seconds = seconds
        self._most = most
        self._present: dict[asyncio.Task[None], str] = {}  # with the peer's address

    async def run(self, listener: socket.socket, made: Callable[[], asyncio.Protocol]) -> None:
        """For ever. ``made``: the protocol that speaks once hands are shaken."""
        loop = asyncio.get_running_loop()
        listener.setblocking(False)  # noqa: FBT003 - as it is spelt
        try:
            while True:
                try:
                    connection, peer = await loop.sock_accept(listener)
                except OSError:
                    await asyncio.sleep(PAUSE_S)
                    continue
                self._make_room()
                task = loop.create_task(self._shake(connection, made))
                self._present[task] = peer[0]
                task.add_done_callback(self._forget)
        finally:
            for task in list(self._present):
                task.cancel()

    def _make_room(self) -> None:
        if len(self._present) >= self._most:
            task, address = next(iter(self._present.items()))
            self._told("crowded", address)
            del self._present[task]
            task.cancel()

    async def _shake(self, connection: socket.socket, made: Callable[[], asyncio.Protocol]) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(
                made, connection, ssl=self._tls, ssl_handshake_timeout=self._seconds
            )
        except OSError as error:
            task = asyncio.current_task()
            why = _why(error)
            if why and task is not None and task in self._present:
                self._told(why, self._present[task])
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._present.pop(task, None)


def _why(error: OSError) -> str:
    """ "" for who hangs up: so do browsers, at a certificate that they don't know yet."""
    if isinstance(error, ssl.SSLError):
        return "nonsense"
    return "slow" if isinstance(error, ConnectionAbortedError | TimeoutError) else ""
