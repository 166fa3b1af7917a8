"""Who works here, for Thunderbird's add-on: ``/.well-known/proxyd/tags``, with a token.

The answer holds what this person sees in the mail client anyway: the names of the statuses, of the
colleagues in the same mailboxes, and the mailboxes' addresses. It must never say why a token is
refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from admin.client_setup.thunderbird_addon import TAGS_PATH, told_as_json
from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.domain.tags_told import TagsTold

Told = Callable[[str], Awaitable[TagsTold | None]]  # by token; see service/admin/tag_tokens.py

_SCHEME: Final = "bearer "  # RFC 6750 §2.1; in any case (RFC 9110 §11.1)
# A proxy must not keep what the next one asks with another token.
_UNCACHED: Final = {"cache-control": "no-store"}


def tag_routes(told: Told) -> list[Route]:
    async def tags(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not given.lower().startswith(_SCHEME):
            return _refused()
        try:
            known = await told(given[len(_SCHEME) :].strip())
        except (Busy, StoreUnavailable):
            return Response(status_code=503, headers={**_UNCACHED, "retry-after": "60"})
        return _refused() if known is None else JSONResponse(told_as_json(known), headers=_UNCACHED)

    return [Route(TAGS_PATH, tags)]


def _refused() -> Response:
    return Response(status_code=401, headers={**_UNCACHED, "www-authenticate": "Bearer"})
