"""What must have been said by the time a command has its tagged answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.strict.asks import Ask
from tests.strict.belief import SYSTEM, Belief, folded
from tests.strict.codes import CopyUid
from tests.strict.cursor import Ranges, Violation, holds, numbers_in
from tests.strict.responses import Status
from tests.strict.untagged import Found

if TYPE_CHECKING:
    from tests.strict.client import StrictClient

# RFC 5465 §5
EVENTS = frozenset(
    {
        *("MESSAGENEW", "MESSAGEEXPUNGE", "FLAGCHANGE", "ANNOTATIONCHANGE"),
        *("MAILBOXNAME", "SUBSCRIPTIONCHANGE", "MAILBOXMETADATACHANGE", "SERVERMETADATACHANGE"),
    }
)
OWN = ("$status-", "$assignee-")  # keywords that follow rules of their own


def nothing(_client: StrictClient, _ask: Ask) -> None:
    return None


# ---------------------------------------------------------------- opening and leaving


def learn_code(belief: Belief, name: str, value: object, *, opening: bool) -> None:
    """A response code that tells of the mailbox."""
    if name == "PERMANENTFLAGS":
        assert isinstance(value, tuple)
        belief.permanent = folded(value)
    elif name == "HIGHESTMODSEQ":
        # Later on it takes the client back: not all up to its greatest MODSEQ is told yet.
        assert isinstance(value, int)
        belief.highest = belief.seen_modseq = value
        belief.has_modseqs = True
    elif name == "NOMODSEQ":
        belief.has_modseqs = False
    elif name == "UNSEEN":
        assert isinstance(value, int)
        if belief.exists is not None and value > belief.exists:
            raise Violation(f"UNSEEN {value} of {belief.exists}")
    elif not opening:
        raise Violation(f"{name} outside of SELECT")
    elif name == "UIDVALIDITY":
        assert isinstance(value, int)
        belief.uidvalidity = value
    elif name == "UIDNEXT":
        assert isinstance(value, int)
        belief.uidnext = value
    elif name == "MAILBOXID":
        belief.mailbox_id = str(value)


def opened(client: StrictClient, ask: Ask) -> None:
    if client.selected is not None:
        raise Violation("another mailbox was open, and no CLOSED was said")
    belief, client.opening = client.opening, None
    if not ask.ok:
        return
    if belief is None or belief.exists is None or belief.announced is None:
        raise Violation("SELECT without FLAGS and EXISTS")
    if belief.uidvalidity is None or belief.uidnext is None or belief.permanent is None:
        raise Violation("SELECT without UIDVALIDITY, UIDNEXT or PERMANENTFLAGS")
    if client.can("CONDSTORE") and belief.has_modseqs is None:
        raise Violation("SELECT without HIGHESTMODSEQ and without NOMODSEQ (RFC 7162 §3.1.2)")
    if client.can("OBJECTID") and belief.mailbox_id is None:
        raise Violation("SELECT without MAILBOXID (RFC 8474 §4.2)")
    if "IMAP4REV2" in client.enabled and not ask.data("LIST"):
        raise Violation("SELECT without LIST (RFC 9051 §6.3.2)")
    belief.arrive()
    code = ask.done.code.name if ask.done and ask.done.code else ""
    if code not in (("READ-ONLY",) if ask.name == "EXAMINE" else ("READ-ONLY", "READ-WRITE")):
        raise Violation(f"{ask.name} is answered with {code or 'no code'}")
    if not belief.permanent - {"\\*"} <= belief.announced:
        raise Violation("PERMANENTFLAGS has what FLAGS has not")
    facts = {"UIDVALIDITY": belief.uidvalidity, "UIDNEXT": belief.uidnext}
    client.notebook.check(ask.mailbox, ask.floor, {**facts, "HIGHESTMODSEQ": belief.highest})
    if belief.top >= belief.uidnext:
        raise Violation(f"UIDNEXT {belief.uidnext}, and there is UID {belief.top}")
    client.selected = belief


def closed(client: StrictClient, ask: Ask) -> None:
    if ask.ok:
        client.close_mailbox()


def logged_out(client: StrictClient, ask: Ask) -> None:
    if ask.ok and not client.ended:
        raise Violation("LOGOUT without BYE")
    client.close_mailbox()


def told_status(client: StrictClient, ask: Ask) -> None:
    if not ask.ok:
        return
    (data,) = ask.data("STATUS")
    assert isinstance(data.value, tuple)
    name, items = data.value
    if name != ask.mailbox or set(items) != set(ask.items):
        raise Violation(f"asked for {ask.items} of {ask.mailbox!r}")
    client.notebook.check(name, ask.floor, items)


# ---------------------------------------------------------------- rows


def fetched(client: StrictClient, ask: Ask) -> None:
    belief = client.selected
    if not ask.ok or belief is None or ask.numbers is None:
        return
    if ask.changed_since is not None:
        for slot, items in ask.rows:
            modseq = items.get("MODSEQ")
            if not isinstance(modseq, int) or modseq <= ask.changed_since:
                raise Violation(f"UID {slot.uid}: {modseq} is not after {ask.changed_since}")
        return
    told: dict[int, set[str]] = {}
    for slot, items in ask.rows:
        told.setdefault(id(slot), set()).update(_plain(item) for item in items)
    wanted = {_plain(item) for item in ask.items}
    for number in belief.numbers(ask.numbers, uid=ask.uid, size=ask.size):
        slot = belief.slots[number - 1]
        if ask.uid and slot.uid not in ask.before:
            continue  # came meanwhile
        missing = wanted - told.get(id(slot), set())
        if missing:
            raise Violation(f"{number} (UID {slot.uid}): no {missing} in the answer")


def _plain(item: str) -> str:
    """Without a partial's length, which is not in the answer, and without case."""
    head, angle, rest = item.upper().partition("<")
    return head + (angle + rest.partition(".")[0].rstrip(">") + ">" if angle else "")


def stored(client: StrictClient, ask: Ask) -> None:
    belief = client.selected
    if belief is None or ask.numbers is None or ask.done is None:
        return
    if belief.read_only and ask.ok and any(belief.numbers(ask.numbers, uid=ask.uid, size=ask.size)):
        raise Violation("STORE in a mailbox opened with EXAMINE")
    code = ask.done.code
    modified: Ranges = ()
    if code is not None and code.name == "MODIFIED":
        assert isinstance(code.value, tuple)
        modified = code.value
    if ask.unchanged_since is not None:
        _conditional(belief, ask, modified)
    elif modified:
        raise Violation("MODIFIED without UNCHANGEDSINCE")
    if ask.ok:
        _flags_of(belief, ask, modified)


def _conditional(belief: Belief, ask: Ask, modified: Ranges) -> None:
    """RFC 7162 §3.1.3"""
    assert ask.numbers is not None and ask.unchanged_since is not None
    named = set(belief.numbers(modified, uid=ask.uid, size=ask.size))
    asked = set(belief.numbers(ask.numbers, uid=ask.uid, size=ask.size))
    if not named <= asked:
        raise Violation(f"MODIFIED names {named - asked}, which was not asked for")
    for number in asked - named if ask.ok else ():
        uid = belief.slots[number - 1].uid
        before = ask.before.get(uid) if uid is not None else None
        if before is not None and before > ask.unchanged_since:
            raise Violation(f"{number} had MODSEQ {before} and was stored all the same")


def _flags_of(belief: Belief, ask: Ask, modified: Ranges) -> None:
    assert ask.numbers is not None
    told = {id(slot): items for slot, items in ask.rows if "FLAGS" in items}
    with_modseq = {id(slot) for slot, items in ask.rows if "MODSEQ" in items}
    for number in belief.numbers(ask.numbers, uid=ask.uid, size=ask.size):
        slot = belief.slots[number - 1]
        if holds(modified, (slot.uid or 0) if ask.uid else number):
            continue
        if ask.uid and slot.uid not in ask.before:
            continue
        if ask.unchanged_since is not None and id(slot) not in with_modseq:
            raise Violation(f"{number}: no MODSEQ of a conditional STORE (RFC 7162 §3.1.3)")
        if id(slot) in told:
            _as_wanted(number, ask, slot.flags or frozenset())
        elif not ask.silent:
            raise Violation(f"{number}: STORE is answered without its flags")
        elif slot.flags is not None:
            slot.flags = _assumed(slot.flags, ask)


def _as_wanted(number: int, ask: Ask, now: frozenset[str]) -> None:
    """Where colleagues and the workflow have no say."""
    plain = {flag for flag in ask.flags if not flag.startswith(OWN)}
    wrong = plain & now if ask.mode == "-" else plain - now
    if ask.mode == "=":
        wrong |= (now & SYSTEM) - plain
    if wrong:
        raise Violation(f"{number}: STORE {ask.mode}FLAGS is OK, and {wrong} are not as wanted")


def _assumed(flags: frozenset[str], ask: Ask) -> frozenset[str]:
    if ask.mode == "+":
        return flags | ask.flags
    return flags - ask.flags if ask.mode == "-" else ask.flags


# ---------------------------------------------------------------- results


def searched(client: StrictClient, ask: Ask) -> None:
    belief = client.selected
    if not ask.ok or belief is None:
        return
    extended = ask.returns is not None or "IMAP4REV2" in client.enabled
    wanted = frozenset({"ALL"}) if not ask.returns else ask.returns
    answers = ask.data("ESEARCH" if extended else "SEARCH")
    others = ask.data("SEARCH" if extended else "ESEARCH")
    if others or len(answers) != (0 if wanted == {"SAVE"} else 1):
        raise Violation(f"SEARCH RETURN {ask.returns} is answered with {answers} {others}")
    for answer in answers:
        assert isinstance(answer.value, Found)
        numbers = list(answer.value.numbers)
        if extended:
            numbers = _extended(ask, answer.value, wanted)
        if len(set(numbers)) < len(numbers):
            raise Violation("found twice")
        _exist(belief, ask, numbers)


def _extended(ask: Ask, found: Found, wanted: frozenset[str]) -> list[int]:
    """RFC 4731 §3.1"""
    if found.tag != ask.tag or found.uid != ask.uid:
        raise Violation(f"ESEARCH of {found.tag!r}, UID {found.uid}")
    items = dict(found.items)
    if not set(items) - {"MODSEQ"} <= wanted - {"SAVE"}:
        raise Violation(f"ESEARCH has {set(items)}, asked was {wanted}")
    if "COUNT" in wanted and "COUNT" not in items:
        raise Violation("ESEARCH without COUNT")
    ranges = items.get("ALL", ())
    assert isinstance(ranges, tuple)
    every = numbers_in(ranges)
    some = every + [n for n in (items.get("MIN"), items.get("MAX")) if isinstance(n, int)]
    if "ALL" in items and items.get("COUNT", len(every)) != len(every):
        raise Violation("COUNT is not how many there are")
    for word, best in (("MIN", min), ("MAX", max)):
        if word in items and items[word] != best(some):
            raise Violation(f"{word} is not that")
    hit = bool(some) or bool(items.get("COUNT"))
    if hit and not wanted - {"SAVE"} <= set(items):
        raise Violation(f"ESEARCH lacks {wanted - set(items)}")
    return sorted(set(some))


def _exist(belief: Belief, ask: Ask, numbers: list[int]) -> None:
    unknown = sum(slot.uid is None for slot in belief.slots)
    for number in numbers:
        if not ask.uid:
            if number > len(belief.slots):
                raise Violation(f"found {number} of {len(belief.slots)}")
        elif belief.index(number) is None and number not in belief.gone:
            unknown -= 1
            if unknown < 0:
                raise Violation(f"found UID {number}, of which the client was never told")


def copied(client: StrictClient, ask: Ask) -> None:
    belief = client.selected
    if not ask.ok or belief is None:
        return
    codes = [s.code for s in (*ask.heard, ask.done) if isinstance(s, Status) and s.code]
    for code in codes:
        if code.name != "COPYUID":
            continue
        assert isinstance(code.value, CopyUid)
        client.notebook.check(ask.mailbox, ask.floor, {"UIDVALIDITY": code.value.uidvalidity})
        for source, _ in code.value.pairs:
            if ask.uid and ask.numbers is not None and not _asked(belief, ask.numbers, source):
                raise Violation(f"UID {source} was copied unasked")
            if ask.name == "MOVE" and belief.index(source) is not None:
                raise Violation(f"UID {source} was moved and is still there")


def _asked(belief: Belief, numbers: Ranges, uid: int) -> bool:
    top = max(belief.top, uid)
    return holds(tuple((low or top, high or top) for low, high in numbers), uid)


def appended(client: StrictClient, ask: Ask) -> None:
    if not ask.ok or ask.done is None:
        return
    code = ask.done.code
    if code is None or code.name != "APPENDUID":
        if not client.all_told:  # it may name its mod-sequence instead
            return
        raise Violation("APPEND without APPENDUID (RFC 4315 §3)")
    assert isinstance(code.value, tuple)
    validity, uids = code.value
    if len(uids) != ask.messages:
        raise Violation(f"{ask.messages} messages, and UIDs {uids}")
    client.notebook.check(ask.mailbox, ask.floor, {"UIDVALIDITY": validity})


def notified(client: StrictClient, ask: Ask) -> None:
    """RFC 5465 §3.1: from here on, until it is said again."""
    if ask.ok:
        notified_of(client, ask.text)


def notified_of(client: StrictClient, wish: bytes) -> None:
    words = frozenset(re.findall(r"[A-Z]+", wish.decode("latin-1").upper()))
    client.notifies = words & EVENTS
    # Without FlagChange flags come with new messages alone, where they are among what is asked.
    client.wants_flags = not words.isdisjoint(("FLAGCHANGE", "FLAGS"))


CHECKS: dict[str, Callable[[StrictClient, Ask], None]] = {
    "SELECT": opened,
    "EXAMINE": opened,
    "CLOSE": closed,
    "UNSELECT": closed,
    "LOGOUT": logged_out,
    "STATUS": told_status,
    "FETCH": fetched,
    "STORE": stored,
    "SEARCH": searched,
    "COPY": copied,
    "MOVE": copied,
    "APPEND": appended,
    "NOTIFY": notified,
}
