"""Which objects a change gives its mod-sequence to (RFC 7162 §3.1). Pure.

Each change that alters anything a view shows has one number, the mailbox's last one plus one, and
all it touches carry it: ``rows.py`` writes it in the same transaction, ``effects.py`` puts it into
memory. A status of 500 mails is one row: a message's mod-sequence is the greatest of its own, its
conversation's and that of the person's own \\Seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.service.mailbox.model import Conversation, Message, View
from proxyd.service.mailbox.plan import Plan
from proxyd.service.mailbox.staged import Staged


@dataclass(frozen=True, slots=True)
class Numbered:
    """What carries ``modseq`` from now on, beside what is new."""

    modseq: int
    conversations: frozenset[Conversation]
    messages: frozenset[Message]
    views: frozenset[View]


def numbered(staged: Staged, plan: Plan, last: int) -> Numbered:
    """``last`` is the mailbox's last mod-sequence; it stays so where nothing to be seen changes."""
    threads = {
        staged.current(c) for c in (*staged.status, *staged.assignee, *staged.renumbered)
    } | {staged.current(c) for c in staged.joined}
    messages = {m for m in staged.flags if m not in staged.removed}
    messages |= staged.retold - staged.removed
    messages.update(
        message
        for arrivals in plan.entering.values()
        for _, message in arrivals
        if staged.current(message.conversation) not in threads
    )
    views = {*plan.leaving, *plan.entering}
    for message in messages:
        views.update(message.views)
    for _, message in staged.seen:
        views.update(message.views)
    for conversation in {*threads, *staged.joined}:
        for message in conversation.messages:
            views.update(message.views)
    gone = {folder.view for folder in staged.gone_folders}
    modseq = last + 1 if views or threads or messages else last
    return Numbered(
        modseq,
        frozenset(threads),
        frozenset(messages),
        frozenset(v for v in views if v not in gone),
    )
