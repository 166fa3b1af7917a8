"""What somebody has begun is carried to its end, also when that person hangs up meanwhile.

Between what the provider has done and what is taken in and recorded lie awaits; a client that
disconnects there must not leave an access without a record (promise 5), or memory that says other
than the provider.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Concatenate, ParamSpec, TypeVar

from proxyd.service.mailbox.mailroom import Mailroom

S = TypeVar("S")
P = ParamSpec("P")
T = TypeVar("T")
Method = Callable[Concatenate[S, P], Coroutine[object, object, T]]


def carried(
    room_of: Callable[[S], Mailroom],
) -> Callable[[Method[S, P, T]], Method[S, P, T]]:
    """For methods: ``room_of`` says whose business it is to keep the work until it is done."""

    def decorate(method: Method[S, P, T]) -> Method[S, P, T]:
        @functools.wraps(method)
        async def begun(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
            return await room_of(self).carried(method(self, *args, **kwargs))

        return begun

    return decorate
