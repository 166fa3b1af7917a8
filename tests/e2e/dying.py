"""``python dying.py POINT run …``: proxyd that is killed (SIGKILL, by itself) at one point of a
sending, or of a request to the API, always the same. Nothing of proxyd knows of it.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parents[2]))

from proxyd import cli
from proxyd.domain.types import BytesBlob
from proxyd.service.mail import approving, coming_back
from proxyd.service.once import Once, OnceStore
from proxyd.service.sending.conversations import RoomConversations
from proxyd.service.sending.filing import Filer
from proxyd.service.sending.leaving import LeavingDelivery
from proxyd.upstream.mailbox import ImapUpstream
from proxyd.upstream.smtp_relay import SmtpRelay


def die(*_: object, **__: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


class Half(BytesBlob):
    """The provider gets half of it."""

    def chunks(self) -> Iterator[bytes]:
        yield self.data[: len(self.data) // 2]
        die()


def before(owner: type, name: str) -> None:
    setattr(owner, name, die)


def after(owner: type, name: str) -> None:
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @functools.wraps(original)
    async def and_then(*args: Any, **more: Any) -> None:
        await original(*args, **more)
        die()

    setattr(owner, name, and_then)


def within_the_copy() -> None:
    original = ImapUpstream.append_all

    async def append_all(self: Any, folder: str, mails: Any) -> Any:
        halves = [replace(one, content=Half(b"".join(one.content.chunks()))) for one in mails]
        return await original(self, folder, halves)

    ImapUpstream.append_all = append_all  # type: ignore[method-assign]


def before_the_end() -> None:
    """The draft is stored, and taken in; the waiting is not over."""
    coming_back._stage_draft = die


POINTS: dict[str, Callable[[], None]] = {
    "before the provider is asked": lambda: before(SmtpRelay, "send"),
    "after the provider's 250": lambda: after(SmtpRelay, "send"),
    "before the copy is looked for": lambda: before(Filer, "_file"),
    "before the copy is stored": lambda: before(ImapUpstream, "append_all"),
    "within the copy": within_the_copy,
    "after the OK to the copy": lambda: after(ImapUpstream, "append_all"),
    "before the copy is recorded": lambda: after(RoomConversations, "file_sent"),
    # Of what waits before it leaves.
    "before it is shown that it waits": lambda: before(RoomConversations, "show_held"),
    "before it leaves": lambda: before(LeavingDelivery, "run"),
    "before its guards have spoken": lambda: before(LeavingDelivery, "_stop"),
    "before it is brought back": lambda: before(RoomConversations, "come_back"),
    "before the draft is stored": lambda: before(ImapUpstream, "append"),
    "after the OK to the draft": lambda: after(ImapUpstream, "append"),
    "before the end is recorded": before_the_end,
    "before what is approved is shown": lambda: setattr(approving, "show_held", die),
    # Of the HTTP API.
    "before the API's change": lambda: before(OnceStore, "write"),
    "before the API's answer is kept": lambda: before(Once, "keep"),
    "after the API's answer is kept": lambda: after(Once, "keep"),
}

if __name__ == "__main__":
    POINTS[sys.argv.pop(1)]()
    cli.main()
