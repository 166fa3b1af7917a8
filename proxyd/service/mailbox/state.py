"""Everything of one shared mailbox in memory, and where to find it.

Like ``model.py``: only ``effects.py`` changes it, after the commit; everybody else reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from proxyd.domain.keywords import keywords_in
from proxyd.domain.ports.mail_rows import StoredLeft
from proxyd.service.mailbox.alarms import Alarms
from proxyd.service.mailbox.departures import Trashed
from proxyd.service.mailbox.draft_answers import DraftAnswers
from proxyd.service.mailbox.identity import same_date
from proxyd.service.mailbox.in_vain import InVain
from proxyd.service.mailbox.model import Conversation, Folder, Message, View
from proxyd.service.mailbox.owed import Owed
from proxyd.service.mailbox.progress import ReadingProgress

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
    left: dict[str, StoredLeft] = field(default_factory=dict)  # by Message-ID, see left.py
    came: dict[str, int] = field(default_factory=dict)  # Message-ID → when, by our own clock
    modseq: int = 1  # the last one given (RFC 7162 §3.1); one counter for all views
    by_message_id: dict[str, list[Message]] = field(default_factory=dict)
    reading: dict[Folder, ReadingProgress] = field(default_factory=dict)  # big folders, at first
    older: ReadingProgress | None = (
        None  # of mails that an earlier version took in, being read anew
    )
    # What a person has parted, in any order.
    parted: set[tuple[Conversation, Conversation]] = field(default_factory=set)
    owed: Owed = field(default_factory=Owed)  # what the provider has still to be told
    drafts: dict[Message, int] = field(default_factory=dict)  # who has put them into Drafts
    replies: DraftAnswers = field(default_factory=DraftAnswers)  # those drafts that are answers
    turns: dict[str, int] = field(default_factory=dict)  # rule → account whose turn it was last
    alarms: Alarms = field(default_factory=Alarms)
    trashed: dict[Message, Trashed] = field(default_factory=dict)  # as they lie in Trash
    in_vain: InVain = field(default_factory=InVain)
    # Messages with marks of ours, or that not every folder keeps, that went lately: somebody may
    # have moved them in webmail.
    gone: dict[tuple[str, int], Message] = field(default_factory=dict)

    def remember_gone(self, message: Message) -> None:
        if message.seen_by or message.local_keywords or keywords_in(message.flags):
            self.gone.pop((message.message_id, message.size), None)
            self.gone[message.message_id, message.size] = message
            if len(self.gone) > GONE_REMEMBERED:
                del self.gone[next(iter(self.gone))]

    def origin_of(self, copy: Message) -> Message | None:
        """The same mail as it lies in another folder, or lay there until lately."""
        copies = self.by_message_id.get(copy.message_id, ())[:COPIES_LOOKED_AT]
        gone = self.gone.get((copy.message_id, copy.size))
        known = (*copies, gone) if gone else copies
        return next((m for m in known if m.size == copy.size and same_date(m, copy)), None)

    def came_us(self, message: Message) -> int:
        """When a mail came to us, which is what our answers can be compared with: a provider's
        clock is minutes ahead or behind. Of what was there before us it is the one that there is.
        """
        return self.came.get(message.message_id) or message.received_us

    def was_there(self, message: Message) -> bool:
        """Before us."""
        return message.message_id not in self.came

    def folder_named(self, name: str) -> Folder | None:
        return next((f for f in self.folders.values() if f.name == name), None)

    def special_folder(self, attribute: str) -> Folder | None:
        """The selectable folder with this special use (lower case, with the backslash)."""
        return next(
            (f for f in self.folders.values() if attribute in f.attributes and f.selectable), None
        )

    def highest_modseq(self) -> int:
        """Over everything that carries one; for the beginning."""
        views = max((view.modseq for view in self.views.values()), default=1)
        threads = max((each.modseq for each in self.conversations.values()), default=1)
        messages = max((m.modseq for m in self.messages()), default=1)
        own = (abs(own) for m in self.messages() if m.seen_by for own in m.seen_by.values())
        return max(self.modseq, views, threads, messages, max(own, default=1))

    def messages(self) -> list[Message]:
        return [m for folder in self.folders.values() for m in folder.by_uid.values()]
