"""uvicorn inside the loop that serves mail: one HTTP door, started and stopped by who opens it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from admin.patient_http import REQUEST_OCTETS
from admin.tls_first import Handshakes

SHUTDOWN_S = 2


class _Server(uvicorn.Server):
    """Leaves the signals to the program it is a part of, and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    def protocol(self) -> asyncio.Protocol:
        """For a connection that was accepted elsewhere; as uvicorn's startup makes them."""
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]  # a context manager too
        return nullcontext()


async def serve_application(
    application: Callable[[int], ASGIApp],
    host: str,
    port: int,
    protocol: type[H11Protocol],
    *,
    backlog: int,
    forwarded: bool = False,
    handshakes: Handshakes | None = None,
) -> tuple[int, Callable[[], Awaitable[None]]]:
    """Start serving; returns the port and what stops it. Raises OSError when it can't listen.

    ``application``: made once the port is known. ``forwarded``: a web server on this machine says
    for whom it asks, and is believed. ``handshakes``: TLS before everything; None: plain.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.create_server((host, port), family=family, backlog=backlog)
    at = bound.getsockname()[1]
    server = _Server(
        uvicorn.Config(
            application(at),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=forwarded,
            ws="none",
            http=protocol,
            h11_max_incomplete_event_size=REQUEST_OCTETS,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
    )
    listeners = [bound] if handshakes is None else []
    serving = asyncio.create_task(server.serve(sockets=listeners), name="http")
    listening = asyncio.create_task(server.listening.wait())
    await asyncio.wait({serving, listening}, return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    if serving.done():
        serving.result()
    shaking = None
    if handshakes is not None:
        shaking = asyncio.create_task(handshakes.run(bound, server.protocol), name="handshakes")

    async def close() -> None:
        server.should_exit = True
        if shaking is not None:
            shaking.cancel()
            await asyncio.wait([shaking])
        await serving
        bound.close()

    return at, close
