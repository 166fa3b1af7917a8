"""A process of its own with the real doors (Twisted, TLS) in front of the fakes.

``python serve_fakes.py CERTIFICATE KEY OPTIONS`` prints the ports as JSON once they are open.
Cycles are never collected: what is to go must go by itself.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from proxyd.domain.one_a_turn import OneATurn  # noqa: E402
from proxyd.runtime import Lifetime, run  # noqa: E402 - and it installs the reactor when it runs


async def start(lifetime: Lifetime) -> None:
    import imap_fakes
    from twisted.internet import reactor

    from imap_frontend import server
    from imap_frontend.options import ListenAddress, Meter, Options
    from imap_frontend.server import listen
    from proxyd.app.certificate import Certificate
    from proxyd.upstream.spool import spool

    gc.disable()
    certificate, key = sys.argv[1:3]
    options = json.loads(sys.argv[3])
    if late_s := options.pop("turns_late_s", 0):
        later = partial(asyncio.get_running_loop().call_later, late_s)
        server.OneATurn = lambda _soon, known: OneATurn(later, known)  # type: ignore[assignment, misc]
    world = imap_fakes.standard_world()
    world.as_blobs = True
    inbox = world.folders["INBOX"]
    for _ in range(5):
        inbox.add(imap_fakes.Message(b"Subject: big\r\n\r\n" + b"m" * 20_000_000, []))
    services = imap_fakes.FakeServices(world)
    listening = await listen(
        [ListenAddress("127.0.0.1", 0, True), ListenAddress("127.0.0.1", 0, False)],
        sign_in=services,
        front=services,
        tls=Certificate(Path(certificate), Path(key)),
        reactor=reactor,
        options=Options(spool=spool, **options),
        meter=Meter(),
    )
    lifetime.closing("imap", listening.close)
    print(json.dumps(listening.ports), flush=True)


if __name__ == "__main__":
    run(start)
