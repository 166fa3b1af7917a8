"""What the edges (IMAP, SMTP, web) may call, as protocols and plain results.

The edges are written against this file, so that they can be tested with a fake and the services
behind can change shape. Names of views are str, as the client types them (UTF-8, "/" between
levels, "INBOX" upper case); UIDs are the proxy's own (DESIGN.md §3 "Views"); flags are str with the
spelling to be shown (``\\Seen``, ``$status-open``). Everything raised is a ``domain.errors`` class.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import IntFlag, StrEnum
from typing import Protocol

from proxyd.domain.errors import Refused
from proxyd.domain.ordering import Algorithm, SortKey, ThreadNode
from proxyd.domain.search import Term
from proxyd.domain.types import Account, Blob, Origin

DELIMITER = "/"  # between levels of a view's name, whatever the upstream uses


# ---------------------------------------------------------------- signing in


class Session(Protocol):
    """An open connection of a signed-in person, as the accounts service sees it."""

    def end(self, reason: str) -> None:
        """Close it now: the account was disabled or removed, or the server stops.

        ``reason`` is a key of the replies tables: "disabled", "shutdown".
        """
        ...


class SignIn(Protocol):
    async def sign_in(self, login: str, password: str, origin: Origin) -> Account:
        """The account of ``login``, after a record in the access log.

        ``login`` may carry ``*MAILBOX`` (see ``Front.enter``); it is cut off here. Raises
        SignInFailed (also logged), Busy, StoreUnavailable; at the door "smtp" NothingToSendFrom
        (logged too) for a right password without a mailbox to answer from.
        """
        ...

    def register(self, account: Account, session: Session) -> None: ...

    def unregister(self, account: Account, session: Session) -> None: ...


# ---------------------------------------------------------------- views


class Special(StrEnum):
    """SPECIAL-USE attributes (RFC 6154 §2); a virtual folder has none."""

    ARCHIVE = "\\Archive"
    DRAFTS = "\\Drafts"
    JUNK = "\\Junk"
    SENT = "\\Sent"
    TRASH = "\\Trash"


@dataclass(frozen=True, slots=True)
class ViewInfo:
    """A line of the folder tree of one person."""

    name: str
    selectable: bool
    subscribed: bool
    children: bool
    special: Special | None = None
    virtual: bool = False
    id: str = ""  # as ``ViewCounts.mailbox_id``; a mere level above others has none


@dataclass(frozen=True, slots=True)
class ViewCounts:
    messages: int
    unseen: int
    uidnext: int
    uidvalidity: int
    size: int  # octets, sum of RFC822.SIZE
    deleted: int  # messages with \\Deleted
    highest_modseq: int  # RFC 7162 §3.1.2.1; never 0
    mailbox_id: str  # RFC 8474 §4: stays through RENAME
    deleted_size: int = 0  # octets of the messages with \\Deleted (RFC 9208 §4.1.4)
    recent: int = 0  # messages no SELECT of this person was told of (RFC 3501 §6.3.10)


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Prefixes, each ending in the delimiter or empty (RFC 2342)."""

    personal: tuple[str, ...]
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What APPEND brings: one of them, or several that are stored all or none (RFC 3502)."""

    flags: tuple[str, ...]
    internal_date: str | None  # "17-Jul-1996 02:44:25 -0700"; None = now
    content: Blob
    binary: bool = False  # it came as a literal8, and may hold NUL (RFC 3516 §4.4)


@dataclass(frozen=True, slots=True)
class AppendResult:
    uidvalidity: int
    uids: tuple[int, ...]  # in the order of the messages; empty: stored, and not known where
    refused: Refused | None = None  # of its flags: somebody was faster, and stored it is


@dataclass(frozen=True, slots=True)
class Reference:
    """A part of a message that is stored already (CATENATE, RFC 4469; IMAP URL, RFC 5092)."""

    view: str
    uidvalidity: int | None
    uid: int
    section: bytes  # as in BODY[section]; empty = the whole message
    partial: tuple[int, int] | None  # first octet, most octets


@dataclass(frozen=True, slots=True)
class QuotaResource:
    """RFC 9208 §5: name in upper case; STORAGE counts units of 1,024 octets."""

    name: str
    usage: int
    limit: int


@dataclass(frozen=True, slots=True)
class QuotaRoot:
    name: str
    resources: tuple[QuotaResource, ...]


class Follower(Protocol):
    """Told about every view of a person, open or not (NOTIFY, RFC 5465).

    On the event loop, after the commit. Calls only take note; they never block.
    """

    def touched(self, name: str, change: Touch) -> None:
        """Something happened to messages of the view ``name``."""
        ...

    def tree_changed(self) -> None:
        """Views came, went or changed their names: compare ``Mail.views`` with what was told."""
        ...

    def annotated(self, name: str, entries: Collection[str]) -> None:
        """Another connection has set or removed annotations of the view ``name``, or of the server
        where that is "": those of them this person may read (RFC 5464).
        """
        ...


class Touch(IntFlag):
    """What happened in a view."""

    ARRIVED = 1
    GONE = 2
    FLAGS = 4


@dataclass(frozen=True, slots=True)
class CopyResult:
    """COPYUID: pairs of (source UID, UID in the target view). Empty where nothing was copied."""

    uidvalidity: int
    pairs: tuple[tuple[int, int], ...]
    gone: tuple[int, ...] = ()  # source UIDs that upstream had no more: nothing was done to them


class FlagMode(StrEnum):
    ADD = "+"
    REMOVE = "-"
    REPLACE = "="


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a message without asking upstream."""

    flags: tuple[str, ...]  # for this person: system flags, keywords, status, assignee
    size: int
    internal_date: str  # "17-Jul-1996 02:44:25 -0700", always 26 characters


# Rows of a view that are looked up, kept and told together: half a millisecond's work.
BLOCK_ROWS = 512


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """BLOCK_ROWS rows of a view as one person sees them; of the last ones there may be fewer.

    Never altered: what was made of it can be kept as long as the same object is handed out.
    """

    uids: Sequence[int]  # ascending
    sizes: Sequence[int]
    dates: Sequence[str]  # as in ``Facts``
    flags: Sequence[tuple[str, ...]]
    counted: Mapping[tuple[str, ...], int]  # what of flags there is, and how often


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers and names of a message in one view, as this person sees it."""

    modseq: int  # RFC 7162: grows whenever the flags of ``Facts`` change for this person
    email_id: str  # RFC 8474 §5.1: the same for copies of one message
    thread_id: str  # RFC 8474 §5.2: the conversation's
    saved_us: int | None  # RFC 8514: when it came into this view; None = not known


@dataclass(frozen=True, slots=True)
class Stored:
    """The result of a STORE, in UIDs of the view, ascending."""

    changed: tuple[int, ...]  # flags differ now, other messages of the same conversations included
    modified: tuple[int, ...] = ()  # left alone: changed since UNCHANGEDSINCE (RFC 7162 §3.1.3)
    gone: tuple[int, ...] = ()  # upstream had them no more: nothing was done to them there


@dataclass(frozen=True, slots=True)
class Row:
    """One message's answer to ``OpenView.fetch``: see ports.ContentRow for the values."""

    uid: int
    values: Mapping[bytes, bytes | Blob]


class Reading(StrEnum):
    """How a fetch is to be recorded: the edge knows what the client asked."""

    LIST = "list"  # headers, envelope, structure
    OPEN = "open"  # a body with BODY[], RFC822 or RFC822.TEXT
    COPY = "copy"  # a body with BODY.PEEK[]


class Observer(Protocol):
    """Told about changes of an open view, on the event loop, after they are committed.

    The view already shows the new state when these are called. Calls only take note; they never
    block. UIDs of ``arrived`` are ascending and greater than all before them.
    """

    def arrived(self, uids: Sequence[int]) -> None: ...

    def gone(self, uids: Sequence[int]) -> None: ...

    def changed(self, uids: Sequence[int]) -> None:
        """Flags (of this person) may have changed: compare before you tell the client."""
        ...

    def alert(self, key: str, facts: Mapping[str, str]) -> None:
        """A sentence to be shown as ``* OK [ALERT]`` at the next NOOP or SELECT (replies table)."""
        ...

    def lost(self) -> None:
        """The view no longer exists (folder deleted, grant revoked): no further calls."""
        ...


class OpenView(Protocol):
    """A view opened (SELECT, EXAMINE) by one person. ``read_only`` raises ReadOnly on changes."""

    @property
    def name(self) -> str: ...

    @property
    def uidvalidity(self) -> int: ...

    @property
    def uidnext(self) -> int: ...

    @property
    def read_only(self) -> bool: ...

    @property
    def may_change(self) -> bool:
        """The person's grant reaches to what all share: flags, keywords, status, messages."""
        ...

    @property
    def may_mark_seen(self) -> bool:
        """\\Seen can be stored: it is this person's own, or the person may change what is
        shared.
        """
        ...

    @property
    def virtual(self) -> bool: ...

    @property
    def keywords(self) -> tuple[str, ...]:
        """All of the workflow's, and those in use in the view as far as there is room for them
        (for the FLAGS response; see domain.keywords).
        """
        ...

    def uids(self) -> Sequence[int]:
        """All UIDs now, ascending: a snapshot that others have too, not to be altered."""
        ...

    def block(self, number: int) -> Block:
        """The rows from the ``number * BLOCK_ROWS``th on, as they are now."""
        ...

    def modseqs(self, number: int) -> Sequence[int]:
        """``Marks.modseq`` of the rows of a block."""
        ...

    def facts(self, uid: int) -> Facts | None:
        """None when the message is not in the view any more."""
        ...

    def marks(self, uid: int) -> Marks | None:
        """None when the message is not in the view any more."""
        ...

    def modseq(self, uid: int) -> int:
        """``Marks.modseq`` alone; 0 when the message is gone."""
        ...

    @property
    def highest_modseq(self) -> int:
        """HIGHESTMODSEQ (RFC 7162 §3.1.2.1): no message's is greater; grows with expunges too."""
        ...

    @property
    def recent_from(self) -> int:
        r"""Messages from this UID on are ``\Recent``: no SELECT of this person was told of them."""
        ...

    def recent_told(self, up_to: int) -> None:
        """A client that goes by ``recent_from`` has heard of all up to this UID.

        Nothing happens where the view is read-only (RFC 3501 §6.3.2, EXAMINE).
        """
        ...

    @property
    def mailbox_id(self) -> str: ...

    def vanished_since(self, modseq: int) -> Sequence[tuple[int, int]]:
        """Ranges of UIDs that left the view since ``modseq``, ascending and disjoint.

        Where that is not remembered any more: all below UIDNEXT that are not there (RFC 7162
        §3.2.5, "as if all"), so that the client drops too much of nothing rather than keep a ghost.
        """
        ...

    def fetch(
        self, uids: Sequence[int], attributes: Sequence[bytes], reading: Reading
    ) -> AsyncIterator[list[Row]]:
        """Ask upstream for attributes in wire syntax, PEEK forms only; batches of bounded size.

        ``BINARY.PEEK[part]<partial>``, ``BINARY.SIZE[part]`` (RFC 3516) and ``PREVIEW`` (RFC 8970)
        are made here from what any upstream has. Raises UnknownEncoding for a part that can't be
        decoded.

        The access log has the records before the first row is handed out. A message without a row
        has left the view (observers are told ``gone``); where upstream shows no row of one that is
        still there, UpstreamUnavailable is raised. With Reading.OPEN the messages become \\Seen for
        this person (observers are told ``changed``, this session's too), except where the view is
        read-only.
        """
        ...

    async def store(
        self,
        uids: Sequence[int],
        mode: FlagMode,
        flags: Sequence[str],
        *,
        unchanged_since: int | None = None,
    ) -> Stored:
        """Change flags, status and assignee.

        With ``unchanged_since`` messages with a greater mod-sequence are left alone. Raises
        AlreadyTaken (after ``Observer.changed`` for the refused ones), UnknownStatus, NotPermitted,
        ReadOnly.
        """
        ...

    async def search(self, term: Term) -> list[int]:
        """Matching UIDs, ascending."""
        ...

    async def sort(self, term: Term, keys: Sequence[SortKey]) -> list[int]:
        """Matching UIDs in the order of ``keys`` (RFC 5256 §3); ties by arrival."""
        ...

    async def thread(self, term: Term, algorithm: Algorithm) -> list[ThreadNode]:
        """Matching UIDs as threads (RFC 5256 §3)."""
        ...

    async def copy(self, uids: Sequence[int], target: str) -> CopyResult: ...

    async def move(self, uids: Sequence[int], target: str) -> CopyResult:
        """The observer hears ``gone`` for what left before this returns."""
        ...

    async def expunge(self, uids: Sequence[int] | None) -> None:
        """Remove the messages with \\Deleted (among ``uids``, where given) for good."""
        ...

    async def refresh(self) -> None:
        """Bring the view up to what upstream has now, where that is cheap (NOOP, CHECK)."""
        ...

    def close(self) -> None: ...


class Mail(Protocol):
    """Everything one signed-in person may do with mail. One per IMAP connection."""

    @property
    def account(self) -> Account: ...

    @property
    def origin(self) -> Origin: ...

    @property
    def language(self) -> str:
        """Of the first mailbox: "en" or "ja"; for sentences."""
        ...

    def identify(self, client: str) -> None:
        """What the client said of itself (ID); goes into the records from now on."""
        ...

    def namespaces(self) -> Namespaces: ...

    def views(self) -> list[ViewInfo]:
        """The whole folder tree of this person, parents before children."""
        ...

    def left_over_subscriptions(self) -> list[str]:
        """Names this person has subscribed to and that are not among ``views`` any more."""
        ...

    async def open(self, name: str, *, read_only: bool, observer: Observer) -> OpenView: ...

    async def counts(self, name: str) -> ViewCounts: ...

    async def append(self, name: str, messages: Sequence[NewMessage]) -> AppendResult:
        """Store messages, all or none. Raises CannotDo, UpstreamError, …"""
        ...

    async def check_append(self, name: str) -> None:
        """Before a message is put together for this view: raises what ``append`` would because of
        the view or the person.
        """
        ...

    async def record_refused_append(self, name: str, why: str) -> None:
        """What the edge could not take as a message goes into the access log too.

        ``name`` is "" where it was not read that far. Raises StoreUnavailable.
        """
        ...

    async def referred(self, reference: Reference) -> Blob:
        """The octets a CATENATE URL names, recorded as a copy. Raises NoSuchReference."""
        ...

    async def create(self, name: str, special: Special | None = None) -> str:
        """Returns the new view's id (``ViewCounts.mailbox_id``), or "" where it is gone already.

        Raises also UnknownSpecial where the upstream can't give a folder this use.
        """
        ...

    async def delete(self, name: str) -> None: ...

    async def rename(self, name: str, to: str) -> None: ...

    async def subscribe(self, name: str, *, subscribed: bool) -> None: ...

    async def quota(self, name: str) -> list[QuotaRoot]:
        """As the upstream tells it; empty where it has no quota. Raises NoSuchView."""
        ...

    async def quota_root(self, root: str) -> QuotaRoot:
        """The root of this name, as ``quota`` names it. Raises CannotDo("no-quota-root")."""
        ...

    async def rights(self, name: str) -> str:
        """What this person may do there, as letters (RFC 4314 §2.1). Raises NoSuchView."""
        ...

    async def grants(self, name: str) -> list[tuple[str, str]]:
        """(login, letters): everybody's with the right *manage*, else this person's alone.

        Raises NoSuchView.
        """
        ...

    async def decline(self, name: str, what: str) -> None:
        """For what only the admin may change, "rights" or "quota": recorded, and never done.

        Raises CannotDo(what), and NoSuchView where ``name`` is a view that does not exist; "" is
        none.
        """
        ...

    async def annotations(self, name: str) -> Mapping[str, bytes]:
        """Entry → value (RFC 5464): this person's /private/…, and everybody's /shared/….

        ``name`` is "" for the server's own.
        """
        ...

    async def annotate(self, name: str, changes: Mapping[str, bytes | None]) -> None:
        """None removes. Raises NotPermitted, and CannotDo for too many or too long ones."""
        ...

    def follow(self, follower: Follower | None) -> None:
        """Tell ``follower`` of all views from now on, or nobody."""
        ...

    async def close(self) -> None:
        """Signed out or disconnected (logged)."""
        ...


class Front(Protocol):
    async def enter(self, account: Account, login: str, origin: Origin) -> Mail:
        """The mail of a signed-in account. ``login`` as typed: ``anna*support`` puts the mailbox
        *support* alone at the root. Raises NoSuchView for a mailbox without a grant.
        """
        ...


# ---------------------------------------------------------------- sending


@dataclass(frozen=True, slots=True)
class Submitted:
    """The message is with the upstream server. ``repeated`` = it was already, and not sent
    again.
    """

    message_id: str
    repeated: bool = False


class Guarded(Exception):
    """A guard stopped the mail (550 5.7.1). ``guard`` and ``facts`` choose the sentence.

    Guards: "answered", "done", "hold" (facts name, when), "claimed", "sending" (name) and
    "uncertain" (when). ``when`` is in microseconds since the epoch (0: not known), ``pause`` in
    seconds, both as decimal text; ``how`` the mail can be sent all the same is "pause", "mark" or
    "". ``language`` and ``zone`` are the mailbox's; None is the machine's zone.
    """

    def __init__(
        self, guard: str, language: str, facts: Mapping[str, str], zone: tzinfo | None = None
    ) -> None:
        super().__init__(guard, facts)
        self.guard = guard
        self.language = language
        self.facts = facts
        self.zone = zone


class SenderNotAllowed(Exception):
    """553 5.7.1: ``allowed`` are the addresses this person may write from."""

    def __init__(self, sender: str, allowed: Sequence[str], language: str) -> None:
        super().__init__(sender)
        self.sender = sender
        self.allowed = tuple(allowed)
        self.language = language


@dataclass(frozen=True, slots=True)
class Envelope:
    sender: str  # MAIL FROM, "" for <>
    recipients: tuple[str, ...]
    message: bytes  # with CRLF, dot-stuffing undone


class Submission(Protocol):
    def allowed_senders(self, account: Account) -> Sequence[str]:
        """The addresses of the mailboxes this person may answer from (right *respond*)."""
        ...

    def language(self, account: Account) -> str:
        """Of the first mailbox this person may answer from: "en" or "ja"; for sentences."""
        ...

    def check_sender(self, account: Account, sender: str) -> None:
        """At MAIL FROM already. Raises SenderNotAllowed; "" passes."""
        ...

    async def record_refused_sender(
        self, account: Account, refusal: SenderNotAllowed, origin: Origin
    ) -> None:
        """What ``check_sender`` stopped goes into the access log too. Raises StoreUnavailable."""
        ...

    async def submit(self, account: Account, envelope: Envelope, origin: Origin) -> Submitted:
        """Guards, relay, record. Returns once upstream said 250 and that is durable here.

        Raises Guarded, SenderNotAllowed, RelayRefused, RelayUnavailable, StoreUnavailable, Busy,
        CannotDo("malformed").
        """
        ...
