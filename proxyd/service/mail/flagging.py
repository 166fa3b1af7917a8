"""STORE: system flags go upstream, a person's \\Seen and the workflow's keywords are the proxy's.

Order: what can be refused without asking upstream is refused first; then upstream is asked; then
one transaction takes in upstream's answer, the person's \\Seen, status and assignee, and the
records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import Refused, UidValidityChanged, UpstreamUnavailable
from proxyd.domain.events import Action
from proxyd.domain.keywords import SYSTEM, check_folder, check_message, in_parts, keywords_in
from proxyd.domain.ports import FlagRow
from proxyd.domain.types import Right, SeenMode
from proxyd.domain.workflow import ASSIGNEE_PREFIX, STATUS_PREFIX, Wish, is_ours, wish_of
from proxyd.service.api import FlagMode
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.workflow import stage_wish
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.indexer import upstream_flags
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message

# Of the flags in a record: enough to see what somebody was up to, and no way to fill the disk.
FLAGS_RECORDED, CHARS_RECORDED = 100, 100


@dataclass(frozen=True, slots=True)
class _Request:
    """A STORE, sorted by whose business each flag is."""

    mode: FlagMode
    seen: bool  # \Seen is among the flags, and every person has an own one
    shared: tuple[str, ...]  # kept with the message, for everybody
    wish: Wish


def _sorted(room: Mailroom, mode: FlagMode, flags: Sequence[str]) -> _Request:
    own_seen = room.mailbox.seen is SeenMode.PERSON
    shared = [f for f in flags if not is_ours(f) and not (own_seen and f == "\\Seen")]
    return _Request(
        mode,
        own_seen and "\\Seen" in flags,
        tuple(shared),
        wish_of(flags, remove=mode is FlagMode.REMOVE, statuses=room.shop.statuses),
    )


def action_of(flags: Sequence[str]) -> Action:
    """What somebody was up to who was refused: the gravest of it."""
    words = [flag.lower() for flag in flags]
    if any(word.startswith(ASSIGNEE_PREFIX) for word in words):
        return Action.ASSIGN
    if any(word.startswith(STATUS_PREFIX) for word in words):
        return Action.STATUS
    return Action.FLAG


def recorded(flags: Sequence[str]) -> list[str]:
    """Flags as they go into a record, whatever a client sends."""
    cut = [flag[:CHARS_RECORDED] for flag in flags[:FLAGS_RECORDED]]
    return cut if len(flags) <= FLAGS_RECORDED else [*cut, f"{len(flags) - len(cut)} more"]


async def store(
    caller: Caller,
    room: Mailroom,
    view: str,
    messages: Sequence[Message],
    mode: FlagMode,
    flags: Sequence[str],
) -> set[Message]:
    """Returns every message whose flags changed for somebody.

    Raises what ``stage_wish`` raises, NotPermitted, CannotDo for keywords without bounds,
    UpstreamError, StoreUnavailable.
    """
    request = _sorted(room, mode, flags)
    plan = _plan(room, request, messages)
    if request.wish or plan:
        caller.need(Right.RESPOND, room)
    _check_bounds(plan)

    def refusal() -> Refused | None:
        """A rehearsal: a wish is granted as a whole or not at all."""
        rehearsal = Change(room.mailbox.id, room.state, room.shop.clock())
        try:
            stage_wish(rehearsal, caller, room, view, messages, request.wish)
        except Refused as error:
            return error
        return None

    if request.wish and plan and (early := refusal()):
        raise early  # and nothing has changed upstream
    rows = await _ask_upstream(room, plan)

    def stage(change: Change) -> tuple[set[Message], Refused | None]:
        changed: set[Message] = set()
        late = refusal() if request.wish else None
        if request.wish and late is None:
            changed.update(stage_wish(change, caller, room, view, messages, request.wish))
        # What upstream has changed is so, also where a colleague was faster meanwhile.
        changed.update(_stage_shared(change, caller, room, view, plan, rows))
        if late is None:
            changed.update(_stage_seen(change, caller, room, view, request, messages))
        return changed, late

    changed, late = await room.change(stage)
    if late is not None:
        raise late
    return changed


# ---------------------------------------------------------------- what everybody shares


@dataclass(frozen=True, slots=True)
class _Part:
    """Messages of one folder that need the same change."""

    folder: Folder
    add: tuple[str, ...]
    remove: tuple[str, ...]


def _plan(
    room: Mailroom, request: _Request, messages: Iterable[Message]
) -> dict[_Part, list[Message]]:
    plan: defaultdict[_Part, list[Message]] = defaultdict(list)
    known: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[tuple[str, ...], ...]] = {}
    for message in messages:
        present = message.flags, message.local_keywords
        if present not in known:  # few combinations exist
            known[present] = _differences(room, request, (*message.flags, *message.local_keywords))
        add, remove = known[present]
        if add or remove:
            plan[_Part(message.folder, add, remove)].append(message)
    return plan


def _differences(
    room: Mailroom, request: _Request, flags: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to add and what to remove; keywords are the same in any case (RFC 9051 §2.3.2)."""
    own_seen = room.mailbox.seen is SeenMode.PERSON
    present = {flag.lower(): flag for flag in flags if not (own_seen and flag == "\\Seen")}
    wanted = {flag.lower(): flag for flag in request.shared}
    if request.mode is FlagMode.REMOVE:
        return (), tuple(sorted(present[word] for word in wanted if word in present))
    add = tuple(sorted(flag for word, flag in wanted.items() if word not in present))
    if request.mode is FlagMode.ADD:
        return add, ()
    return add, tuple(sorted(flag for word, flag in present.items() if word not in wanted))


def _check_bounds(plan: dict[_Part, list[Message]]) -> None:
    """Raises CannotDo where a message or a folder would get keywords without end."""
    added: defaultdict[Folder, set[str]] = defaultdict(set)
    for part, messages in plan.items():
        if keywords_in(part.add):
            for flags, local in {(m.flags, m.local_keywords) for m in messages}:
                check_message((*flags, *local), part.add, part.remove)
            added[part.folder].update(part.add)
    for folder, new in added.items():
        check_folder(folder.keywords_in_use(), new)


def _kept_upstream(folder: Folder, flags: Iterable[str]) -> list[str]:
    return [flag for flag in flags if folder.keywords or flag in SYSTEM]


async def _ask_upstream(
    room: Mailroom, plan: dict[_Part, list[Message]]
) -> dict[Folder, dict[int, FlagRow]]:
    found: dict[Folder, dict[int, FlagRow]] = {}
    for part, messages in plan.items():
        for mode, flags in (("+", part.add), ("-", part.remove)):
            for kept in in_parts(_kept_upstream(part.folder, flags)):
                rows = await _ask_for(room, part.folder, messages, mode, kept)
                found.setdefault(part.folder, {}).update({row.uid: row for row in rows})
    return found


async def _ask_for(
    room: Mailroom, folder: Folder, messages: Iterable[Message], mode: str, flags: list[str]
) -> list[FlagRow]:
    uids = [message.uid for message in messages]
    try:
        return await room.upstream.store_flags(folder.name, folder.uidvalidity, uids, mode, flags)
    except UidValidityChanged as error:
        raise UpstreamUnavailable("the provider renumbers the folder") from error


def _stage_shared(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: str,
    plan: dict[_Part, list[Message]],
    rows: dict[Folder, dict[int, FlagRow]],
) -> set[Message]:
    changed: set[Message] = set()
    for part, messages in plan.items():
        local = [f for f in (*part.add, *part.remove) if f not in _kept_upstream(part.folder, [f])]
        for message in messages:
            row = rows.get(part.folder, {}).get(message.uid)
            flags = upstream_flags(row.flags) if row else change.flags_of(message)
            kept = set(message.local_keywords) | (set(local) & set(part.add))
            kept -= set(local) & set(part.remove)
            if change.set_flags(message, flags, tuple(sorted(kept))):
                changed.add(message)
        detail = {"add": recorded(part.add), "remove": recorded(part.remove)}
        change.records += caller.records(Action.FLAG, room, view, messages, detail=detail)
    return changed


# ---------------------------------------------------------------- a person's own \Seen


def _stage_seen(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: str,
    request: _Request,
    messages: Iterable[Message],
) -> set[Message]:
    if room.mailbox.seen is not SeenMode.PERSON:
        return set()
    if not request.seen and request.mode is not FlagMode.REPLACE:
        return set()
    seen = request.seen and request.mode is not FlagMode.REMOVE
    return set(stage_seen(change, caller, room, view, messages, seen=seen))


def stage_seen(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: str,
    messages: Iterable[Message],
    *,
    seen: bool,
) -> list[Message]:
    """Set this person's own \\Seen, with a record for each message that it changes."""
    account_id = caller.account.id
    changed = [message for message in messages if room.seen(message, account_id) != seen]
    for message in changed:
        change.set_seen(account_id, message, seen=seen)
    change.records += caller.records(Action.SEEN, room, view, changed, detail={"seen": seen})
    return changed
