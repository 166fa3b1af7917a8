"""A listening socket that is accepted from here, so that each connection counts from its first
moment: asyncio's own servers tell of one with TLS only when the handshake is over.

Few in a turn of the loop: who is dropped to make room has closed its descriptor in the next turn.
Where no descriptor is left nothing is accepted for a moment, rather than tried again and again.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable

# Connections that wait for accept while the loop is busy; Linux caps it at somaxconn, 4096. Where
# there is no room the kernel lets a client try again after a second, then after three.
BACKLOG = 4096
PAUSE_S = 1.0  # asyncio's own

_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

Taken = Callable[[socket.socket, str], None]  # the connection, and the peer's address


class Accepting:
    def __init__(
        self, host: str, port: int, taken: Taken, exhausted: Callable[[], None], at_once: int
    ) -> None:
        """Raises OSError. Port 0 takes a free one. ``exhausted``: no descriptor is left."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        self._socket.settimeout(0)
        self._taken = taken
        self._exhausted = exhausted
        self._at_once = at_once
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._listen()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _listen(self) -> None:
        self._pause = None
        self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        for _ in range(self._at_once):
            try:
                connection, peer = self._socket.accept()
            except OSError as error:  # else nobody is there, or has left already
                if error.errno in _EXHAUSTED:
                    self._rest()
                return
            connection.settimeout(0)
            self._taken(connection, str(peer[0]))

    def _rest(self) -> None:
        self._exhausted()
        self._loop.remove_reader(self._socket)
        self._pause = self._loop.call_later(PAUSE_S, self._listen)
