"""INPROGRESS (RFC 9585): a sign of life while a command takes long and says nothing.

Between two lines only: never inside a literal, and never to a peer that takes nothing anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from imap_frontend.context import Context
from proxyd.imapwire.encode import quoted

Later = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


class CommandProgress:
    """``with Progress(ctx, later): …`` around one command."""

    def __init__(self, ctx: Context, later: Later) -> None:
        self._ctx = ctx
        self._later = later
        self._timer: asyncio.TimerHandle | None = None
        self._written = ctx.wire.written

    def __enter__(self) -> None:
        self._again()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _again(self) -> None:
        self._timer = self._later(self._ctx.options.progress_s, self._tick)

    def _tick(self) -> None:
        ctx = self._ctx
        if ctx.wire.gone:
            return
        if ctx.wire.between_lines and ctx.wire.written == self._written:
            ctx.say_ok(b"INPROGRESS (%b NIL NIL)" % quoted(ctx.tag), "in-progress")
            ctx.wire.flush()
        self._written = ctx.wire.written
        self._again()
