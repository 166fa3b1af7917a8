"""Would an internal note leave with a mail? Asked of all mailboxes whose notes its writer reads; of
a mark, of the installation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from proxyd.domain.note_leaks import Leak, Leaks, LookedThrough, leak_of
from proxyd.domain.note_marks import Marks
from proxyd.domain.thread import Headers


async def found_in(
    known: Sequence[Leaks],
    message: bytes,
    headers: Headers,
    passed_on: Collection[str],
    marks: Marks,
) -> Leak | None:
    """In a thread: a big mail takes a third of a second."""
    return await asyncio.to_thread(_found, known, message, headers, passed_on, marks)


def _found(
    known: Sequence[Leaks],
    message: bytes,
    headers: Headers,
    passed_on: Collection[str],
    marks: Marks,
) -> Leak | None:
    return leak_of(LookedThrough(message, headers, passed_on, marks), known)
