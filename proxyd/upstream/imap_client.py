"""One IMAP connection to a provider as a machine without I/O (RFC 9051 §3, §5.5).

Octets in by ``feed``, octets out by ``outgoing``; no socket, no time, no folder names on the wire
that it did not get in a command. Invariants:
- commands are written in the order they began, and nothing is written past a literal or a SASL
  step that waits for "+";
- each tagged answer ends exactly the command of that tag, in whatever order they come;
- between the server's OK to STARTTLS and the TLS handshake not one octet is accepted, and nothing
  learnt before TLS is believed after it (RFC 9051 §6.2.1);
- ``opened`` is what the last successful SELECT opened, and None after a failed one (§6.3.2).
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from proxyd.domain.permanent_flags import UNTOLD, PermanentFlags, permanent_flags
from proxyd.domain.types import Blob
from proxyd.imapwire import response
from proxyd.imapwire.decode import capability_words, decode
from proxyd.imapwire.provider_text import Hide, nothing_to_hide
from proxyd.imapwire.response import BadResponse, LiteralSink, Response
from proxyd.imapwire.response_framer import ResponseFramer, ResponseLimits
from proxyd.upstream import imap_answers as answers
from proxyd.upstream.command import CommandLiteral, Opening, Pause, UpstreamCommand

# With LITERAL+ (RFC 7888) a refused literal is sent all the same, so a big one asks first.
UNASKED_OCTETS = 64 * 1024
UNASKED_OCTETS_MINUS = 4096  # LITERAL-, RFC 7888 §5
# Lines of a connection that can't be read: the rest of a text file that a server quotes with its
# line ends, in each of some mails. More, and it is something else than IMAP.
MOST_JUNK = 10_000


class Phase(Enum):
    """What the server will hear next (RFC 9051 §3). Selected is ``opened``, inside SIGNED_IN."""

    GREETING = "greeting"
    NOT_SIGNED_IN = "not signed in"
    TLS = "TLS handshake"
    SIGNED_IN = "signed in"
    ENDED = "ended"


ANY_PHASE = frozenset({"ID", "CAPABILITY", "NOOP", "LOGOUT"})
SIGN_IN = frozenset({"LOGIN", "AUTHENTICATE"})
# After these the server may announce other capabilities than before.
RENEWS_CAPABILITIES = SIGN_IN | {"STARTTLS"}


@dataclass(frozen=True, slots=True)
class Opened:
    """The folder that is selected, as the server described it."""

    folder: str
    read_only: bool
    uidvalidity: int
    permanent: PermanentFlags
    newest: int  # a UID up to which this session knows all messages
    number: int = 0  # counts the times that a folder was opened here: another time, another number
    messages: int = 0  # when it was opened
    uidnext: int = 0  # 0: not said
    modseq: int = 0  # HIGHESTMODSEQ; 0: not said


@dataclass(eq=False, slots=True)
class InFlight:
    """A command that was begun. ``status`` is the tagged answer, once it came."""

    tag: bytes
    command: UpstreamCommand
    status: response.Status | None = None


@dataclass(slots=True)
class _Facts:
    """What a SELECT's answers said so far."""

    opening: Opening
    uidvalidity: int = 0
    permanent: PermanentFlags = UNTOLD
    newest: int = 0
    uidnext: int = 0
    messages: int = 0
    modseq: int = 0

    def take(self, status: response.Status) -> None:
        if status.code == "UIDVALIDITY" and status.argument.isdigit():
            self.uidvalidity = int(status.argument)
        elif status.code == "UIDNEXT" and status.argument.isdigit():
            self.uidnext = int(status.argument)
            self.newest = self.uidnext - 1
        elif status.code == "HIGHESTMODSEQ" and status.argument.isdigit():
            self.modseq = int(status.argument)
        elif status.code == "PERMANENTFLAGS":
            words = status.argument.decode("ascii", "replace").strip("()").split()
            self.permanent = permanent_flags(words)


@dataclass(slots=True)
class ImapClient:
    """The machine of one connection. ``untagged`` hears everything that has no tag."""

    spool: Callable[[int], LiteralSink]
    untagged: Callable[[Response], None]
    limits: ResponseLimits = field(default_factory=ResponseLimits)
    phase: Phase = Phase.GREETING
    capabilities: frozenset[str] | None = None  # None: not known (any more)
    opened: Opened | None = None
    bye: response.Status | None = None
    throttled: str = ""  # what it said when it told so unasked (Gmail)
    hide: Hide = nothing_to_hide  # takes our secrets out of what it says in words
    _framer: ResponseFramer = field(init=False)
    _queue: deque[tuple[InFlight, bytes | Blob | Pause]] = field(default_factory=deque)
    _in_flight: dict[bytes, InFlight] = field(default_factory=dict)
    _facts: _Facts | None = None
    _junk: int = 0  # lines that could not be read
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _openings: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._framer = ResponseFramer(self.spool, self.limits)

    def can(self, capability: str) -> bool:
        return self.capabilities is not None and capability in self.capabilities

    # ------------------------------------------------------------------ out

    def begin(self, command: UpstreamCommand) -> InFlight:
        """Queue a command; ``outgoing`` has what of it may be written."""
        if not self._allows(command.name):
            raise ValueError(f"{command.name} while {self.phase.value}")
        begun = InFlight(b"p%d" % next(self._numbers), command)
        self._in_flight[begun.tag] = begun
        self._queue.append((begun, begun.tag + b" "))
        for part in command.parts:
            self._queue_part(begun, part)
        self._queue.append((begun, b"\r\n"))
        if command.name in RENEWS_CAPABILITIES:
            self.capabilities = None
        if command.opens is not None:
            self._facts = _Facts(command.opens)
        return begun

    def outgoing(self) -> list[bytes | Blob]:
        """What may be written now, in order; it counts as written. Small pieces are joined."""
        pieces: list[bytes | Blob] = []
        text: list[bytes] = []
        while self._queue and not isinstance(self._queue[0][1], Pause):
            piece = self._queue.popleft()[1]
            if isinstance(piece, bytes):
                text.append(piece)
                continue
            assert not isinstance(piece, Pause)
            pieces += [b"".join(text), piece]
            text.clear()
        if text:
            pieces.append(b"".join(text))
        return pieces

    def release(self) -> None:
        """End IDLE: let its DONE be written, now or as soon as the server said "+"."""
        for position, (_, piece) in enumerate(self._queue):
            if piece is Pause.RELEASE:
                del self._queue[position]
                return

    def _allows(self, name: str) -> bool:
        if name in ANY_PHASE:
            return self.phase in (Phase.NOT_SIGNED_IN, Phase.SIGNED_IN)
        if name in RENEWS_CAPABILITIES:
            return self.phase is Phase.NOT_SIGNED_IN
        return self.phase is Phase.SIGNED_IN

    def _queue_part(self, begun: InFlight, part: bytes | CommandLiteral | Pause) -> None:
        if not isinstance(part, CommandLiteral):
            self._queue.append((begun, part))
            return
        size = part.octets.size
        eighth = b"~" if part.binary else b""
        if self._takes_unasked(size):
            self._queue.append((begun, eighth + b"{%d+}\r\n" % size))
        else:
            self._queue.append((begun, eighth + b"{%d}\r\n" % size))
            self._queue.append((begun, Pause.CONTINUATION))
        self._queue.append((begun, part.octets))

    def _takes_unasked(self, size: int) -> bool:
        if self.can("LITERAL+"):
            return size <= UNASKED_OCTETS
        return self.can("LITERAL-") and size <= UNASKED_OCTETS_MINUS

    # ------------------------------------------------------------------ in

    def feed(self, data: bytes) -> None:
        """Take octets. Afterwards look at ``outgoing`` and at what was in flight.

        Raises BadResponse: the connection is of no use any more.
        """
        self._refuse_before_tls()
        for frame in self._framer.feed(data):
            self._refuse_before_tls()
            self._take(decode(frame, self._hidden))
        if self._framer.pending:
            self._refuse_before_tls()

    def close(self) -> None:
        """The line is lost: nothing is kept of what was half sent and half read."""
        self._queue.clear()
        self._in_flight.clear()
        self._framer.close()

    def tls_begins(self) -> None:
        """The handshake is next; what comes from now on comes through TLS."""
        self.phase = Phase.NOT_SIGNED_IN

    def _refuse_before_tls(self) -> None:
        if self.phase is Phase.TLS:
            raise BadResponse("octets in clear behind the answer to STARTTLS")

    def _hidden(self, text: str) -> str:
        """Asked when a text is shown: ``hide`` may be set after the greeting has come."""
        return self.hide(text)

    def _take(self, answer: Response) -> None:
        if self.phase is Phase.GREETING:
            answers.check_greeting(answer)
        match answer:
            case response.Fetch():
                self.untagged(answer)
            case response.Status(tag=bytes() as tag):
                self._take_tagged(tag, answer)
            case response.Status():
                self._take_condition(answer)
            case response.Continuation():
                self._take_continuation()
            case response.Junk():
                self._take_junk(answer)
            case response.Count(name="EXISTS") if self._facts is not None:
                self._facts.messages = answer.number
                self.untagged(answer)
            case response.Capability():
                self.capabilities = answers.offered(answer.words, self.hide)
            case _:
                self.untagged(answer)

    def _take_junk(self, junk: response.Junk) -> None:
        """One line that can't be read may be about one mail; many are no IMAP server's.

        In answer to a change nothing is let pass: what came of it must be certain.
        """
        if not junk.text:
            return  # a blank line
        self._junk += 1
        changing = any(one.command.changes for one in self._in_flight.values())
        if changing or self.phase is not Phase.SIGNED_IN or self._junk > MOST_JUNK:
            raise BadResponse(junk.text)
        self.untagged(junk)

    def _take_condition(self, status: response.Status) -> None:
        if status.code == "CAPABILITY":
            self.capabilities = self._words(status)
        if status.code == "THROTTLED":
            self.throttled = str(status.text) or "throttled"
        if status.condition == "BYE":
            self.bye = status
        if self.phase is Phase.GREETING:
            self.phase = Phase.NOT_SIGNED_IN if status.ok else Phase.ENDED
        answers.check_condition(status)
        if status.code == "CLOSED":  # RFC 7162 §3.2.11: what follows is about the new folder
            self.opened = None
        if self._facts is not None:
            self._facts.take(status)
        elif status.code == "UIDVALIDITY" and status.argument.isdigit() and self.opened:
            self.opened = replace(self.opened, uidvalidity=int(status.argument))
        self.untagged(status)

    def _words(self, status: response.Status) -> frozenset[str]:
        return answers.offered(capability_words(status.argument), self.hide)

    def _take_continuation(self) -> None:
        if self._queue and self._queue[0][1] is Pause.CONTINUATION:
            self._queue.popleft()
            return
        commands = [one.command for one in self._in_flight.values()]
        signing_in = any(one.name == "AUTHENTICATE" for one in commands)
        unasked = any(isinstance(part, CommandLiteral) for one in commands for part in one.parts)
        answers.check_continuation(may_come=signing_in or unasked)
        if signing_in:
            # A challenge that PLAIN does not have: cancel it (RFC 9051 §6.2.2).
            authenticate = next(iter(self._in_flight.values()))
            self._queue.append((authenticate, b"*\r\n"))

    def _take_tagged(self, tag: bytes, status: response.Status) -> None:
        ended = self._in_flight.pop(tag, None)
        name = ended.command.name if ended is not None else None
        unsent = any(one is ended for one, _ in self._queue)
        answers.check_tagged(status, name, unsent=unsent)
        assert ended is not None
        self._drop_unsent(ended)
        if status.code == "CAPABILITY":
            self.capabilities = self._words(status)
        if ended.command.opens is not None:
            self._take_opened(status)
        elif status.ok and name in SIGN_IN:
            self.phase = Phase.SIGNED_IN
        elif status.ok and name == "STARTTLS":
            self.phase = Phase.TLS
            self.capabilities = None
        elif status.ok and name in ("CLOSE", "UNSELECT"):
            self.opened = None
        elif name == "LOGOUT":
            self.phase = Phase.ENDED
        ended.status = status

    def _take_opened(self, status: response.Status) -> None:
        facts, self._facts = self._facts, None
        self.opened = None
        if status.ok and facts is not None:
            opening = facts.opening
            read_only = opening.read_only or status.code == "READ-ONLY"
            self.opened = Opened(
                opening.folder,
                read_only,
                facts.uidvalidity,
                facts.permanent,
                facts.newest,
                next(self._openings),
                facts.messages,
                facts.uidnext,
                facts.modseq,
            )

    def _drop_unsent(self, ended: InFlight) -> None:
        """A command refused before its literal: what is not written yet must not be."""
        waiting = any(one is ended and isinstance(piece, Pause) for one, piece in self._queue)
        if waiting:
            self._queue = deque(item for item in self._queue if item[0] is not ended)
