"""Twisted's reactor on the event loop that runs now.

In the server that is the installed one. A command of the CLI or a test runs on a loop of its own,
where nobody installed anything: there a reactor is made for that loop. It needs no ``run()``, since
the loop runs already, but its thread pool never starts, so names are resolved by the loop. This is
why nothing in this package may import the global reactor.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

from twisted.internet._resolver import HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

_made: dict[asyncio.AbstractEventLoop, Any] = {}


def running_reactor() -> Any:
    """Call it on the event loop."""
    loop = asyncio.get_running_loop()
    installed = sys.modules.get("twisted.internet.reactor")
    if installed is not None and getattr(installed, "_asyncioEventloop", None) is loop:
        return installed
    if loop not in _made:
        for closed in [one for one in _made if one.is_closed()]:
            del _made[closed]
        _made[loop] = _reactor_on(loop)
    return _made[loop]


def _reactor_on(loop: asyncio.AbstractEventLoop) -> Any:
    reactor: Any = AsyncioSelectorReactor(loop)
    reactor.installNameResolver(_LoopResolver(loop))
    return reactor


@implementer(IHostnameResolver)
class _LoopResolver:
    """IHostnameResolver by the loop's getaddrinfo."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._looking: set[asyncio.Task[None]] = set()

    def resolveHostName(  # noqa: N802 - Twisted's interface
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        del addressTypes, transportSemantics  # IMAP and SMTP: TCP over whatever there is
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        task = self._loop.create_task(self._look_up(resolutionReceiver, hostName, portNumber))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)
        return resolution

    async def _look_up(self, receiver: Any, host: str, port: int) -> None:
        try:
            found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            found = []  # "no address" is what the endpoint makes of it
        for family, _, _, _, address in found:
            if family == socket.AF_INET:
                receiver.addressResolved(IPv4Address("TCP", *address[:2]))
            elif family == socket.AF_INET6:
                receiver.addressResolved(IPv6Address("TCP", *address))
        receiver.resolutionComplete()
