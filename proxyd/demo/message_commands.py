"""Commands about the messages of the selected folder, and APPEND."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from proxyd.demo import fetching
from proxyd.demo.mailbox import DemoFolder
from proxyd.demo.searching import Candidate, SearchContext, predicate
from proxyd.demo.session import DemoRefusal, DemoSession, Invalid
from proxyd.demo.view import DemoView, NoSuchNumberError
from proxyd.imapwire.command import Append, Copy, Expunge, Fetch, Move, Search, Store
from proxyd.imapwire.encode import flag_list
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.imapwire.frame import Literal
from proxyd.imapwire.numset import NumSet, SavedResult, compact, compact_in_order

_SEARCH_CHARSETS = ("UTF-8", "US-ASCII", "ISO-2022-JP", "SHIFT_JIS", "EUC-JP", "ISO-8859-1")
_SEARCH_RETURNS = ("MIN", "MAX", "ALL", "COUNT")  # RFC 4731 §3.1
_BREATH = 50  # messages searched before the other sessions get their turn
_UID = FetchAttribute("UID")


def _uids(view: DemoView, numbers: NumSet | SavedResult, *, uid: bool) -> list[int]:
    if isinstance(numbers, SavedResult):
        raise Invalid("No search result is kept here")
    try:
        return view.uids(numbers, uid=uid)
    except NoSuchNumberError:
        raise Invalid("There is no message of that number") from None


def _writable(view: DemoView) -> DemoView:
    if view.read_only:
        raise DemoRefusal("The mailbox was opened read-only", "READ-ONLY")
    return view


async def fetch(session: DemoSession, command: Fetch) -> str:
    if command.changed_since is not None:
        raise Invalid("Unknown FETCH modifier")
    view = session.selected
    uids = _uids(view, command.numbers, uid=command.uid)
    attributes = command.attributes
    if not all(fetching.is_known(one) for one in attributes):
        raise Invalid("Unknown FETCH attribute")
    if command.uid and _UID not in attributes:  # RFC 9051 §6.4.9
        attributes = (_UID, *attributes)
    if not view.read_only and any(one.sets_seen for one in attributes):
        _change_flags(session, view.folder, uids, "+", ("\\Seen",))
    tells_flags = any(one.name == "FLAGS" for one in attributes)
    for uid in uids:
        message = view.folder.messages.get(uid)
        if message is None:  # gone while others were sent
            continue
        if tells_flags:
            view.flags_told(uid)
        session.line.write(fetching.row(session.mailbox, view.number(uid), message, attributes))
        await session.line.drain()
    return "FETCH completed"


async def store(session: DemoSession, command: Store) -> str:
    if command.unchanged_since is not None:
        raise Invalid("Unknown STORE modifier")
    view = _writable(session.selected)
    uids = _uids(view, command.numbers, uid=command.uid)
    known = [uid for uid in uids if view.knows_flags(uid)]
    _change_flags(session, view.folder, uids, command.mode, command.flags)
    if command.silent:
        for uid in known:  # the client knows what it asked for; others' changes it must hear
            view.flags_told(uid)
        return "STORE completed"
    for uid in uids:
        view.flags_told(uid)
        named = b"UID %d " % uid if command.uid else b""
        flags = flag_list(view.folder.messages[uid].flags)
        session.send(b"%d FETCH (%bFLAGS %b)" % (view.number(uid), named, flags))
    return "STORE completed"


def _change_flags(
    session: DemoSession, folder: DemoFolder, uids: Sequence[int], mode: str, flags: Sequence[str]
) -> None:
    named = {flag.lower() for flag in flags}
    changed = {}
    for uid in uids:
        old = folder.messages[uid].flags
        if mode == "=":
            changed[uid] = tuple(flags)
        elif mode == "-":
            changed[uid] = tuple(flag for flag in old if flag.lower() not in named)
        else:
            present = {flag.lower() for flag in old}
            changed[uid] = (*old, *(flag for flag in flags if flag.lower() not in present))
    session.mailbox.set_flags(folder, changed)


async def copy(session: DemoSession, command: Copy) -> str:
    view = session.selected
    target = session.folder(command.mailbox, "TRYCREATE")
    uids = _uids(view, command.numbers, uid=command.uid)
    if not uids:
        return "Nothing to copy"
    where = session.mailbox.copy(view.folder, uids, target)
    return f"[{_copyuid(target, where)}] COPY completed"


async def move(session: DemoSession, command: Move) -> str:
    view = _writable(session.selected)
    target = session.folder(command.mailbox, "TRYCREATE")
    uids = _uids(view, command.numbers, uid=command.uid)
    if not uids:
        return "Nothing to move"
    where = session.mailbox.move(view.folder, uids, target)
    session.send(f"OK [{_copyuid(target, where)}] Moved".encode("ascii"))  # RFC 6851 §4.3
    return "MOVE completed"


def _copyuid(target: DemoFolder, where: dict[int, int]) -> str:
    """RFC 4315 §3: the two sets correspond by position."""
    source = compact_in_order(where).decode("ascii")
    placed = compact_in_order(where.values()).decode("ascii")
    return f"COPYUID {target.uidvalidity} {source} {placed}"


async def expunge(session: DemoSession, command: Expunge) -> str:
    view = _writable(session.selected)
    marked = [uid for uid, message in view.folder.messages.items() if message.has("\\Deleted")]
    if command.uids is not None:
        meant = set(_uids(view, command.uids, uid=True))
        marked = [uid for uid in marked if uid in meant]
    session.mailbox.expunge(view.folder, marked)
    return "EXPUNGE completed"


async def append(session: DemoSession, command: Append) -> str:
    folder = session.folder(command.mailbox, "TRYCREATE")
    if len(command.messages) > 1 or command.messages[0].catenate or command.messages[0].utf8:
        raise Invalid("One message as one literal is needed")
    one = command.messages[0]
    part = one.parts[0]
    assert isinstance(part, Literal)
    octets = part.data
    assert isinstance(octets, bytes)  # the framer was given no spool
    if not octets:
        raise DemoRefusal("A message can't be empty")
    message = session.mailbox.append(folder, octets, one.flags, one.date)
    return f"[APPENDUID {folder.uidvalidity} {message.uid}] APPEND completed"


async def search(session: DemoSession, command: Search) -> str:
    view = session.selected
    if command.charset is not None and command.charset not in _SEARCH_CHARSETS:
        raise DemoRefusal("Unknown charset", f"BADCHARSET ({' '.join(_SEARCH_CHARSETS)})")
    if command.returns is not None and not command.returns <= set(_SEARCH_RETURNS):
        raise Invalid("Unknown SEARCH return option")
    context = SearchContext(
        command.charset or "UTF-8", len(view.told), view.greatest_uid, session.mailbox.mail
    )
    matches = predicate(command.key, context)
    found = []
    for number, uid in enumerate(list(view.told), 1):
        message = view.folder.messages.get(uid)
        if message is not None and matches(Candidate(number, message)):
            found.append(uid if command.uid else number)
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    if command.returns is None:
        session.send(b"SEARCH" + b"".join(b" %d" % one for one in found))
    else:
        session.send(_extended(session, found, command))
    return "SEARCH completed"


def _extended(session: DemoSession, found: list[int], command: Search) -> bytes:
    """``ESEARCH (TAG "a") UID MIN 2 COUNT 3`` (RFC 4731 §3.1)."""
    wanted = command.returns or {"ALL"}
    line = b'ESEARCH (TAG "%b")' % session.tag
    if command.uid:
        line += b" UID"
    if found and "MIN" in wanted:
        line += b" MIN %d" % found[0]
    if found and "MAX" in wanted:
        line += b" MAX %d" % found[-1]
    if found and "ALL" in wanted:
        line += b" ALL " + compact(found)
    if "COUNT" in wanted:
        line += b" COUNT %d" % len(found)
    return line
