"""A door with TLS for test servers that have none: each connection becomes a coroutine's business.

Runs an event loop in a thread of its own, so that tests of any kind can use it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from tests.servers.certificates import Certificates

CHUNK = 65_536
LINE_OCTETS = 1024 * 1024
STOP_SECONDS = 5.0

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Front:
    """Listens on ``port`` of 127.0.0.1 from ``start`` to ``stop``; the port stays the same."""

    def __init__(self, certificates: Certificates, serve: Serve) -> None:
        self.port = 0
        self._serve = serve
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificates.certificate, certificates.key)
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None

    @property
    def connections(self) -> int:
        return len(self._tasks)

    def start(self) -> None:
        ready: Future[int] = Future()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        self.port = ready.result(STOP_SECONDS)

    def stop(self) -> None:
        """Every connection ends at once. Nothing to do where it never began: a server that this
        system does not have.
        """
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(STOP_SECONDS)

    def drop_connections(self) -> None:
        self._loop.call_soon_threadsafe(self._cancel_all)

    def _run(self, ready: Future[int]) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._listen(ready))

    async def _listen(self, ready: Future[int]) -> None:
        self._ended = asyncio.Event()
        with socket.create_server(("127.0.0.1", self.port)) as listening:
            listening.setblocking(False)
            ready.set_result(listening.getsockname()[1])
            accepting = asyncio.ensure_future(self._accept_all(listening))
            await self._ended.wait()
            accepting.cancel()
            await asyncio.gather(accepting, return_exceptions=True)
        self._cancel_all()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _cancel_all(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _accept_all(self, listening: socket.socket) -> None:
        """Each is a task from its first octet on: one left in its handshake would stay open when
        the loop ends, and its client would wait for a server that is not there any more.
        """
        while True:
            line, _ = await self._loop.sock_accept(listening)
            task = self._loop.create_task(self._served(line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _served(self, line: socket.socket) -> None:
        reader = asyncio.StreamReader(LINE_OCTETS, self._loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=self._loop)
        try:
            transport, _ = await self._loop.connect_accepted_socket(
                lambda: protocol, line, ssl=self._context
            )
        except (OSError, asyncio.CancelledError):
            line.close()
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, self._loop)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            writer.transport.abort() if self._ended.is_set() else writer.close()


async def passed_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Every octet, until the source ends."""
    while data := await source.read(CHUNK):
        target.write(data)
        await target.drain()


async def first_of(*works: Awaitable[None]) -> None:
    """Run all until one of them ends; the others end with it."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
