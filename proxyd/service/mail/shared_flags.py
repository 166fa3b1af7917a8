"""The flags of a STORE that everybody shares: what has to change, upstream and here.

Keywords that the provider can't keep are kept here; in which folder that is so, ``Folder.keywords``
says, and of a message what it silently leaves out (domain/left_out.py). Nothing is changed before
``stage``, which takes in what the provider has answered.

What we know may be out of date: somebody took the flag away with webmail a second ago. A client
that names a flag (+FLAGS, -FLAGS) is told OK only for what the provider has done, so the provider
is asked also where nothing seems to change, unless its line is down and what we know is all there
is (then it is told later, see owing.py). FLAGS sends the differences only: what a client that
replaces all flags does not know of counts as changed after it, and is told like any change of
others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import CannotDo
from proxyd.domain.events import Action
from proxyd.domain.keywords import SYSTEM, check_folder, check_message, in_parts, keywords_in
from proxyd.domain.left_out import LeftOut, left_out
from proxyd.domain.ports.upstream_rows import FlagRow
from proxyd.domain.types import SeenMode
from proxyd.service.api.changing import FlagMode
from proxyd.service.mail.caller import Caller
from proxyd.service.mailbox.asked import asked_of
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.departures import DELETED
from proxyd.service.mailbox.indexer import upstream_flags
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message

# Of the flags in a record: enough to see what somebody was up to, and no way to fill the disk.
FLAGS_RECORDED, CHARS_RECORDED = 100, 100

Rows = dict[Message, FlagRow]  # what the provider has answered


def recorded(flags: Sequence[str]) -> list[str]:
    """Flags as they go into a record, whatever a client sends."""
    cut = [flag[:CHARS_RECORDED] for flag in flags[:FLAGS_RECORDED]]
    return cut if len(flags) <= FLAGS_RECORDED else [*cut, f"{len(flags) - len(cut)} more"]


@dataclass(frozen=True, slots=True)
class SharedChange:
    """Messages of one folder that need the same change."""

    folder: Folder
    add: tuple[str, ...]
    remove: tuple[str, ...]


Plan = dict[SharedChange, list[Message]]


def plan_of(
    room: Mailroom, mode: FlagMode, shared: Sequence[str], messages: Iterable[Message]
) -> Plan:
    """What the messages lack of it, or have too much, and what the provider is asked anyway."""
    plan: defaultdict[SharedChange, list[Message]] = defaultdict(list)
    known: dict[tuple[bool, tuple[str, ...], tuple[str, ...]], tuple[tuple[str, ...], ...]] = {}
    for message in messages:
        keywords = message.folder.keywords
        present = keywords, message.flags, message.local_keywords
        if present not in known:  # few combinations exist
            flags = (*message.flags, *message.local_keywords)
            asked = _asked_anyway(room, shared, message)
            known[present] = _differences(room, mode, shared, flags, asked)
        add, remove = known[present]
        if add or remove:
            plan[SharedChange(message.folder, add, remove)].append(message)
    return plan


def _asked_anyway(room: Mailroom, shared: Iterable[str], message: Message) -> dict[str, str]:
    """Of the flags that are named, those that the provider keeps, as they are written there."""
    if not room.line_up:
        return {}
    written = {flag.lower(): flag for flag in message.flags}
    local = {flag.lower() for flag in message.local_keywords}
    here = {*local, DELETED.lower()}  # the proxy's business, but for what the provider has
    kept = (f for f in kept_upstream(message.folder, shared) if f.lower() not in here)
    return {flag.lower(): written.get(flag.lower(), flag) for flag in kept}


def _differences(
    room: Mailroom,
    mode: FlagMode,
    shared: Iterable[str],
    flags: Iterable[str],
    asked: dict[str, str],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to add and what to remove; keywords are the same in any case (RFC 9051 §2.3.2)."""
    own_seen = room.mailbox.seen is SeenMode.PERSON
    present = {flag.lower(): flag for flag in flags if not (own_seen and flag == "\\Seen")}
    wanted = {flag.lower(): flag for flag in shared}
    if mode is FlagMode.REMOVE:
        lost = {word: present[word] for word in wanted if word in present}
        return (), tuple(sorted((lost | asked).values()))
    lacking = {word: flag for word, flag in wanted.items() if word not in present}
    lacking.pop(DELETED.lower(), None)  # is never set at the provider, see departures.py
    if mode is FlagMode.ADD:
        return tuple(sorted((lacking | asked).values())), ()
    add = tuple(sorted(lacking.values()))
    return add, tuple(sorted(flag for word, flag in present.items() if word not in wanted))


def check_bounds(plan: Plan) -> None:
    """Raises CannotDo where a message or a folder would get keywords without end."""
    added: defaultdict[Folder, set[str]] = defaultdict(set)
    for part, messages in plan.items():
        if keywords_in(part.add):
            for flags, local in {(m.flags, m.local_keywords) for m in messages}:
                check_message((*flags, *local), part.add, part.remove)
            added[part.folder].update(part.add)
    for folder, new in added.items():
        check_folder(folder.keywords_in_use(), new)


def kept_upstream(folder: Folder, flags: Iterable[str]) -> list[str]:
    """Those that are the provider's business."""
    return [flag for flag in flags if folder.keywords or flag in SYSTEM]


def removed_upstream(part: SharedChange, messages: Iterable[Message]) -> list[str]:
    """Those to be removed there: also a keyword that it has from when it kept them."""
    theirs = {flag for flags in {message.flags for message in messages} for flag in flags}
    kept = {*kept_upstream(part.folder, part.remove), *theirs}
    return [flag for flag in part.remove if flag in kept]


def asks_upstream(plan: Plan) -> bool:
    """Whether the provider has to be asked for anything of it."""
    return any(
        kept_upstream(part.folder, part.add) or removed_upstream(part, messages)
        for part, messages in plan.items()
    )


async def ask_upstream(room: Mailroom, plan: Plan) -> Rows:
    """Of each message what the last answer says: a mail that goes between two has none. Raises
    UpstreamError.
    """
    found: Rows = {}
    for part, messages in plan.items():
        add, remove = kept_upstream(part.folder, part.add), removed_upstream(part, messages)
        last: Rows = {}
        for mode, flags in (("+", add), ("-", remove)):
            for kept in in_parts(flags):
                last = await _ask_for(room, part.folder, messages, mode, kept)
        found |= last
    return found


async def _ask_for(
    room: Mailroom, folder: Folder, messages: Iterable[Message], mode: str, flags: list[str]
) -> Rows:
    asked = asked_of(folder, messages)
    rows = await room.upstream.store_flags(folder.name, asked.uidvalidity, asked.uids, mode, flags)
    return {asked.messages[row.uid]: row for row in rows if row.uid in asked.messages}


def unanswered(plan: Plan, rows: Rows) -> set[Message]:
    """What the provider was asked for and said nothing of: OK would say that it was done."""
    asked = (each for part, each in plan.items() if asks_upstream({part: each}))
    return {message for each in asked for message in each if message not in rows}


def refusal_of(plan: Plan, rows: Rows) -> CannotDo | None:
    """Where the provider said OK and has left out what can't be kept here instead."""
    pairs = ((part, rows.get(message)) for part, each in plan.items() for message in each)
    undone = any(left_out_of(part, row).undone for part, row in pairs)
    return CannotDo("flags-not-kept") if undone else None


def left_out_of(part: SharedChange, row: FlagRow | None) -> LeftOut:
    """Of what it was asked; nothing where it has not answered."""
    if row is None or not row.known:
        return LeftOut()
    return left_out(kept_upstream(part.folder, part.add), part.remove, row.flags)


def stage(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: str,
    plan: Plan,
    rows: Rows,
    *,
    later: bool = False,
) -> set[Message]:
    """Take in the provider's answer; returns the messages that it changes.

    ``later``: it will hear of it, see owing.py.
    """
    changed: set[Message] = set()
    for part, messages in plan.items():
        done: defaultdict[tuple[str, ...], list[Message]] = defaultdict(list)  # by what is undone
        for message in messages:
            row = rows.get(message)
            left = LeftOut() if later else left_out_of(part, row)
            flags = upstream_flags(row.flags) if row else change.flags_of(message)
            if any(map(part.folder.keeps, (*left.keywords, *left.undone))):
                # Not what the folder was said to keep: a right has been taken away (RFC 4314).
                change.mark_folder(part.folder, unkept=None)
            if change.set_flags(message, flags, _kept_here(part, message, left)):
                changed.add(message)
            done[left.undone].append(message)
        for undone, each in done.items():
            detail = _recorded_change(part, undone)
            if later and asks_upstream({part: each}):
                detail["later"] = True
            if not undone or any(detail.values()):
                change.records += caller.records(Action.FLAG, room, view, each, detail=detail)
    return changed


def _kept_here(part: SharedChange, message: Message, left: LeftOut) -> tuple[str, ...]:
    """The keywords that the provider does not keep, of all or of this message."""
    gone = {flag.lower() for flag in part.remove}
    kept = {flag for flag in message.local_keywords if flag.lower() not in gone}
    upstream = kept_upstream(part.folder, part.add)
    kept |= {flag for flag in part.add if flag not in upstream} | {*left.keywords}
    return tuple(sorted(kept))


def _recorded_change(part: SharedChange, undone: Collection[str]) -> dict[str, object]:
    add, remove = ([f for f in flags if f not in undone] for flags in (part.add, part.remove))
    return {"add": recorded(add), "remove": recorded(remove)}
