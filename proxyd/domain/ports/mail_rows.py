"""Folders, messages, conversations and views as rows: what is read at start, and what is written.

What is read are named tuples, because there is one for each of a hundred thousand messages; their
fields are the columns that are read. What is written are plain dictionaries, as the database takes
them: an ``…Insert`` has all columns that have no default, an ``…Update`` those that change. Flags
and attributes stand in one text, with a space between them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, NotRequired, Required, TypedDict

Numbered = Literal["folders", "conversations", "messages", "views", "answers"]


class StoredFolder(NamedTuple):
    """The provider's numbers are those of the last synchronisation, 0 before the first."""

    id: int
    name: str
    delimiter: str
    attributes: str
    uidvalidity: int
    uidnext: int
    modseq: int
    keywords: bool
    unkept: str | None


class StoredConversation(NamedTuple):
    id: int
    status: str
    assignee_id: int | None
    modseq: int
    finished_us: int | None
    resumed_us: int | None
    until_us: int | None
    waits_us: int | None
    overdue: bool


class StoredThreadId(NamedTuple):
    """To which conversation a Message-ID belongs; ``came_us`` of None is not known."""

    message_id: str
    conversation_id: int
    arrived: bool
    came_us: int | None


class StoredLeft(NamedTuple):
    """What the last mail of a Message-ID said that is here no more; as of a message."""

    message_id: str
    sent_us: int | None
    subject_digest: str
    correspondents: bytes | None


class StoredAnswer(NamedTuple):
    conversation_id: int
    account_id: int | None
    name: str
    at_us: int
    message_id: str
    people: bytes | None


class StoredView(NamedTuple):
    id: int
    kind: str
    subject: str
    uidvalidity: int
    uidnext: int
    modseq: int


class StoredPlace(NamedTuple):
    """A message in a view."""

    view_id: int
    uid: int
    message_id: int
    saved_us: int  # 0: not known


class StoredSeen(NamedTuple):
    """A person's own \\Seen, where it differs from the provider's."""

    account_id: int
    message_id: int
    seen: bool
    modseq: int


class StoredMessage(NamedTuple):
    id: int
    folder_id: int
    uid: int
    conversation_id: int
    message_id: str
    size: int
    internal_date: str
    flags: str
    local_keywords: str
    inbound: bool
    automatic: bool
    subject_digest: str
    modseq: int
    origin: int
    thread: int
    correspondents: bytes | None
    sent_us: int | None


class Alike(NamedTuple):
    """A message with a subject about the same, and where it is."""

    id: int
    mailbox_id: int
    folder_id: int
    uid: int


class FolderInsert(TypedDict):
    id: int
    mailbox_id: int
    name: str
    delimiter: str
    attributes: str


class FolderUpdate(TypedDict, total=False):
    id: Required[int]
    name: str
    attributes: str
    uidvalidity: int
    uidnext: int
    modseq: int
    keywords: bool
    unkept: str | None


class ClockUpdate(TypedDict):
    id: int
    finished_us: int | None
    resumed_us: int | None
    until_us: int | None
    waits_us: int | None
    overdue: bool


class ConversationUpdate(ClockUpdate):
    status: str
    assignee_id: int | None
    changed_us: int
    modseq: int


class ConversationInsert(ConversationUpdate):
    mailbox_id: int


class MessageInsert(TypedDict):
    id: int
    folder_id: int
    uid: int
    conversation_id: int
    message_id: str
    size: int
    internal_date: str
    flags: str
    local_keywords: str
    inbound: bool
    automatic: bool
    subject_digest: str
    modseq: int
    origin: int
    thread: int
    correspondents: NotRequired[bytes | None]
    refers: NotRequired[str | None]  # one id a line
    topic: NotRequired[bytes | None]
    sent_us: NotRequired[int | None]


class MessageUpdate(TypedDict, total=False):
    id: Required[int]
    uid: int
    flags: str
    local_keywords: str
    modseq: int


class ViewInsert(TypedDict):
    id: int
    mailbox_id: int
    kind: str
    subject: str
    uidvalidity: int
    uidnext: int
    modseq: int


class ViewUpdate(TypedDict):
    id: int
    uidnext: int
    modseq: int


class AnswerInsert(TypedDict):
    id: int
    conversation_id: int
    account_id: int | None
    name: str
    message_id: str
    at_us: int
    people: bytes | None
