"""A mail client that believes nothing: every response is parsed strictly, must be allowed at that
moment, and must agree with all the server has said before.

Without sockets: ``send`` gives octets, ``received`` takes them. proxyd answers in the order asked,
so what is heard belongs to the oldest command that has no tagged answer yet. Anything wrong is a
``Violation`` with the conversation that led to it.
"""

from __future__ import annotations

from collections import deque

from tests.strict import ends
from tests.strict.asks import Ask
from tests.strict.belief import Belief, Slot
from tests.strict.cursor import Violation
from tests.strict.lines import Splitter
from tests.strict.notebook import Notebook
from tests.strict.responses import Continuation, Data, Response, Status, parse

TRANSCRIPT_LINES = 60

# Which command may be answered with what; the rest may come at any time, or has rules of its own.
_ANSWERS = {
    "LIST": {"LIST", "SELECT", "EXAMINE", "CREATE", "RENAME"},
    "LSUB": {"LSUB"},
    "STATUS": {"STATUS", "LIST", "NOTIFY"},
    "SEARCH": {"SEARCH"},
    "ESEARCH": {"SEARCH", "SORT", "THREAD"},
    "SORT": {"SORT"},
    "THREAD": {"THREAD"},
    "ENABLED": {"ENABLE"},
    "NAMESPACE": {"NAMESPACE"},
    "ID": {"ID"},
    "QUOTA": {"GETQUOTA", "GETQUOTAROOT", "SETQUOTA"},
    "QUOTAROOT": {"GETQUOTAROOT"},
    "ACL": {"GETACL"},
    "MYRIGHTS": {"MYRIGHTS", "LIST"},
    "LISTRIGHTS": {"LISTRIGHTS"},
    "METADATA": {"GETMETADATA", "LIST"},
}
# RFC 5465 §5: which event brings what.
_NEWS = {
    "STATUS": {"MESSAGENEW", "MESSAGEEXPUNGE", "FLAGCHANGE"},
    "LIST": {"MAILBOXNAME", "SUBSCRIPTIONCHANGE"},
    "METADATA": {"MAILBOXMETADATACHANGE", "SERVERMETADATACHANGE"},
}
_TELLS_CHANGES = ("NOOP", "CHECK", "IDLE")
_OPENS = ("SELECT", "EXAMINE")
_SILENT = ("CLOSE", "UNSELECT")


class StrictClient:
    def __init__(self, name: str, notebook: Notebook | None = None) -> None:
        self.name = name
        self.notebook = notebook or Notebook()
        self.pending: deque[Ask] = deque()
        self.capabilities: frozenset[str] = frozenset()
        self.enabled: set[str] = set()
        self.modseqs = False  # a CONDSTORE-enabling command was answered
        self.selected: Belief | None = None
        self.opening: Belief | None = None
        self.greeted = self.ended = False
        self.alerts: list[bytes] = []
        self.notified: list[Data] = []  # STATUS, LIST and METADATA that NOTIFY brought
        self.notifies: frozenset[str] = frozenset()  # events asked for, in upper case
        self.wants_flags = True  # of the selected mailbox, unasked
        self.all_told = True  # APPENDUID with each APPEND (RFC 4315 §3: it should)
        self.transcript: deque[str] = deque(maxlen=TRANSCRIPT_LINES)
        self._splitter = Splitter()
        self._serial = 0

    def can(self, capability: str) -> bool:
        return capability in self.capabilities

    # -------------------------------------------------------------- sending

    def send(self, ask: Ask) -> bytes:
        self._serial += 1
        ask.tag = b"%b%d" % (self.name.encode(), self._serial)
        if ask.mailbox:
            ask.floor = self.notebook.floor(ask.mailbox)
        self.pending.append(ask)
        if len(self.pending) == 1:
            self._begin()
        return self._octets(ask.tag + b" " + ask.text + b"\r\n")

    def more(self) -> bytes:
        """The next piece, after a continuation; DONE for IDLE."""
        ask = self.pending[0]
        return self._octets((ask.rest.pop(0) if ask.rest else b"DONE") + b"\r\n")

    def _octets(self, octets: bytes) -> bytes:
        self.transcript.append(f"{self.name} C: {octets[:500]!r}")
        return octets

    def _begin(self) -> None:
        """From here on everything heard belongs to the oldest command."""
        if self.pending and self.selected is not None:
            ask, slots = self.pending[0], self.selected.slots
            ask.size = len(slots)
            ask.before = {slot.uid: slot.modseq for slot in slots if slot.uid is not None}

    # -------------------------------------------------------------- hearing

    def received(self, data: bytes) -> bool:
        """True when the server waits for ``more``."""
        waits = False
        try:
            for line in self._splitter.feed(data):
                self.transcript.append(f"{self.name} S: {line[:1000]!r}")
                utf8 = bool(self.enabled & {"UTF8=ACCEPT", "IMAP4REV2"})
                waits = self._hear(parse(line, utf8=utf8)) or waits
        except (Violation, UnicodeDecodeError) as error:
            raise Violation("\n".join([str(error), *self.transcript])) from error
        return waits

    def lost(self) -> None:
        """The line is gone. What was half said is not believed."""
        if self.selected is not None:
            self.notebook.keep(self.selected)
        self.selected = self.opening = None
        self.pending.clear()
        self.ended = True

    @property
    def current(self) -> Ask | None:
        return self.pending[0] if self.pending else None

    def _hear(self, response: Response) -> bool:
        if not self.greeted:
            if not isinstance(response, Status) or response.condition not in ("OK", "PREAUTH"):
                raise Violation("no greeting")
            self.greeted = True
            self._code(response)
        elif isinstance(response, Continuation):
            if self.current is None or not (self.current.rest or self.current.name == "IDLE"):
                raise Violation("a continuation nobody waits for")
            return True
        elif isinstance(response, Data):
            self._data(response)
        elif response.tag is None:
            self._untagged_status(response)
        else:
            self._tagged(response)
        return False

    # -------------------------------------------------------------- statuses

    def _untagged_status(self, status: Status) -> None:
        if status.condition == "BAD":
            raise Violation("BAD without a tag")
        if status.condition == "BYE":
            self.ended = True
        if self.current is not None:
            self.current.heard.append(status)
        self._code(status)

    def _code(self, status: Status) -> None:
        code = status.code
        if code is None:
            return
        if code.name == "CAPABILITY":
            self._capabilities(code.value)
        elif code.name == "ALERT":
            self.alerts.append(status.text)
        elif code.name == "NOTIFICATIONOVERFLOW" and status.tag is None:
            ends.notified_of(self, b"NONE")  # RFC 5465 §5.8
        elif code.name == "CLOSED":
            if self.current is None or self.current.name not in _OPENS or self.selected is None:
                raise Violation("CLOSED, and nothing was")
            self._leave()
        elif code.name == "COPYUID" and status.tag is None:
            if self.current is None or self.current.name != "MOVE":
                raise Violation("COPYUID without a tag for no MOVE")
        elif status.tag is None:
            self._code_of_mailbox(code.name, code.value)

    def _code_of_mailbox(self, name: str, value: object) -> None:
        known = ("PERMANENTFLAGS", "UIDNEXT", "UIDVALIDITY", "HIGHESTMODSEQ", "NOMODSEQ")
        if name not in (*known, "MAILBOXID", "UNSEEN"):
            return
        belief = self._open_belief()
        if belief is None:
            raise Violation(f"{name} of no mailbox")
        ends.learn_code(belief, name, value, opening=belief is self.opening)

    def _tagged(self, status: Status) -> None:
        ask = self.current
        if ask is None or status.tag != ask.tag:
            raise Violation(f"{status.tag!r} is answered, asked was {ask and ask.tag!r}")
        if ask.rest and status.condition == "OK":
            raise Violation("OK before everything was sent")
        ask.done = status
        self._code(status)
        ends.CHECKS.get(ask.name, ends.nothing)(self, ask)
        if ask.enables_modseqs and ask.ok:
            self.modseqs = True
        self.pending.popleft()
        if self.selected is not None:
            self.selected.check_recent()
        if self.selected is not None and self.selected.highest is not None:
            # Rows of one answer come in any order: only now are all of them there.
            self.selected.highest = max(self.selected.highest, self.selected.seen_modseq)
        self._begin()

    def _leave(self) -> None:
        if self.selected is not None:
            self.notebook.keep(self.selected)
        self.selected = None

    def close_mailbox(self) -> None:
        self._leave()

    # -------------------------------------------------------------- data

    def _capabilities(self, words: object) -> None:
        assert isinstance(words, tuple)
        if not {"IMAP4rev1", "IMAP4rev2"} & set(words) or len(set(words)) < len(words):
            raise Violation(f"capabilities: {words}")
        self.capabilities = frozenset(words)

    def _open_belief(self) -> Belief | None:
        """Of which mailbox is the server talking?"""
        ask = self.current
        if ask is None or ask.name not in _OPENS or self.selected is not None:
            return self.selected
        if self.opening is None:
            self.opening = Belief(ask.mailbox, read_only=ask.name == "EXAMINE")
            if ask.kept is not None:
                self.opening.recall(ask.kept.uidvalidity, ask.kept.rows)
        return self.opening

    def _data(self, data: Data) -> None:
        ask = self.current
        if ask is not None:
            ask.heard.append(data)
        if data.name == "CAPABILITY":
            self._capabilities(data.value)
        elif data.name in ("EXISTS", "EXPUNGE", "FETCH", "FLAGS", "VANISHED", "RECENT"):
            belief = self._open_belief()
            if belief is None:
                raise Violation(f"{data.name} of no mailbox")
            self._of_mailbox(belief, data)
        elif data.name == "ENABLED":
            assert isinstance(data.value, tuple)
            self.enabled |= {word.upper() for word in data.value}
            self.modseqs = self.modseqs or bool(self.enabled & {"CONDSTORE", "QRESYNC"})
        if data.name == "METADATA":
            self._metadata(data)
        elif data.name in _ANSWERS and (ask is None or ask.name not in _ANSWERS[data.name]):
            self._news(data, _NEWS.get(data.name, set()))

    def _metadata(self, data: Data) -> None:
        """RFC 5464 §4.4: values for who asks, names alone as news."""
        assert isinstance(data.value, tuple)
        name, entries = data.value
        if isinstance(entries, tuple):
            self._news(data, {f"{'MAILBOX' if name else 'SERVER'}METADATACHANGE"})
        elif self.current is None or self.current.name not in _ANSWERS["METADATA"]:
            raise Violation("values of annotations nobody asked for")

    def _news(self, data: Data, events: set[str]) -> None:
        if not self.notifies & events:
            raise Violation(f"{data.name} answers nothing")
        self.notified.append(data)

    def _of_mailbox(self, belief: Belief, data: Data) -> None:
        number = data.number or 0
        if data.name == "EXISTS":
            belief.tell_exists(number)
        elif data.name == "RECENT" and "IMAP4REV2" in self.enabled:
            raise Violation("RECENT is gone since RFC 9051")
        elif data.name == "RECENT":
            if belief.exists is not None and number > belief.exists:
                raise Violation(f"RECENT {number} of {belief.exists}")
            belief.recent = number
        elif data.name == "FLAGS":
            assert isinstance(data.value, tuple)
            if "\\Recent" in data.value:
                raise Violation("Recent is no flag of FLAGS (RFC 3501 §9 flag-list)")
            belief.tell_keywords(data.value)
        elif data.name == "EXPUNGE":
            if "QRESYNC" in self.enabled:
                raise Violation("EXPUNGE after ENABLE QRESYNC (RFC 7162 §3.2.7)")
            self._may_shrink(belief)
            belief.expunge(number)
        elif data.name == "VANISHED":
            self._vanished(belief, data)
        elif data.name == "FETCH":
            self._row(belief, data)

    def _may_shrink(self, belief: Belief) -> None:
        """RFC 9051 §7.5.1; a command whose literals are not all sent is not in progress yet."""
        ask = self.current
        if ask is None or ask.by_number or ask.rest or belief is self.opening:
            raise Violation("an EXPUNGE where none is allowed")
        if ask.name in _SILENT:
            raise Violation(f"an EXPUNGE in answer to {ask.name}")

    def _vanished(self, belief: Belief, data: Data) -> None:
        assert isinstance(data.value, tuple)
        earlier, ranges = data.value
        if "QRESYNC" not in self.enabled:
            raise Violation("VANISHED without ENABLE QRESYNC")
        if not earlier:
            self._may_shrink(belief)
            belief.vanish(ranges)
        elif belief is self.opening and self.current is not None and self.current.kept is not None:
            belief.vanish_earlier(ranges)
        elif self.current is None or b"VANISHED" not in self.current.text:
            raise Violation("VANISHED (EARLIER) that nobody asked for")

    def _row(self, belief: Belief, data: Data) -> None:
        assert isinstance(data.value, dict)
        items: dict[str, object] = data.value
        ask = self.current
        if belief is self.opening:
            if ask is None or ask.kept is None:
                raise Violation("FETCH in answer to SELECT")
            belief.fetch_changed(data.number or 0, items)
            return
        if "FLAGS" in items and not self.wants_flags and (not ask or ask.name in _TELLS_CHANGES):
            raise Violation("flags nobody wanted to hear of (RFC 5465 §5)")
        asked = ask is not None and ask.name == "FETCH" and "FLAGS" in ask.items
        if self.modseqs and "FLAGS" in items and "MODSEQ" not in items and not asked:
            raise Violation("flags that changed, without MODSEQ (RFC 7162 §3.1)")
        fetching = ask is not None and ask.name == "FETCH"
        if "QRESYNC" in self.enabled and "UID" not in items and not fetching:
            raise Violation("a FETCH without UID after ENABLE QRESYNC")
        slot = belief.fetch(data.number or 0, items)
        if slot.recent and "IMAP4REV2" in self.enabled:
            raise Violation("a recent mail after ENABLE IMAP4rev2")
        self._note(belief, slot, items)
        if ask is not None:
            ask.rows.append((slot, items))

    def _note(self, belief: Belief, slot: Slot, items: dict[str, object]) -> None:
        if slot.uid is not None:
            self.notebook.learn(belief, slot.uid, items)
