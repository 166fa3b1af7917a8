"""The truth of one shared mailbox in memory: folders, messages, conversations and views.

Mutable, and touched on the event loop only. Nothing here does I/O. Only ``change.py`` changes these
objects, after the database has committed the same change; everybody else reads.

Invariants (mended by ``loading.py`` at the beginning):
- a message is in its folder's view, and in exactly those virtual views that ``places.views_of``
names;
- UIDs of a view ascend in the order of arrival, and none is used twice;
- every message belongs to exactly one conversation;
- no mod-sequence of a message is greater than that of a view it is in, and none of a view is
greater than the mailbox's.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass

from proxyd.domain import held, notes
from proxyd.domain.folder_work import NO_MAIL, means_work
from proxyd.domain.guard import Answer
from proxyd.domain.internal_date import internal_date_us
from proxyd.domain.keywords import SYSTEM, keywords_in
from proxyd.service.api.open_view import Observer
from proxyd.service.mailbox.departures import Departures
from proxyd.service.mailbox.vanished import VanishedUids


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
        "unkept",
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
        self.keywords = False  # upstream keeps custom keywords; not known before uidvalidity is
        # System flags that upstream doesn't keep; None: not known, or in doubt.
        self.unkept: frozenset[str] | None = None
        self.by_uid: dict[int, Message] = {}  # upstream's UIDs
        self.view: View | None = None

    @property
    def selectable(self) -> bool:
        return not self.attributes & NO_MAIL

    def keeps(self, flag: str) -> bool:
        """Whether upstream does, as far as we know."""
        return flag not in (self.unkept or ()) if flag in SYSTEM else self.keywords

    def keywords_in_use(self) -> set[str]:
        """In lower case. Few combinations of flags exist, however many messages."""
        used = () if self.view is None else self.view.flag_sets
        return {word for flags, local in used for word in keywords_in((*flags, *local))}

    @property
    def working(self) -> bool:
        return means_work(self.attributes)

    @property
    def sent(self) -> bool:
        return "\\sent" in self.attributes

    @property
    def notes(self) -> bool:
        """That of the internal notes, which no provider has."""
        return notes.ATTRIBUTE in self.attributes

    @property
    def note_drafts(self) -> bool:
        """That of the notes that are not written to their end."""
        return notes.DRAFTS_ATTRIBUTE in self.attributes

    @property
    def reminders(self) -> bool:
        """That of what proxyd itself tells all colleagues."""
        return notes.REMINDERS_ATTRIBUTE in self.attributes

    @property
    def ours(self) -> bool:
        """No provider has it."""
        return self.held or not self.attributes.isdisjoint(notes.FOLDERS.values())

    @property
    def held(self) -> bool:
        """That of mails that wait before they leave."""
        return not self.attributes.isdisjoint(held.FOLDERS.values())

    @property
    def approves(self) -> bool:
        """What is dropped there is approved."""
        return held.APPROVE_ATTRIBUTE in self.attributes


@dataclass(frozen=True, slots=True)
class WaitingClock:
    """When a conversation was what, in microseconds; None: it never was, or is not.

    ``waits_us``: since when somebody outside waits for us, times on hold not counted; None where
    nobody does (service/mailbox/deadlines.py). ``due_us``: when that is too long; None also where
    there is no goal.
    """

    finished_us: int | None = None  # done last
    resumed_us: int | None = None  # neither done nor on hold since then
    until_us: int | None = None  # on hold until then
    waits_us: int | None = None
    due_us: int | None = None  # not kept: hours and holidays change
    overdue: bool = False
    returns: tuple[str, ...] = ()  # the words of the folders for what comes back then; not kept

    def next_us(self) -> int | None:
        """When something of it changes by time alone; None: never."""
        if self.until_us is not None:
            return self.until_us
        return None if self.overdue else self.due_us


STOPPED = WaitingClock()


class Conversation:
    """The messages that belong together, with their one status and at most one assignee."""

    __slots__ = (
        "answers",
        "assignee",
        "clock",
        "id",
        "messages",
        "modseq",
        "replying",
        "status",
    )

    def __init__(self, id_: int, status: str, assignee: int | None, modseq: int = 1) -> None:
        self.id = id_
        self.status = status
        self.assignee = assignee  # account id
        # Of the last change of status, assignee or membership; 0 = changed without us.
        self.modseq = modseq
        self.messages: list[Message] = []
        self.answers: list[Answer] = []
        self.replying: tuple[int, ...] = ()  # accounts that write an answer just now
        self.clock = STOPPED


class Message:
    """A message in a folder upstream. A copy in another folder is another one."""

    __slots__ = (
        "automatic",
        "conversation",
        "correspondents",
        "flags",
        "folder",
        "id",
        "inbound",
        "internal_date",
        "local_keywords",
        "message_id",
        "modseq",
        "origin",
        "seen_by",
        "sent_us",
        "size",
        "subject_digest",
        "thread",
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
        modseq: int = 1,
        origin: int = 0,
        thread: int = 0,
        correspondents: bytes | None = None,
        sent_us: int | None = None,
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
        self.correspondents = correspondents  # see correspondents.py; None = not known
        self.sent_us = sent_us  # by its Date; None = it has none, or not known
        # Of the last change of its flags, or of where it is shown; 0 = changed without us.
        self.modseq = modseq
        self.origin = origin  # id of the message this one is a copy of; 0 = of none
        # Id of the conversation it came into; 0 until the database has numbered that.
        self.thread = thread
        # Account id → own \Seen, where it differs: its mod-sequence, negative for "not seen".
        self.seen_by: dict[int, int] | None = None
        self.views: dict[View, int] = {}  # where it is shown → under which UID

    def set_flags(self, flags: tuple[str, ...], local_keywords: tuple[str, ...]) -> None:
        old, new = (self.flags, self.local_keywords), (flags, local_keywords)
        self.flags, self.local_keywords = new
        for view in self.views:
            view.count_flags(old, -1)
            view.count_flags(new, 1)

    def own_seen(self, account_id: int) -> bool | None:
        """None: this person has no own \\Seen here."""
        own = None if self.seen_by is None else self.seen_by.get(account_id)
        return None if own is None else own > 0

    def set_own_seen(self, account_id: int, modseq: int, *, seen: bool) -> None:
        if self.seen_by is None:
            self.seen_by = {}
        self.seen_by[account_id] = modseq if seen else -modseq

    def modseq_for(self, account_id: int) -> int:
        """Grows whenever the flags change that this person sees (RFC 7162 §3.1)."""
        shared = max(self.modseq, self.conversation.modseq)
        if self.seen_by is None:
            return shared
        return max(shared, abs(self.seen_by.get(account_id, 0)))

    @property
    def received_us(self) -> int:
        """INTERNALDATE in microseconds since the epoch."""
        return internal_date_us(self.internal_date)


@dataclass(frozen=True, slots=True)
class PersonalCount:
    """How many messages of which kind one person has in a view, at a mod-sequence."""

    modseq: int
    messages: int
    unseen: int
    size: int
    deleted: int
    deleted_size: int


class View:
    """What a client selects: a folder or a virtual folder, with UIDs of its own."""

    __slots__ = (
        "_snapshot",
        "counts",
        "departures",
        "flag_sets",
        "id",
        "kind",
        "members",
        "modseq",
        "observers",
        "old_before",
        "saved_us",
        "subject",
        "told_recent",
        "uidnext",
        "uids",
        "uidvalidity",
        "vanished",
    )

    def __init__(
        self, id_: int, kind: str, subject: str, uidvalidity: int, uidnext: int, modseq: int = 1
    ) -> None:
        self.id = id_
        # "folder", "status", "assignee", "unassigned", "overdue", "until", "mentions"
        self.kind = kind
        self.subject = subject  # folder id, status key, account id, word of hold_until.py, ""
        self.uidvalidity = uidvalidity
        self.uidnext = uidnext
        self.modseq = modseq  # HIGHESTMODSEQ
        self.vanished = VanishedUids(modseq)
        self.uids: array[int] = array("I")  # ascending
        self._snapshot: array[int] | None = None
        self.saved_us: array[int] = array("q")  # beside the UIDs: when each came in, 0 = unknown
        self.members: dict[int, Message] = {}
        self.departures = Departures()
        self.observers: dict[Observer, int] = {}  # who has it open → account id
        # What flags and keywords of ours the messages have → how many have them. Few combinations.
        self.flag_sets: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        # account id → what was counted last, see counting.py
        self.counts: dict[int, PersonalCount] = {}
        # What was there at the beginning is not recent: docs/decisions/014.
        self.old_before = uidnext
        # Account id → the UID behind those that a SELECT of this person was told of.
        self.told_recent: dict[int, int] = {}

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject

    def recent_from(self, account_id: int) -> int:
        return self.told_recent.get(account_id, self.old_before)

    def recent_told(self, account_id: int, up_to: int) -> None:
        if up_to >= self.recent_from(account_id):
            self.told_recent[account_id] = up_to + 1

    def count_from(self, uid: int) -> int:
        return len(self.uids) - self.place_of(uid)

    def place_of(self, uid: int) -> int:
        """Where it stands among the UIDs, or would stand."""
        return bisect_left(self.uids, uid)

    def snapshot(self) -> array[int]:
        """The UIDs as they are now; one array for all who ask, and nobody alters it."""
        if self._snapshot is None:
            self._snapshot = self.uids[:]
        return self._snapshot

    def count_flags(self, key: tuple[tuple[str, ...], tuple[str, ...]], by: int) -> None:
        count = self.flag_sets.get(key, 0) + by
        if count:
            self.flag_sets[key] = count
        else:
            del self.flag_sets[key]

    def enter(self, uid: int, message: Message, saved_us: int) -> None:
        """Put a message in under a UID greater than all before it."""
        self._snapshot = None
        self.count_flags((message.flags, message.local_keywords), 1)
        self.uids.append(uid)
        self.saved_us.append(saved_us)
        self.members[uid] = message
        message.views[self] = uid
        self.uidnext = max(self.uidnext, uid + 1)

    def leave(self, uids: list[int]) -> None:
        """Take messages out; linear in the size of the view however many they are."""
        self._snapshot = None
        if len(uids) == 1:
            place = self.place_of(uids[0])
            del self.uids[place], self.saved_us[place]
        else:
            gone = set(uids)
            stay = [place for place, uid in enumerate(self.uids) if uid not in gone]
            self.saved_us = array("q", [self.saved_us[place] for place in stay])
            self.uids = array("I", [self.uids[place] for place in stay])
        self.departures.left(uids)
        for uid in uids:
            message = self.members.pop(uid)
            self.count_flags((message.flags, message.local_keywords), -1)
            if message.views.get(self) == uid:
                del message.views[self]

    def saved_at(self, uid: int) -> int | None:
        """When the message came into this view; None where that is not known, or it is gone."""
        place = self.place_of(uid)
        if place == len(self.uids) or self.uids[place] != uid:
            return None
        return self.saved_us[place] or None
