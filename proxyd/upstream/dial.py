"""Opens the socket of an ImapLine: name, address, TCP, and TLS where it is implicit.

Both families are tried in parallel (Twisted's endpoint, RFC 8305), so that a broken IPv6 costs
nothing. A certificate that is not trusted shows at the greeting.
"""

from __future__ import annotations

import asyncio
from typing import Any

from twisted.internet import error
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.types import Server
from proxyd.imapwire.provider_text import printable
from proxyd.upstream import tls
from proxyd.upstream.imap_driver import ImapLine
from proxyd.upstream.timings import Timings


async def dial(server: Server, reactor: Any, timings: Timings) -> ImapLine:
    """Raises UpstreamUnavailable."""
    tls.require_protection(server)
    endpoint: Any = HostnameEndpoint(reactor, server.host, server.port, timings.connect)
    if server.security == "tls":
        endpoint = wrapClientTLS(tls.twisted_options(server), endpoint, clock=reactor)
    factory = Factory.forProtocol(lambda: ImapLine(server, reactor, timings))
    place = f"{server.host}:{server.port}"
    try:
        async with asyncio.timeout(timings.connect):
            line: ImapLine = await endpoint.connect(factory).asFuture(asyncio.get_running_loop())
    except (TimeoutError, error.TimeoutError):
        raise UpstreamUnavailable(f"{place} does not answer") from None
    except (error.ConnectError, error.DNSLookupError, OSError) as reason:
        raise UpstreamUnavailable(f"{place}: {printable(str(reason))}") from None
    return line
