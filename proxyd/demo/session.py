"""One client's session with the demo mailbox: its state, and the shape of every answer.

It must never know sockets; the commands themselves stand in the three ``*_commands`` files.
Sentences here and there are a foreign provider's own and never reach a user unchanged by the proxy.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol

from proxyd.demo.mailbox import DemoFolder, DemoMailbox
from proxyd.demo.view import DemoView


class DemoState(IntEnum):
    """RFC 9051 §3; each includes what the lower ones may do."""

    GREETED = 0
    SIGNED_IN = 1
    SELECTED = 2


class DemoLine(Protocol):
    """The connection, as a session needs it."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None: ...

    async def read_line(self) -> bytes | None:
        """A line that is no command; None when it is not readable."""
        ...


class DemoRefusal(Exception):
    """The command is answered NO. ``code`` is a response code without brackets, or ""."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.text = f"[{code}] {text}" if code else text


class Invalid(Exception):
    """The command is answered BAD."""


class DemoSession:
    def __init__(self, mailbox: DemoMailbox, user: str, password: str, line: DemoLine) -> None:
        self.mailbox = mailbox
        self.line = line
        self.view: DemoView | None = None
        self.tag = b""
        self.signed_in = False
        self.ended = False
        self.failures = 0
        self._credentials = (user.encode(), password.encode())
        self._idling = False

    # ---------------------------------------------------------------- state

    @property
    def state(self) -> DemoState:
        if self.view is not None:
            return DemoState.SELECTED
        return DemoState.SIGNED_IN if self.signed_in else DemoState.GREETED

    @property
    def selected(self) -> DemoView:
        """The selected view; the table of commands has made sure that there is one."""
        assert self.view is not None
        return self.view

    def credentials_match(self, user: bytes, password: bytes) -> bool:
        known_user, known_password = self._credentials
        # Both are compared, and in constant time: a habit that costs nothing.
        same_user = hmac.compare_digest(user, known_user)
        return hmac.compare_digest(password, known_password) and same_user

    def select(self, folder: DemoFolder, *, read_only: bool) -> DemoView:
        self.unselect()
        self.view = DemoView(folder, read_only=read_only, changed=self._push)
        return self.view

    def unselect(self) -> None:
        if self.view is not None:
            self.view.close()
            self.view = None

    def folder(self, name: str, code: str = "NONEXISTENT") -> DemoFolder:
        folder = self.mailbox.folders.get(name)
        if folder is None:
            raise DemoRefusal("There is no such mailbox", code)
        return folder

    # ---------------------------------------------------------------- answering

    def send(self, *lines: bytes) -> None:
        """Untagged responses, without their line ends."""
        self.line.write(b"".join(b"* %b\r\n" % line for line in lines))

    def catch_up(self, *, expunge: bool) -> None:
        if self.view is not None:
            self._send_ready(self.view.catch_up(expunge=expunge))

    async def idle(self) -> bytes | None:
        """RFC 2177: tell of changes as they happen, until the client sends a line."""
        self._idling = True
        try:
            self.line.write(b"+ idling\r\n")
            self.catch_up(expunge=True)
            await self.line.drain()
            return await self.line.read_line()
        finally:
            self._idling = False

    def _push(self) -> None:
        if self._idling:
            self.catch_up(expunge=True)

    def _send_ready(self, lines: Sequence[bytes]) -> None:
        if lines:
            self.line.write(b"".join(lines))
