"""COPY, MOVE, APPEND and EXPUNGE: between real folders upstream, and into virtual folders.

Into a virtual folder nothing moves upstream: the workflow changes, and a MOVE makes the source
view tell the client what it believes (the old UID is expunged, and what still belongs there comes
in again).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from proxyd.domain.errors import CannotDo, UidValidityChanged, UpstreamUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports import CopyMap
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.types import Blob, BytesBlob, LogRecord, Right
from proxyd.domain.workflow import is_ours
from proxyd.service.api import AppendResult, CopyResult
from proxyd.service.caller import Caller
from proxyd.service.change import Change
from proxyd.service.mailroom import Mailroom
from proxyd.service.model import Folder, Message, View
from proxyd.service.sync import Synchroniser
from proxyd.service.tree import Entry
from proxyd.service.workflow import stage_wish, wish_of_view

Wanted = Sequence[tuple[int, Message]]  # (the source view's UID, the message)
HEADER_MOST = 65_536  # octets looked through for a Message-ID in an appended message


class Mover:
    """The moves of one person out of one view."""

    def __init__(self, caller: Caller, room: Mailroom, view: View, view_name: str) -> None:
        self._caller = caller
        self._room = room
        self._view = view
        self._view_name = view_name

    async def copy(self, wanted: Wanted, target: Entry, targets: Synchroniser) -> CopyResult:
        self._caller.need(Right.RESPOND, self._room)
        if target.virtual:
            return await self._into_virtual(wanted, target, moving=False)
        assert target.room is not None
        self._caller.need(Right.RESPOND, target.room)
        if target.room is not self._room:
            return await self._across(wanted, target, targets)
        return await self._upstream(wanted, target, targets, moving=False)

    async def move(self, wanted: Wanted, target: Entry, targets: Synchroniser) -> CopyResult:
        self._caller.need(Right.RESPOND, self._room)
        if target.virtual:
            return await self._into_virtual(wanted, target, moving=True)
        assert target.room is not None
        self._caller.need(Right.RESPOND, target.room)
        if target.room is not self._room:
            result = await self._across(wanted, target, targets)
            done = {uid for uid, _ in result.pairs}
            await self.expunge([pair for pair in wanted if pair[0] in done])
            return result
        if all(message.folder is target.folder for _, message in wanted):
            # Upstream would give them new UIDs for nothing, and some servers refuse.
            return await self._reappear(wanted)
        return await self._upstream(wanted, target, targets, moving=True)

    # ------------------------------------------------------------------ into a virtual folder

    async def _into_virtual(self, wanted: Wanted, target: Entry, *, moving: bool) -> CopyResult:
        room, caller = self._room, self._caller
        if target.room is not room or target.key is None:
            raise CannotDo("other-mailbox")
        view = room.state.views[target.key]
        login = room.login_of(int(view.subject)) if view.kind == "assignee" else ""
        wish = wish_of_view(target.key, login)
        assert wish is not None
        action = Action.MOVE if moving else Action.COPY

        def stage(change: Change) -> Change:
            messages = [message for _, message in wanted]
            stage_wish(change, caller, room, self._view_name, messages, wish)
            if moving:
                for _, message in wanted:
                    change.reappear(self._view, message)
            detail = {"to": target.name}
            change.records += caller.records(action, room, self._view_name, messages, detail=detail)
            return change

        change = await room.change(stage)
        pairs = [
            (uid, now)
            for uid, message in wanted
            if (now := change.entered.get((view, message)) or message.views.get(view))
        ]
        return CopyResult(view.uidvalidity, tuple(pairs))

    async def _reappear(self, wanted: Wanted) -> CopyResult:
        """MOVE of a message to the folder where it is: a new UID, and nothing else."""

        def stage(change: Change) -> Change:
            for _, message in wanted:
                change.reappear(message.folder.view or self._view, message)
                change.reappear(self._view, message)
            return change

        change = await self._room.change(stage)
        view = wanted[0][1].folder.view if wanted else None
        pairs = [(uid, change.entered[view, m]) for uid, m in wanted if view is not None]
        return CopyResult(view.uidvalidity if view else 0, tuple(pairs))

    # ------------------------------------------------------------------ between real folders

    async def _upstream(
        self, wanted: Wanted, target: Entry, targets: Synchroniser, *, moving: bool
    ) -> CopyResult:
        assert target.folder is not None
        assert target.folder.view is not None
        pairs: list[tuple[int, int]] = []
        for folder, part in by_folder(wanted).items():
            if moving and folder is target.folder:
                continue  # there already
            uids = {message.uid: (uid, message) for uid, message in part}
            done = await self._ask(folder, list(uids), target.folder, moving=moving)
            inherit = {done.uids[u]: m for u, (_, m) in uids.items() if u in done.uids}
            there = await targets.ingest(target.folder, done.uidvalidity, list(inherit), inherit)
            await self._moved([m for _, m in part], target, moving=moving)
            for upstream_uid, (uid, _) in uids.items():
                now = there.get(done.uids.get(upstream_uid, 0))
                if now is not None and target.folder.view in now.views:
                    pairs.append((uid, now.views[target.folder.view]))
        pairs.sort()
        return CopyResult(target.folder.view.uidvalidity, tuple(pairs))

    async def _ask(
        self, folder: Folder, uids: list[int], target: Folder, *, moving: bool
    ) -> CopyMap:
        upstream = self._room.upstream
        work = upstream.move if moving else upstream.copy
        before = set(target.by_uid)
        try:
            done = await work(folder.name, folder.uidvalidity, uids, target.name)
        except UidValidityChanged as error:
            raise UpstreamUnavailable("the provider renumbers the folder") from error
        if done is not None:
            return done
        return await self._guess(folder, uids, target, before)

    async def _guess(
        self, folder: Folder, uids: list[int], target: Folder, before: set[int]
    ) -> CopyMap:
        """No COPYUID (RFC 4315): the new ones of equal Message-ID and size are the copies."""
        status = (await self._room.upstream.status([target.name]))[target.name]
        fresh = [u for u in range(target.uidnext, status.uidnext) if u not in before]
        waiting: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for uid in sorted(uids, reverse=True):
            message = folder.by_uid.get(uid)
            if message is not None:
                waiting[message.message_id, message.size].append(uid)
        found: dict[int, int] = {}
        fields = ("Message-ID",)
        rows = await self._room.upstream.scan_headers(
            target.name, status.uidvalidity, fresh, fields
        )
        for row in sorted(rows, key=lambda row: row.uid):
            same = waiting[parse_headers(row.header).message_id, row.size]
            if same:
                found[same.pop()] = row.uid
        return CopyMap(status.uidvalidity, found)

    async def _moved(self, messages: list[Message], target: Entry, *, moving: bool) -> None:
        caller, room = self._caller, self._room
        action = Action.MOVE if moving else Action.COPY

        def stage(change: Change) -> None:
            detail = {"to": target.name}
            change.records += caller.records(action, room, self._view_name, messages, detail=detail)
            if moving:
                change.remove_all(m for m in messages if m.folder.by_uid.get(m.uid) is m)

        await room.change(stage)

    async def _across(self, wanted: Wanted, target: Entry, targets: Synchroniser) -> CopyResult:
        """To another shared mailbox: read here, appended there, one after another."""
        assert target.room is not None
        assert target.folder is not None
        pairs: list[tuple[int, int]] = []
        uidvalidity = target.folder.view.uidvalidity if target.folder.view else 0
        for uid, message in wanted:
            blob = await whole_message(self._room, message)
            if blob is None:
                continue
            flags = [flag for flag in message.flags if flag != "\\Deleted"]
            result = await append(self._caller, target, targets, flags, message.internal_date, blob)
            pairs.append((uid, result.uid))
            record = self._caller.record(
                Action.COPY, self._room, self._view_name, message, detail={"to": target.name}
            )
            await self._room.record([record])
        return CopyResult(uidvalidity, tuple(pairs))

    # ------------------------------------------------------------------ expunge

    async def expunge(self, wanted: Wanted) -> None:
        """Remove these messages upstream, and then here."""
        caller, room = self._caller, self._room
        caller.need(Right.RESPOND, room)
        for folder, part in by_folder(wanted).items():
            messages = [message for _, message in part]
            try:
                await room.upstream.expunge(
                    folder.name, folder.uidvalidity, [m.uid for m in messages]
                )
            except UidValidityChanged as error:
                raise UpstreamUnavailable("the provider renumbers the folder") from error

            def stage(change: Change, messages: list[Message] = messages) -> None:
                change.records += caller.records(Action.EXPUNGE, room, self._view_name, messages)
                change.remove_all(m for m in messages if m.folder.by_uid.get(m.uid) is m)

            await room.change(stage)


# ---------------------------------------------------------------- append


async def append(
    caller: Caller,
    target: Entry,
    targets: Synchroniser,
    flags: Sequence[str],
    internal_date: str | None,
    message: Blob,
) -> AppendResult:
    """Store a message in a real folder upstream. Raises CannotDo("virtual-append") for others."""
    room, folder = target.room, target.folder
    if room is None or folder is None or not folder.selectable:
        raise CannotDo("virtual-append")
    caller.need(Right.RESPOND, room)
    assert folder.view is not None
    kept = [f for f in flags if not is_ours(f) and (folder.keywords or f.startswith("\\"))]
    where = await room.upstream.append(folder.name, kept, internal_date, message)
    if where is None:
        there = await _appended(room, folder, targets, message)
    else:
        there = (await targets.ingest(folder, where[0], [where[1]])).get(where[1])
    await room.record([_append_record(caller, room, target, there, message)])
    if there is None or folder.view not in there.views:
        # Somebody has taken it away in the same instant: it was stored all the same.
        raise CannotDo("vanished")
    return AppendResult(folder.view.uidvalidity, there.views[folder.view])


async def _appended(
    room: Mailroom, folder: Folder, targets: Synchroniser, message: Blob
) -> Message | None:
    """No APPENDUID (RFC 4315): the newest message of that Message-ID, or simply the newest."""
    await targets.sync_folder(folder)
    message_id = header_of(message).message_id
    newest = sorted(folder.by_uid)[::-1]
    same = (u for u in newest if message_id and folder.by_uid[u].message_id == message_id)
    uid = next(same, newest[0] if newest else 0)
    return folder.by_uid.get(uid)


def _append_record(
    caller: Caller, room: Mailroom, target: Entry, there: Message | None, blob: Blob
) -> LogRecord:
    return caller.record(Action.APPEND, room, target.name, there, detail={"octets": blob.size})


def header_of(message: Blob) -> Headers:
    """The facts of a message that is about to be stored."""
    start = b""
    for chunk in message.chunks():
        start += chunk
        if b"\r\n\r\n" in start or len(start) >= HEADER_MOST:
            break
    return parse_headers(start)


async def whole_message(room: Mailroom, message: Message) -> Blob | None:
    """All octets of a message, or None when upstream no longer has it."""
    folder = message.folder
    rows = await room.upstream.fetch(
        folder.name, folder.uidvalidity, [message.uid], [b"BODY.PEEK[]"]
    )
    for row in rows:
        for key, value in row.values.items():
            if row.uid == message.uid and key.upper() == b"BODY[]":
                return BytesBlob(literal_octets(value)) if isinstance(value, bytes) else value
    return None


def literal_octets(value: bytes) -> bytes:
    """The octets of a string as upstream wrote it: a literal, a quoted string or NIL."""
    if value.startswith((b"{", b"~{")):
        return value.partition(b"\r\n")[2]
    if value.startswith(b'"'):
        return value[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    return b""


def by_folder(wanted: Wanted) -> Mapping[Folder, list[tuple[int, Message]]]:
    """The messages of a virtual folder lie in several real ones."""
    found: defaultdict[Folder, list[tuple[int, Message]]] = defaultdict(list)
    for uid, message in wanted:
        found[message.folder].append((uid, message))
    return found
