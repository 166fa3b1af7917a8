"""The truth of one shared mailbox in memory: folders, messages, conversations and views.

Mutable, and touched on the event loop only. Nothing here does I/O. Only ``change.py`` changes these
objects, after the database has committed the same change; everybody else reads.

Invariants (checked by ``Mailroom.reconcile`` when it is loaded):
- a message is in its folder's view, and in exactly those virtual views that ``places.views_of``
names;
- UIDs of a view ascend in the order of arrival, and none is used twice;
- every message belongs to exactly one conversation.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime

from proxyd.domain.guard import Answer
from proxyd.domain.keywords import keywords_in
from proxyd.service.api import Observer

# Mail there is written by us, thrown away, or lies elsewhere too.
_NO_WORK = frozenset({"\\sent", "\\drafts", "\\trash", "\\junk", "\\all", "\\flagged"})
_NO_MAIL = frozenset({"\\noselect", "\\nonexistent"})


def means_work(attributes: frozenset[str]) -> bool:
    """Whether an inbound message in a folder of these attributes is somebody's work."""
    return not attributes & (_NO_MAIL | _NO_WORK)


class Folder:
    """A real folder upstream and what of it is known."""

    __slots__ = (
        "attributes",
        "by_uid",
        "delimiter",
        "id",
        "keywords",
        "modseq",
        "name",
        "uidnext",
        "uidvalidity",
        "view",
    )

    def __init__(self, id_: int, name: str, delimiter: str, attributes: frozenset[str]) -> None:
        self.id = id_
        self.name = name
        self.delimiter = delimiter
        self.attributes = attributes
        self.uidvalidity = 0  # upstream's; 0 = not yet synchronised
        self.uidnext = 0
        self.modseq = 0
        self.keywords = False  # upstream keeps custom keywords
        self.by_uid: dict[int, Message] = {}  # upstream's UIDs
        self.view: View | None = None

    @property
    def selectable(self) -> bool:
        return not self.attributes & _NO_MAIL

    def keywords_in_use(self) -> set[str]:
        """In lower case. Few combinations of flags exist, however many messages."""
        sets = {(message.flags, message.local_keywords) for message in self.by_uid.values()}
        return {word for flags, local in sets for word in keywords_in((*flags, *local))}

    @property
    def working(self) -> bool:
        return means_work(self.attributes)

    @property
    def sent(self) -> bool:
        return "\\sent" in self.attributes


class Conversation:
    """The messages that belong together, with their one status and at most one assignee."""

    __slots__ = ("answers", "assignee", "id", "messages", "status")

    def __init__(self, id_: int, status: str, assignee: int | None) -> None:
        self.id = id_
        self.status = status
        self.assignee = assignee  # account id
        self.messages: list[Message] = []
        self.answers: list[Answer] = []


class Message:
    """A message in a folder upstream. A copy in another folder is another one."""

    __slots__ = (
        "automatic",
        "conversation",
        "flags",
        "folder",
        "id",
        "inbound",
        "internal_date",
        "local_keywords",
        "message_id",
        "seen_by",
        "size",
        "subject_digest",
        "uid",
        "views",
    )

    def __init__(
        self,
        *,
        folder: Folder,
        uid: int,
        conversation: Conversation,
        message_id: str,
        size: int,
        internal_date: str,
        flags: tuple[str, ...],
        inbound: bool,
        automatic: bool,
        subject_digest: str,
        local_keywords: tuple[str, ...] = (),
        id_: int = 0,
    ) -> None:
        self.id = id_  # 0 until the database has numbered it
        self.folder = folder
        self.uid = uid  # upstream's
        self.conversation = conversation
        self.message_id = message_id
        self.size = size
        self.internal_date = internal_date
        self.flags = flags
        self.local_keywords = local_keywords
        self.inbound = inbound
        self.automatic = automatic
        self.subject_digest = subject_digest
        self.seen_by: dict[int, bool] | None = None  # account id → own \Seen, where it differs
        self.views: dict[View, int] = {}  # where it is shown → under which UID

    @property
    def received_us(self) -> int:
        """INTERNALDATE in microseconds since the epoch; 0 where upstream's date is none."""
        return internal_date_us(self.internal_date)


def internal_date_us(text: str) -> int:
    """``17-Jul-1996 02:44:25 -0700`` (RFC 9051 §9 date-time) in microseconds since the epoch."""
    try:
        return int(datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z").timestamp() * 1_000_000)
    except ValueError:
        return 0


class View:
    """What a client selects: a folder or a virtual folder, with UIDs of its own."""

    __slots__ = ("id", "kind", "members", "observers", "subject", "uidnext", "uids", "uidvalidity")

    def __init__(self, id_: int, kind: str, subject: str, uidvalidity: int, uidnext: int) -> None:
        self.id = id_
        self.kind = kind  # "folder", "status", "assignee", "unassigned"
        self.subject = subject  # folder id, status key, account id, ""
        self.uidvalidity = uidvalidity
        self.uidnext = uidnext
        self.uids: list[int] = []  # ascending
        self.members: dict[int, Message] = {}
        self.observers: dict[Observer, int] = {}  # who has it open → account id

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject

    def enter(self, uid: int, message: Message) -> None:
        """Put a message in under a UID greater than all before it."""
        self.uids.append(uid)
        self.members[uid] = message
        message.views[self] = uid
        self.uidnext = max(self.uidnext, uid + 1)

    def leave(self, uids: list[int]) -> None:
        """Take messages out; linear in the size of the view however many they are."""
        if len(uids) == 1:
            del self.uids[bisect_left(self.uids, uids[0])]
        else:
            gone = set(uids)
            self.uids = [uid for uid in self.uids if uid not in gone]
        for uid in uids:
            message = self.members.pop(uid)
            if message.views.get(self) == uid:
                del message.views[self]


# Marks of messages that went are kept for so many: enough for a big folder renamed in webmail.
GONE_REMEMBERED = 20_000
COPIES_LOOKED_AT = 100  # of one Message-ID; more are a machine's that gives all the same one


@dataclass(slots=True)
class MailboxState:
    """Everything of one shared mailbox."""

    folders: dict[int, Folder] = field(default_factory=dict)  # by id
    conversations: dict[int, Conversation] = field(default_factory=dict)
    views: dict[tuple[str, str], View] = field(default_factory=dict)  # by (kind, subject)
    threads: dict[str, Conversation] = field(default_factory=dict)  # Message-ID → conversation
    arrived: set[str] = field(default_factory=set)  # Message-IDs that are no new mail any more
    by_message_id: dict[str, list[Message]] = field(default_factory=dict)

    # Messages with marks of ours that went lately: somebody may have moved them in webmail.
    gone: dict[tuple[str, int], Message] = field(default_factory=dict)

    def remember_gone(self, message: Message) -> None:
        if message.seen_by or message.local_keywords:
            self.gone.pop((message.message_id, message.size), None)
            self.gone[message.message_id, message.size] = message
            if len(self.gone) > GONE_REMEMBERED:
                del self.gone[next(iter(self.gone))]

    def origin_of(self, message_id: str, size: int) -> Message | None:
        """The same mail as it lies in another folder, or lay there until lately."""
        copies = self.by_message_id.get(message_id, ())
        here = (m for m in copies[:COPIES_LOOKED_AT] if m.size == size)
        return next(here, None) or self.gone.get((message_id, size))

    def folder_named(self, name: str) -> Folder | None:
        return next((f for f in self.folders.values() if f.name == name), None)

    def special_folder(self, attribute: str) -> Folder | None:
        """The selectable folder with this special use (lower case, with the backslash)."""
        return next(
            (f for f in self.folders.values() if attribute in f.attributes and f.selectable), None
        )

    def messages(self) -> list[Message]:
        return [m for folder in self.folders.values() for m in folder.by_uid.values()]
