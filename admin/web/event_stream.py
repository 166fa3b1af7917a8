"""An answer that goes on while a page is open: events, and no end but the session's.

It asks its connection to let it stay (browser_http.py), since other answers are cut after a while.
"""

from __future__ import annotations

from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

STAY: Final = (
    "proxyd.stay"  # extension of the scope; its "call" is called where the answer is to stay
)


class EventStream(StreamingResponse):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stays = scope.get("extensions", {}).get(STAY)
        if stays is not None:
            stays["call"]()
        await super().__call__(scope, receive, send)
