"""Commands as a client writes them, with what is needed to judge their answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.strict.belief import Flags, Slot, folded
from tests.strict.notebook import Floor, Kept
from tests.strict.responses import Data, Status

Pairs = tuple[tuple[int, int], ...]  # 0 is "*"


@dataclass(slots=True)
class Ask:
    name: str
    text: bytes  # behind the tag, up to the first literal that waits for "+"
    rest: list[bytes] = field(default_factory=list)  # a piece for each "+"
    uid: bool = False
    numbers: Pairs | None = ()  # None: "$", whatever was saved (RFC 5182)
    items: tuple[str, ...] = ()  # what each row must hold
    mode: str = ""
    silent: bool = False
    flags: Flags = frozenset()
    unchanged_since: int | None = None
    changed_since: int | None = None
    mailbox: bytes = b""
    messages: int = 0
    returns: frozenset[str] | None = None
    kept: Kept | None = None
    enables_modseqs: bool = False
    # what becomes of it
    tag: bytes = b""
    floor: Floor = field(default_factory=Floor)
    heard: list[Data | Status] = field(default_factory=list)
    rows: list[tuple[Slot, dict[str, object]]] = field(default_factory=list)
    size: int = 0  # messages when it was its turn
    before: dict[int, int | None] = field(default_factory=dict)  # UID → MODSEQ then
    done: Status | None = None

    @property
    def by_number(self) -> bool:
        """No EXPUNGE while this is answered (RFC 9051 §7.5.1)."""
        return self.name in BY_NUMBER and not self.uid

    @property
    def ok(self) -> bool:
        return self.done is not None and self.done.condition == "OK"

    def data(self, name: str) -> list[Data]:
        return [one for one in self.heard if isinstance(one, Data) and one.name == name]


BY_NUMBER = frozenset({"FETCH", "STORE", "SEARCH", "SORT", "THREAD"})


def set_text(pairs: Pairs | None) -> bytes:
    if pairs is None:
        return b"$"
    parts = []
    for low, high in pairs:
        first, last = (str(n) if n else "*" for n in (low, high))
        parts.append(first if first == last else f"{first}:{last}")
    return ",".join(parts).encode()


def set_of(numbers: Iterable[int]) -> Pairs:
    return tuple((number, number) for number in numbers)


def _uid(*, uid: bool) -> bytes:
    return b"UID " if uid else b""


# ---------------------------------------------------------------- folders


def select(
    mailbox: bytes, *, read_only: bool = False, condstore: bool = False, kept: Kept | None = None
) -> Ask:
    text = (b"EXAMINE " if read_only else b"SELECT ") + quoted(mailbox)
    if kept is not None:
        # RFC 7162 §3.2.5.1: known UIDs may be left out; then everything that changed is told.
        parameters = b"%d %d" % (kept.uidvalidity, kept.highest)
        text += b" (QRESYNC (" + parameters + b"))"
    elif condstore:
        text += b" (CONDSTORE)"
    name = "EXAMINE" if read_only else "SELECT"
    return Ask(name, text, mailbox=mailbox, kept=kept, enables_modseqs=condstore)


def status(mailbox: bytes, items: Sequence[str]) -> Ask:
    text = b"STATUS %b (%b)" % (quoted(mailbox), " ".join(items).encode())
    modseqs = "HIGHESTMODSEQ" in items
    return Ask("STATUS", text, items=tuple(items), mailbox=mailbox, enables_modseqs=modseqs)


def append(mailbox: bytes, messages: Sequence[tuple[str, bytes]], *, sync: bool = False) -> Ask:
    """``messages``: flags as text, octets. ``sync``: literals wait for "+" (RFC 9051 §4.3)."""
    pieces = [b"APPEND " + quoted(mailbox)]
    for flags, octets in messages:
        pieces[-1] += b" (" + flags.encode() + b") {%d%b}" % (len(octets), b"" if sync else b"+")
        if sync:
            pieces.append(octets)
        else:
            pieces[-1] += b"\r\n" + octets
    return Ask("APPEND", pieces[0], pieces[1:], mailbox=mailbox, messages=len(messages))


def bare(name: str) -> Ask:
    """NOOP, CHECK, CLOSE, UNSELECT, EXPUNGE, CAPABILITY, LOGOUT, IDLE, …"""
    return Ask(name, name.encode())


def words(name: str, arguments: bytes) -> Ask:
    """Any command of which nothing but the form of its answers is to be judged."""
    return Ask(name, name.encode() + b" " + arguments)


# ---------------------------------------------------------------- messages


def fetch(
    numbers: Pairs | None, items: Sequence[str], *, uid: bool = False,
    changed_since: int | None = None, vanished: bool = False,
) -> Ask:  # fmt: skip
    text = _uid(uid=uid) + b"FETCH %b (%b)" % (set_text(numbers), " ".join(items).encode())
    if changed_since is not None:
        text += b" (CHANGEDSINCE %d%b)" % (changed_since, b" VANISHED" if vanished else b"")
    expected = tuple(item.replace(".PEEK", "") for item in items) + (("UID",) if uid else ())
    modseqs = changed_since is not None or "MODSEQ" in items
    return Ask(
        "FETCH", text, uid=uid, numbers=numbers, items=expected,
        changed_since=changed_since, enables_modseqs=modseqs,
    )  # fmt: skip


def store(
    numbers: Pairs | None, mode: str, flags: Sequence[str], *, uid: bool = False,
    silent: bool = False, unchanged_since: int | None = None,
) -> Ask:  # fmt: skip
    text = _uid(uid=uid) + b"STORE " + set_text(numbers)
    if unchanged_since is not None:
        text += b" (UNCHANGEDSINCE %d)" % unchanged_since
    sign = mode.replace("=", "").encode()
    text += b" %bFLAGS%b (%b)" % (sign, b".SILENT" * silent, " ".join(flags).encode())
    return Ask(
        "STORE", text, uid=uid, numbers=numbers, mode=mode, silent=silent, flags=folded(flags),
        unchanged_since=unchanged_since, enables_modseqs=unchanged_since is not None,
    )  # fmt: skip


def search(criteria: bytes, *, uid: bool = False, returns: Iterable[str] | None = None) -> Ask:
    wanted = None if returns is None else frozenset(returns)
    option = b"" if wanted is None else b"RETURN (%b) " % " ".join(sorted(wanted)).encode()
    text = _uid(uid=uid) + b"SEARCH " + option + criteria
    return Ask("SEARCH", text, uid=uid, returns=wanted, enables_modseqs=b"MODSEQ" in criteria)


def copy(numbers: Pairs | None, mailbox: bytes, *, uid: bool = False, move: bool = False) -> Ask:
    name = "MOVE" if move else "COPY"
    text = _uid(uid=uid) + b"%b %b %b" % (name.encode(), set_text(numbers), quoted(mailbox))
    return Ask(name, text, uid=uid, numbers=numbers, mailbox=mailbox)


def expunge(uids: Pairs | None = ()) -> Ask:
    """``()``: all that are deleted."""
    if uids == ():
        return bare("EXPUNGE")
    return Ask("EXPUNGE", b"UID EXPUNGE " + set_text(uids), uid=True, numbers=uids)


# ---------------------------------------------------------------- octets


def quoted(text: bytes) -> bytes:
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def runs(numbers: Iterable[int]) -> Pairs:
    """Neighbours joined."""
    pairs: list[list[int]] = []
    for number in sorted(numbers):
        if pairs and pairs[-1][1] == number - 1:
            pairs[-1][1] = number
        else:
            pairs.append([number, number])
    return tuple((low, high) for low, high in pairs)
