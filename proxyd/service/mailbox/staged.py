"""What a change of a shared mailbox consists of, before anything of it has happened.

Plain collections, filled by ``change.py`` and read by ``plan.py`` (which views), ``rows.py`` (the
database) and ``effects.py`` (memory). Knows what the truth will be, and alters nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TypedDict

from proxyd.domain.deleting import Half
from proxyd.domain.folder_work import means_work
from proxyd.domain.guard import Answer
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.mail_rows import StoredLeft
from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.ports.parted import ReadAnew
from proxyd.domain.replying import DraftAnswer
from proxyd.domain.turns import EndedTurn
from proxyd.domain.types import LogRecord
from proxyd.service.mailbox.departures import Departure, Trashed
from proxyd.service.mailbox.model import (
    Conversation,
    Folder,
    Message,
    View,
    WaitingClock,
)

Flags = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownId:
    """What is known of a Message-ID; ``came_us`` is 0 where nobody knows."""

    conversation: Conversation
    arrived: bool = False
    came_us: int = 0


class FolderMarks(TypedDict, total=False):
    """What of a folder is set anew: attributes of ``model.Folder``."""

    name: str
    attributes: frozenset[str]
    uidvalidity: int
    uidnext: int
    modseq: int
    keywords: bool
    unkept: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Unnumbered:
    """``other`` is the conversation that it was joined with, or split off from."""

    record: LogRecord
    conversation: Conversation
    other: Conversation | None = None


@dataclass(slots=True)
class Staged:
    records: list[LogRecord] = field(default_factory=list)
    # Of conversations that have no number yet; it is put in when they are written.
    unnumbered: list[Unnumbered] = field(default_factory=list)
    also: list[Callable[[Transaction], None]] = field(default_factory=list)
    shown_anew: bool = False  # a folder that shows only while something is in it
    status: dict[Conversation, str] = field(default_factory=dict)
    assignee: dict[Conversation, int | None] = field(default_factory=dict)
    new_conversations: list[Conversation] = field(default_factory=list)
    joined: dict[Conversation, Conversation] = field(default_factory=dict)  # swallowed → swallowing
    moved: dict[Message, Conversation] = field(default_factory=dict)  # into one of their own
    moved_answers: dict[Conversation, list[tuple[Conversation, Answer]]] = field(
        default_factory=dict
    )  # from where → whose they are now
    parted: list[tuple[Conversation, Conversation]] = field(default_factory=list)
    threads: dict[str, KnownId] = field(default_factory=dict)
    left: dict[str, StoredLeft] = field(default_factory=dict)  # by Message-ID, see left.py
    answers: list[tuple[Conversation, Answer]] = field(default_factory=list)
    added: list[Message] = field(default_factory=list)
    topics: dict[Message, bytes | None] = field(default_factory=dict)  # of the added
    added_to: dict[Conversation, list[Message]] = field(default_factory=dict)
    refers: dict[Message, str] = field(default_factory=dict)  # of added ones: ids, one a line
    added_by_id: dict[str, list[Message]] = field(default_factory=dict)  # by Message-ID
    removed: set[Message] = field(default_factory=set)
    flags: dict[Message, tuple[Flags, Flags]] = field(default_factory=dict)  # upstream's, local
    # By word; None: the provider knows, or will never take it.
    owed: dict[Message, dict[str, OwedFlag | None]] = field(default_factory=dict)
    seen: dict[tuple[int, Message], bool] = field(default_factory=dict)  # (account, message)
    # (account, view, UID); None: what was said of it holds no more.
    departures: dict[tuple[int, View, int], Departure | None] = field(default_factory=dict)
    drafts: dict[Message, int] = field(default_factory=dict)  # whose they are
    replies: dict[Message, DraftAnswer | None] = field(default_factory=dict)  # None: no more
    replying: dict[Conversation, tuple[int, ...]] = field(default_factory=dict)
    clocks: dict[Conversation, WaitingClock] = field(default_factory=dict)
    # Who has set it to done: account and name; "" where nobody has an account.
    finished_by: dict[Conversation, tuple[int | None, str]] = field(default_factory=dict)
    looked_at: set[Conversation] = field(default_factory=set)  # whose clock may be another
    ended: list[tuple[Conversation, EndedTurn]] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)  # rule → account whose turn it was
    trashed: dict[Message, Trashed] = field(default_factory=dict)
    # What could not be done of a move → when that was; None: it holds no more.
    in_vain: dict[tuple[Half, int, Message], int | None] = field(default_factory=dict)
    uids: dict[Message, int] = field(default_factory=dict)  # new ones upstream
    reappear: set[tuple[View, Message]] = field(default_factory=set)
    folders: dict[Folder, FolderMarks] = field(default_factory=dict)
    new_folders: list[Folder] = field(default_factory=list)
    gone_folders: list[Folder] = field(default_factory=list)
    new_views: list[View] = field(default_factory=list)
    reread: dict[Message, ReadAnew] = field(default_factory=dict)  # of an earlier version
    rechecked: list[Message] = field(default_factory=list)
    # What looks different now although nothing of it is written differently.
    renumbered: set[Conversation] = field(default_factory=set)
    retold: set[Message] = field(default_factory=set)
    # Lay there before us: nobody knows since when (RFC 8514).
    undated: set[Message] = field(default_factory=set)

    def is_empty(self) -> bool:
        return not any(getattr(self, each.name) for each in fields(self))

    def alters_tree(self) -> bool:
        """Whether folder trees made before this change are out of date after it."""
        named = any({"name", "attributes"} & columns.keys() for columns in self.folders.values())
        made = bool(self.new_folders or self.gone_folders or self.new_views)
        return named or made or self.shown_anew

    def current(self, conversation: Conversation) -> Conversation:
        """The conversation that has swallowed this one, or itself."""
        while conversation in self.joined:
            conversation = self.joined[conversation]
        return conversation

    def conversation_of(self, message: Message) -> Conversation:
        return self.current(self.moved.get(message, message.conversation))

    def status_of(self, conversation: Conversation) -> str:
        return self.status.get(conversation, conversation.status)

    def assignee_of(self, conversation: Conversation) -> int | None:
        return self.assignee.get(conversation, conversation.assignee)

    def clock_of(self, conversation: Conversation) -> WaitingClock:
        return self.clocks.get(conversation, conversation.clock)

    def works(self, folder: Folder) -> bool:
        """``Folder.working`` after the change."""
        marks = self.folders.get(folder)
        return means_work(
            folder.attributes if marks is None else marks.get("attributes", folder.attributes)
        )

    def flags_of(self, message: Message) -> tuple[Flags, Flags]:
        """As upstream has them, and those kept here."""
        return self.flags.get(message, (message.flags, message.local_keywords))

    def saved_us(self, message: Message, now_us: int) -> int:
        """When a message that enters a view came there; 0 = not known."""
        return 0 if message in self.undated else now_us
