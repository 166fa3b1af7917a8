"""Would an internal note leave with a mail? Asked of all mailboxes whose notes its writer reads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from proxyd.domain.note_leaks import Leak, Leaks
from proxyd.domain.thread import Headers


async def found_in(
    known: Iterable[Leaks], message: bytes, headers: Headers, passed_on: Iterable[str]
) -> Leak | None:
    """In a thread, and only where there is something to look for."""
    ids = tuple(passed_on)
    for leaks in known:
        if leaks.ids:
            leak = await asyncio.to_thread(leaks.found, message, headers, ids)
            if leak is not None:
                return leak
    return None
