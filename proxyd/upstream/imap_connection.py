"""A signed-in connection, as the lanes lend it to one job at a time.

Says what an answer means: NO and BAD become errors of the domain here. Keeps the folder selected
between jobs. Invariants:
- a folder is entered with EXAMINE unless the job changes something, so that reading leaves no trace
  upstream; with SELECT where the server takes that alone;
- no command runs in a folder whose UIDVALIDITY is not the one the caller knows;
- a job sees every message it names: a session that had the folder selected before they came is
  brought up to date first (NOOP), because a server hides from a session what it has not announced
  to it (RFC 9051 §5.2). Not in the same write: Dovecot announces after all commands it has read;
- a command about the selected folder is written by ``inside`` only, which names the folder it is
  meant for: it runs there or not at all, and where the server left the folder in the middle of a
  job the rest of the job is not asked for;
- a folder that was deleted or renamed is left between two jobs, never during one; and mail is added
  with no other folder selected: Dovecot ends a session whose folder is gone in answer to whatever
  comes next, and an APPEND that it has carried out is then not answered;
- ``changed`` is True once a command was written that must not be sent twice;
- ``trips`` counts how often it was waited for the provider, which is what a far one costs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from proxyd.domain.errors import (
    UidValidityChanged,
    UpstreamFolderRefused,
    UpstreamLimited,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.domain.types import Server
from proxyd.imapwire.response import Response, Status
from proxyd.upstream import command
from proxyd.upstream.command import UpstreamCommand
from proxyd.upstream.dial import dial
from proxyd.upstream.imap_client import Opened
from proxyd.upstream.imap_driver import BatchAnswer, ImapLine
from proxyd.upstream.limits import limits_work
from proxyd.upstream.refusal import (
    did_part,
    may_be_selected,
    raise_refused,
    refusal,
    refusal_to_open,
    says_missing,
    says_nothing_is_open,
)
from proxyd.upstream.sign_in import sign_in
from proxyd.upstream.timings import Timings


class Limited(Protocol):
    """Hears that the provider wants less; ``ended``: and that it closed the connection over it."""

    def __call__(self, reason: str, *, ended: bool) -> None: ...


def _ignore(reason: str, *, ended: bool) -> None:
    del reason, ended


class ImapConnection:
    """Made by ``open_connection``."""

    def __init__(
        self,
        line: ImapLine,
        wire_name: Callable[[str], bytes],
        limited: Limited = _ignore,
    ) -> None:
        self._line = line
        self._wire_name = wire_name
        self._limited = limited
        self._adrift = False  # what the server has selected may be gone
        self._not_examined: set[str] = set()  # folders that only SELECT opens
        self._at_work = 0  # in which opening (Opened.number) this job has asked
        self.changed = False
        self.trips = 0

    @property
    def lost(self) -> bool:
        return self._line.lost

    @property
    def capabilities(self) -> frozenset[str]:
        return self._line.client.capabilities or frozenset()

    @property
    def folder(self) -> str | None:
        """The folder that is selected."""
        opened = self._line.client.opened
        return opened.folder if opened is not None and not self._adrift else None

    def can(self, capability: str) -> bool:
        return self._line.client.can(capability)

    def begin(self) -> None:
        """Another job begins."""
        self.changed = False
        self._at_work = 0

    async def run(self, *commands: UpstreamCommand) -> BatchAnswer:
        """All commands in one write; a NO is left to the caller. None is about the open folder."""
        if any(one.in_a_folder for one in commands):
            raise RuntimeError("a command without the folder it is meant for")
        if self._adrift:
            await self._leave_folder()
        return await self._written(commands)

    async def must(self, *commands: UpstreamCommand) -> BatchAnswer:
        """Like ``run``; raises the refusal of the first command that was refused."""
        answer = await self.run(*commands)
        raise_refused(commands, answer)
        return answer

    async def enter(
        self,
        folder: str,
        uidvalidity: int | None = None,
        *,
        writable: bool = False,
        anew: bool = False,
    ) -> Opened:
        """Have ``folder`` selected; ``anew``: so that its numbers are of now."""
        if self._adrift and not self._at_work:
            await self._leave_folder()
        opened = self._line.client.opened
        if self._at_work and (opened is None or opened.number != self._at_work):
            # What has the name now may be another one, and UIDVALIDITY the same (RFC 9051 §2.3.1.1
            # asks for more than some servers do).
            raise UpstreamUnavailable(f"{folder} was closed in the middle of a job")
        if opened is None or opened.folder != folder or anew or (writable and opened.read_only):
            opened = await self._select(folder, writable=writable)
        elif uidvalidity is not None and opened.uidvalidity != uidvalidity:
            # Perhaps it was renamed, and another one has the name now.
            opened = await self._select(folder, writable=writable)
        if uidvalidity is not None and opened.uidvalidity != uidvalidity:
            raise UidValidityChanged(folder, opened.uidvalidity)
        return opened

    async def add(self, folder: str, adding: UpstreamCommand) -> BatchAnswer:
        """``must`` an APPEND to ``folder``, whatever is selected."""
        opened = self._line.client.opened
        if opened is not None and opened.folder == folder:
            await self.enter_for_adding(folder)
        elif opened is not None and self.can("UNSELECT"):
            leaving = command.simple("UNSELECT")  # in the same write: it costs no trip
            answer = await self.run(leaving, adding)
            raise_refused([adding], BatchAnswer(answer.statuses[1:], []))
            return BatchAnswer(answer.statuses[1:], answer.untagged)
        elif opened is not None:
            await self.run(command.simple("NOOP"))
        return await self.must(adding)

    async def enter_for_adding(self, folder: str, uidvalidity: int | None = None) -> None:
        """Courier refuses mail for a folder that this very session has open to read only."""
        opened = await self.enter(folder, uidvalidity)
        if opened.read_only:
            with contextlib.suppress(UpstreamRefused):  # then what comes is refused, and says why
                await self.enter(folder, uidvalidity, writable=True)

    def reselect(self) -> None:
        """The folder that is open was renamed or deleted: leave it before the next job asks."""
        self._adrift = self._line.client.opened is not None

    async def leave_folder(self) -> None:
        """Have no folder selected, or INBOX, which nobody renames or deletes."""
        if self._line.client.opened is not None:
            await self._leave_folder()

    async def _leave_folder(self) -> None:
        """Where the server ends the connection instead, nothing has been changed by it yet."""
        self._adrift = False
        if self.can("UNSELECT"):
            leaving = command.simple("UNSELECT")
        else:
            leaving = command.open_folder("INBOX", b"INBOX", read_only=True)
        await self._written([leaving])
        if leaving.opens is None:
            self._line.client.opened = None

    async def inside(
        self,
        folder: str,
        uidvalidity: int,
        *commands: UpstreamCommand,
        newest: int | None,
        writable: bool = False,
        hear: Callable[[Response], None] | None = None,
    ) -> BatchAnswer:
        """``must`` with ``folder`` selected, and up to date.

        ``newest`` is the greatest UID of the commands; None where they are about all messages.
        Raises UpstreamUnavailable where the server left the folder meanwhile: what was answered may
        be about another one.
        """
        stayed = self.folder == folder
        opened = await self.enter(folder, uidvalidity, writable=writable)
        if stayed and (newest is None or newest > opened.newest):
            await self.run(command.simple("NOOP"))
            opened = await self.enter(folder, uidvalidity, writable=writable)
        if newest is not None and newest > opened.newest:
            self._line.client.opened = replace(opened, newest=newest)
        return await self._inside(opened, commands, hear)

    async def _inside(
        self,
        opened: Opened,
        commands: Sequence[UpstreamCommand],
        hear: Callable[[Response], None] | None,
    ) -> BatchAnswer:
        """``hear`` gets what is told untagged as it comes, instead of the answer's having it."""
        before, self._at_work = self.changed, opened.number
        answer = await self._written(commands, hear)
        if commands and all(says_nothing_is_open(one) for one in answer.statuses):
            # It has closed the folder by itself; nothing was done, so the job may run once more.
            self._line.client.opened, self.changed = None, before
            raise UpstreamUnavailable(f"{opened.folder} is not open any more")
        now = self._line.client.opened
        if now is None or (now.number, now.uidvalidity) != (opened.number, opened.uidvalidity):
            raise UpstreamUnavailable(f"{opened.folder} was closed meanwhile")
        if says_missing(answer) or any(not one.ok and not one.code for one in answer.statuses):
            self._adrift = True  # perhaps it was deleted or renamed by somebody else
        changes = any(one.changes for one in commands)
        if changes and says_missing(answer) and (before or did_part(commands, answer)):
            raise UpstreamUnavailable(f"{opened.folder} was gone in the middle of a job")
        raise_refused(commands, answer)
        return answer

    async def idle(self, hear: Callable[[Response], None]) -> Status:
        """IDLE until ``release``; raises UpstreamRefused where the server won't."""
        answer = await self._written([command.idle()], hear)
        if not answer.statuses[0].ok:
            raise refusal(answer.statuses[0])
        return answer.statuses[0]

    async def listen(self, hear: Callable[[Response], None]) -> None:
        """What IDLE would have told, asked for (NOOP)."""
        await self._written([command.simple("NOOP")], hear)

    def release(self) -> None:
        """Let ``idle`` return."""
        self._line.release()

    def drop(self, reason: str) -> None:
        """Close at once, in the middle of an answer."""
        self._line.abort(reason)

    def leave(self) -> None:
        """Say LOGOUT and close, without waiting for anything."""
        self._line.leave()

    async def _written(
        self, commands: Sequence[UpstreamCommand], hear: Callable[[Response], None] | None = None
    ) -> BatchAnswer:
        self.trips += bool(commands)
        changes = any(one.changes for one in commands)
        self.changed = self.changed or changes
        try:
            answer = await self._line.run(commands, hear=hear)
        except UpstreamLimited as failure:
            self._limited(failure.reason, ended=True)
            raise
        told = [str(one.text) for one in answer.statuses if limits_work(one, changes=changes)]
        if self._line.client.throttled:
            told.append(self._line.client.throttled)
            self._line.client.throttled = ""
        if told:
            self._limited(told[0], ended=False)
        return answer

    async def _select(self, folder: str, *, writable: bool) -> Opened:
        read_only = not writable and folder not in self._not_examined
        status = await self._open(folder, read_only=read_only)
        if read_only and may_be_selected(status):
            selected = await self._open(folder, read_only=False)
            if selected.ok:
                self._not_examined.add(folder)
                status = selected
        opened = self._line.client.opened
        if not status.ok or opened is None:
            raise refusal_to_open(status)
        if not opened.uidvalidity:
            raise UpstreamFolderRefused(f"{folder} has no UIDVALIDITY")
        if writable and opened.read_only:
            raise UpstreamRefused(f"{folder} is read-only", "READ-ONLY")
        return opened

    async def _open(self, folder: str, *, read_only: bool) -> Status:
        opening = command.open_folder(folder, self._wire_name(folder), read_only=read_only)
        return (await self.run(opening)).statuses[0]


async def open_connection(
    server: Server,
    password: str,
    *,
    reactor: Any,
    timings: Timings,
    wire_name: Callable[[str], bytes],
    limited: Limited = _ignore,
) -> ImapConnection:
    """Dial and sign in. Raises UpstreamUnavailable, UpstreamSignInRefused."""
    line = await dial(server, reactor, timings)
    try:
        await sign_in(line, server, password)
    except BaseException:
        line.abort("not signed in")
        raise
    return ImapConnection(line, wire_name, limited)
