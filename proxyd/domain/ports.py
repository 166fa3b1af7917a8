"""What the service layer needs from the adapters, as protocols (DESIGN.md §5).

``store`` and ``upstream`` implement these; ``service`` knows nothing else of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from proxyd.domain.errors import UpstreamError
from proxyd.domain.types import Account, Blob, LogRecord, Right, SharedMailbox

T = TypeVar("T")

# ---------------------------------------------------------------- upstream IMAP


@dataclass(frozen=True, slots=True)
class UpstreamFolder:
    name: str  # UTF-8, with the upstream's own delimiter
    delimiter: str  # "" where the hierarchy is flat
    attributes: frozenset[str]  # lower case, with the backslash: "\\sent", "\\noselect"

    @property
    def selectable(self) -> bool:
        return not self.attributes & {"\\noselect", "\\nonexistent"}


@dataclass(frozen=True, slots=True)
class FolderStatus:
    uidvalidity: int
    uidnext: int  # 0 where the server does not say it
    messages: int
    highestmodseq: int | None  # None where the server has no CONDSTORE


@dataclass(frozen=True, slots=True)
class FlagRow:
    """``left_out``: how many of the provider's words can't be flags, and are shown to nobody."""

    uid: int
    flags: tuple[str, ...]  # without \\Recent
    left_out: int = 0
    known: bool = True  # False: the mail is there, and its flags can't be told


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """What the index needs of a message.

    ``trouble``: why the provider does not tell it; then the rest is as far as it is known, and the
    header is empty.
    """

    uid: int
    flags: tuple[str, ...]
    size: int  # 0 where it is not known
    internal_date: str  # as on the wire, without the quotes: "17-Jul-1996 02:44:25 -0700"
    header: bytes  # the header fields asked for, raw, with CRLF
    left_out: int = 0  # see FlagRow
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ContentRow:
    """Answered FETCH attributes of one message, in the server's order.

    Keys are the attribute names as the server wrote them (``BODY[1.2]<0>``), without UID and FLAGS
    unless asked for. A value is the wire text verbatim (quoted string, NIL, list, or a literal with
    its ``{n}CRLF``), or a Blob (spooled): the literal's octets alone.

    ``trouble``: why the provider does not tell all that was asked for of this mail.
    """

    uid: int
    values: Mapping[bytes, bytes | Blob]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class CopyMap:
    """COPYUID (RFC 4315 §3): where each source UID went in the target folder."""

    uidvalidity: int
    uids: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class UpstreamQuota:
    """A quota root (RFC 9208 §3.2) as the provider calls it, and its numbers."""

    root: str
    resources: tuple[tuple[str, int, int], ...]  # (name in upper case, usage, limit)


@dataclass(frozen=True, slots=True)
class AppendedMail:
    """One of several mails for one APPEND."""

    flags: tuple[str, ...]
    internal_date: str | None
    content: Blob
    binary: bool = False  # it holds NUL


class UpstreamMailbox(Protocol):
    """The provider's side of one shared mailbox, over a bounded number of connections.

    Every method may raise UpstreamUnavailable, UpstreamSignInRefused, UpstreamRefused,
    UpstreamFolderMissing; those that name UIDs also UidValidityChanged when the folder's
    UIDVALIDITY is not ``uidvalidity``. ``uids`` may be in any order; they are sent as a compact
    set. No method holds a connection while its caller does something else.
    """

    async def capabilities(self) -> frozenset[str]:
        """Upper case; signs in where necessary."""
        ...

    async def list_folders(self) -> list[UpstreamFolder]: ...

    async def status(
        self, folders: Sequence[str], refused: dict[str, UpstreamError] | None = None
    ) -> dict[str, FolderStatus]:
        """One pipelined round trip for all; folders that are gone are left out.

        Those that the provider does not count, nor open, are put into ``refused``.
        """
        ...

    async def accepts_keywords(self, folder: str) -> bool:
        """True where PERMANENTFLAGS has ``\\*``."""
        ...

    async def scan_flags(
        self, folder: str, uidvalidity: int, *, changed_since: int | None = None
    ) -> list[FlagRow]:
        """UID and FLAGS of every message (or of those changed since a mod-sequence, RFC 7162)."""
        ...

    async def scan_headers(
        self, folder: str, uidvalidity: int, uids: Sequence[int], fields: Sequence[str]
    ) -> list[HeaderRow]: ...

    async def fetch(
        self,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        attributes: Sequence[bytes],
        *,
        octets: int = 0,
    ) -> list[ContentRow]:
        """Attributes in wire syntax (``BODY.PEEK[1]<0.100>``). Big literals come spooled as Blobs.

        The caller bounds what one call may bring (see service/mail/reading.py). ``octets``: about
        how many that is, where the caller knows; many wait behind what people wait for.
        """
        ...

    async def known(
        self, folder: str, uidvalidity: int, uids: Sequence[int], attributes: Sequence[bytes]
    ) -> list[ContentRow]:
        """The rows ``fetch`` would bring in full without asking the provider."""
        ...

    def gone(self, folder: str, uidvalidity: int, uids: Collection[int]) -> None:
        """These messages are there no more: nothing of them needs to be kept."""
        ...

    async def search(self, folder: str, uidvalidity: int, criteria: bytes) -> list[int]:
        """UID SEARCH CHARSET UTF-8 (where the criteria are not ASCII) with the keys verbatim."""
        ...

    async def store_flags(
        self, folder: str, uidvalidity: int, uids: Sequence[int], mode: str, flags: Sequence[str]
    ) -> list[FlagRow]:
        """``mode`` is "+", "-" or "=". Returns the flags as they are afterwards."""
        ...

    async def copy(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        """None where the server has no UIDPLUS."""
        ...

    async def move(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        """MOVE (RFC 6851), or COPY, STORE \\Deleted and (UID) EXPUNGE where it is missing."""
        ...

    async def expunge(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
        """Remove these messages for good (they need not have \\Deleted yet)."""
        ...

    async def append(
        self,
        folder: str,
        flags: Sequence[str],
        internal_date: str | None,
        message: Blob,
        *,
        binary: bool = False,
    ) -> tuple[int, int] | None:
        """(UIDVALIDITY, UID), or None where the server has no UIDPLUS.

        ``binary``: the message holds NUL; only for servers with BINARY (RFC 3516 §4.4).
        """
        ...

    async def append_all(
        self, folder: str, mails: Sequence[AppendedMail]
    ) -> tuple[int, Sequence[int]] | None:
        """One command, all or none; only for servers with MULTIAPPEND (RFC 3502).

        (UIDVALIDITY, UIDs in the order of the mails), or None where the server has no UIDPLUS.
        """
        ...

    async def create(self, folder: str, use: str = "") -> None:
        """``use``: a special use (RFC 6154 §3), only for servers with CREATE-SPECIAL-USE."""
        ...

    async def delete(self, folder: str) -> None: ...

    async def rename(self, folder: str, to: str) -> None: ...

    async def quota_roots(self, folder: str) -> list[UpstreamQuota]:
        """What bounds this folder; empty where the server has no QUOTA."""
        ...

    async def quota(self, root: str) -> UpstreamQuota | None:
        """One root by its name; None where the server has no QUOTA or tells nothing."""
        ...

    def watch(
        self, folder: str, changed: Callable[[], None], line: Callable[[bool, str], None]
    ) -> None:
        """Keep one connection in IDLE (or polling) on ``folder`` from now on.

        ``changed()`` is called, on the event loop, whenever the server says anything about the
        folder; ``line(up, reason)`` when the line comes up (again) or goes down. Reconnects by
        itself.
        """
        ...

    async def close(self) -> None: ...


# ---------------------------------------------------------------- upstream SMTP


class Relay(Protocol):
    """The provider's submission server of one shared mailbox."""

    async def send(self, sender: str, recipients: Sequence[str], message: bytes) -> None:
        """Returns when the server said 250 for all recipients.

        Raises RelayRefused (nothing was sent, not even to some) or RelayUnavailable.
        """
        ...

    async def probe(self) -> list[str]:
        """Sign in and out; returns the EHLO keywords. Raises the same errors as ``send``."""
        ...


# ---------------------------------------------------------------- store


class Store(Protocol):
    """The database. ``work`` runs in the database's own thread, inside a transaction.

    Writes are committed in groups and are durable when ``write`` returns; they are carried out in
    the order of the calls. A ``work`` that raises leaves no trace and does not disturb the others
    of its group. Raises StoreUnavailable when the database can't be written or read.
    """

    async def write(self, work: Callable[[Transaction], T]) -> T: ...

    async def read(self, work: Callable[[Transaction], T]) -> T: ...

    async def changed_by_others(self) -> bool:
        """Whether another process committed anything since the last call. Cheap."""
        ...


class Transaction(Protocol):
    """The repositories, bound to one transaction. Use only inside ``work``."""

    @property
    def accounts(self) -> AccountStore: ...

    @property
    def mailboxes(self) -> MailboxStore: ...

    @property
    def log(self) -> AccessLog: ...

    @property
    def mail(
        self,
    ) -> Any: ...  # proxyd.store.mail.MailStore; its port is service/mailstate's business

    @property
    def annotations(self) -> AnnotationStore: ...

    @property
    def begun(self) -> BegunStore: ...

    @property
    def owed(self) -> OwedStore: ...

    @property
    def departures(self) -> DepartureStore: ...

    @property
    def conversations(self) -> ConversationStore: ...

    @property
    def outbox(self) -> Any: ...  # proxyd.store.outbox.OutboxStore

    @property
    def sent_copies(self) -> Any: ...  # proxyd.store.sent_copies.SentCopyStore

    @property
    def restored(self) -> RestoredStore: ...


class RestoredStore(Protocol):
    """What becomes of the rows when an older copy of the database goes on as the truth."""

    def place(self) -> str | None:
        """The mark of ``set_place``; None where there was none yet."""
        ...

    def set_place(self, mark: str) -> None: ...

    def note_time(self, at_us: int) -> None: ...

    def sent_before(self, mailbox_id: int, message_id: str) -> int | None:
        """When a mail of ours that only the provider knows of was stored there, in microseconds."""
        ...

    def renumber(self, now_us: int) -> None:
        """No UIDVALIDITY that a client has seen, and no number again of what was lost."""
        ...

    def forget_wishes(self) -> dict[str, int]:
        """Do nothing at the provider that was to be done then; how many of which kind."""
        ...


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as it is now."""

    number: int
    mailbox: str  # the shared mailbox's name
    status: str
    assignee: str  # login; "" = nobody
    changed_us: int  # of status, assignee or membership


class ConversationStore(Protocol):
    """Reads only."""

    def find(self, number: int) -> ConversationRow | None: ...

    def of_message(self, message_id: str) -> list[int]:
        """In each shared mailbox that knows the mail, the oldest conversation first."""
        ...

    def message_ids(self, number: int) -> list[str]: ...

    def all(
        self, mailbox: str | None, status: str | None, assignee: str | None, limit: int
    ) -> list[ConversationRow]:
        """What was changed last comes first. ``assignee`` "" is nobody; None asks for anything."""
        ...


class AnnotationStore(Protocol):
    """A view of None is the server, an account of None everybody (RFC 5464)."""

    def of_view(self, view_id: int | None, account_id: int) -> dict[str, bytes]:
        """Entry → value: this person's and everybody's."""
        ...

    def count_of_account(self, account_id: int) -> int: ...

    def count_shared(self, view_id: int) -> int: ...

    def change(
        self, view_id: int | None, account_id: int | None, changes: Mapping[str, bytes | None]
    ) -> None: ...


class AccountStore(Protocol):
    def all(self) -> list[Account]: ...

    def find(self, login: str) -> tuple[Account, str] | None:
        """The account and its password hash."""
        ...

    def password_hashes(self) -> dict[int, str]:
        """By account id; whoever knows an old one sees that a password was changed."""
        ...

    def add(self, login: str, name: str, role: str, password_hash: str) -> Account:
        """Raises AlreadyExists."""
        ...

    def set_password(self, account_id: int, password_hash: str) -> None: ...

    def set_disabled(self, account_id: int, disabled: bool) -> None: ...  # noqa: FBT001

    def set_away(self, account_id: int, until_us: int | None) -> None:
        """``until_us``: microseconds since the epoch; None = back."""
        ...

    def set_name(self, account_id: int, name: str) -> None: ...

    def grant(self, account_id: int, mailbox_id: int, right: Right) -> None: ...

    def revoke(self, account_id: int, mailbox_id: int) -> None: ...

    def remove(self, account_id: int) -> None: ...


@dataclass(frozen=True, slots=True)
class HalfDoneMail:
    digest: bytes  # SHA-256 of its octets without CR; b"" where it is not needed
    uid: int | None = None  # None: no answer yet; 0: stored, and nobody told the UID


@dataclass(frozen=True, slots=True)
class HalfDone:
    """Mails that go to a provider one by one and are to be there all or none."""

    folder: str
    uidvalidity: int
    uidnext: int  # before the first of them
    marked: bool  # each has our keyword until all are there
    mails: tuple[HalfDoneMail, ...]  # at least one, in the order they are asked for


class BegunStore(Protocol):
    """What a provider has been asked to do and is not recorded as done yet."""

    def begin(self, mailbox_id: int, at_us: int, records: Sequence[LogRecord]) -> int:
        """``records``, at least one, are of one action of one person. Returns its number."""
        ...

    def finish(self, ids: Collection[int]) -> None: ...

    def interrupted(self, mailbox_id: int) -> list[tuple[int, int, list[LogRecord]]]:
        """Number, when it was begun, and what would have been recorded; without the half-done."""
        ...

    def begin_mails(self, number: int, what: HalfDone) -> None:
        """What was begun as ``number`` stores these mails one by one."""
        ...

    def stored_mail(self, number: int, position: int, uid: int) -> None:
        """The provider has it; a ``uid`` of 0 where it did not say as which."""
        ...

    def half_done(self, mailbox_id: int) -> list[tuple[int, int, list[LogRecord], HalfDone]]:
        """As ``interrupted``, with the mails and how far it got."""
        ...


@dataclass(frozen=True, slots=True)
class OwedFlag:
    """A flag of a message that was changed here, and the provider has still to be told."""

    flag: str  # as it was written
    wanted: bool  # there, or not there
    at_us: int
    actor: str  # the login of who wanted it

    @property
    def word(self) -> str:
        """Flags are the same in any case (RFC 9051 §2.3.2)."""
        return self.flag.lower()


class OwedStore(Protocol):
    """At most one for each message and word: what was wanted last."""

    def all(self, mailbox_id: int) -> list[tuple[int, OwedFlag]]:
        """With the message's number, the oldest first."""
        ...

    def count(self, mailbox_id: int) -> tuple[int, int]:
        """How many, and since when (0 where there are none)."""
        ...

    def owe(self, changes: Iterable[tuple[int, OwedFlag]]) -> None: ...

    def settle(self, keys: Collection[tuple[int, str]]) -> None:
        """(message, word): nothing is owed any more."""
        ...


@dataclass(frozen=True, slots=True)
class DepartureRow:
    """What a person has said of one UID of a view that is to leave it."""

    account_id: int
    view_id: int
    uid: int
    deleted: bool
    into: str  # the virtual folder it was copied into last, "" = none
    copies: tuple[int, ...]  # the ids of its copies in folders
    at_us: int  # of the last copy


class DepartureStore(Protocol):
    """At most one for each person, view and UID; goes with the UID. Beside them, whose a draft
    is.
    """

    def all(self, mailbox_id: int) -> list[DepartureRow]: ...

    def forget(self, mailbox_id: int, before_us: int) -> None:
        """Copies made before then that no \\Deleted has followed."""
        ...

    def add(self, rows: Iterable[DepartureRow]) -> None: ...

    def remove(self, keys: Iterable[tuple[int, int, int]]) -> None:
        """(account, view, UID)"""
        ...

    def drafts(self, mailbox_id: int) -> dict[int, int]:
        """Message → account."""
        ...

    def add_draft(self, message_id: int, account_id: int) -> None: ...


class MailboxStore(Protocol):
    def all(self) -> list[SharedMailbox]: ...

    def find(self, name: str) -> SharedMailbox | None: ...

    def add(self, mailbox: SharedMailbox, sealed_password: bytes) -> SharedMailbox:
        """``mailbox.id`` is disregarded. Raises AlreadyExists."""
        ...

    def update(self, mailbox: SharedMailbox) -> None: ...

    def sealed_password(self, mailbox_id: int) -> bytes: ...

    def set_sealed_password(self, mailbox_id: int, sealed: bytes) -> None: ...

    def remove(self, mailbox_id: int) -> None: ...

    def epoch(self) -> int:
        """Grows with every change of accounts, grants or mailboxes; cheap to ask."""
        ...


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record of the access log as it stands in the chain."""

    number: int  # 1, 2, 3, … without gaps
    at_us: int
    record: LogRecord
    chain: bytes  # HMAC-SHA256 over the previous record's chain and this record


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Criteria are joined by AND; None asks for anything."""

    actor: str | None = None
    # Its own records, and those of its conversation that concern every mail in it
    # (events.OF_CONVERSATION): who answered a mail stands under the answer's Message-ID.
    message_id: str | None = None
    mailbox: str | None = None
    action: str | None = None
    outcome: str | None = None
    address: str | None = None  # an IP address, or a network: 192.0.2.0/24
    conversation: int | None = None
    since_us: int | None = None
    until_us: int | None = None  # exclusive
    after_number: int = 0  # keyset paging: records with a greater number
    limit: int | None = None
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class LogFault:
    """What is wrong with the record ``number``.

    "missing": there is no such record although later ones exist. "changed": its content is not what
    was written. "chain": it does not follow from the record before it (put in, swapped, or its
    chain value altered).

    What lies around the records, where the chain does not look: "added": a record with a number
    below the first. "emptied": none is left. "foreign": ``what`` (a trigger, a view, a table or
    index of other make) decides what is written and found. "index": searches don't find all.
    """

    kind: str
    number: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class LogCheck:
    """How far the chain was followed: the last good record, its chain value, how many were good."""

    number: int
    chain: bytes
    count: int
    fault: LogFault | None


@dataclass(frozen=True, slots=True)
class LogSeal:
    """The records up to ``number`` were chained under a former master key."""

    number: int
    chain: bytes | None  # of the last of them; None where there are none
    digest: str  # over all of them


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the access log at some time, kept outside the database."""

    number: int
    chain: bytes


class AnchorKeeper(Protocol):
    """Where the anchor is kept. Blocks: call it off the event loop."""

    def read(self) -> Anchor | None:
        """None where none was kept yet. Raises StoreUnavailable for one that cannot be read."""
        ...

    def write(self, anchor: Anchor) -> None:
        """On disk when it returns; never half of it."""
        ...


class AccessLog(Protocol):
    def append(self, records: Iterable[LogRecord]) -> None:
        """Number, chain and insert, in this transaction."""
        ...

    def search(self, query: LogQuery) -> list[StoredRecord]: ...

    def actors(self) -> list[str]:
        """Everybody who did anything."""
        ...

    def head(self) -> tuple[int, bytes]:
        """Number and chain value of the last record; (0, …) for an empty log."""
        ...

    def check(self, after: int, chain: bytes | None, limit: int) -> LogCheck:
        """Compute the chain of up to ``limit`` records after number ``after`` again.

        ``chain`` is that record's value; None at the beginning of the log.
        """
        ...

    def seal(self) -> LogSeal | None:
        """Up to where the records are of a former key, and what they must be."""
        ...

    def seal_fault(self, seal: LogSeal) -> LogFault | None:
        """ "missing" as ``check``; "sealed": one of the records up to this number was changed."""
        ...

    def surroundings(self, *, indexes: bool) -> LogFault | None:
        """Whether a search and ``check`` look at the same rows, and nothing meddles with them.

        Looking at the indexes takes as long as following the chain; the rest no time.
        """
        ...


# ---------------------------------------------------------------- secrets


class Sealer(Protocol):
    """Encrypts secrets under the master key (authenticated; bound to ``context``)."""

    def seal(self, secret: str, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> str:
        """Raises ValueError when the key or the context is another one, or a bit changed."""
        ...


class PasswordHasher(Protocol):
    """argon2id. Slow on purpose: call it off the event loop."""

    def hash(self, password: str) -> str: ...

    def verify(self, password: str, password_hash: str) -> bool: ...

    def verify_nobody(self, password: str) -> None:
        """Take the time ``verify`` takes, for a login that does not exist."""
        ...
