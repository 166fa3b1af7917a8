"""The status of what was there before us: at the first reading of a folder nothing is news."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from proxyd.domain.workflow import Event
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.correspondents import have_in_common
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Folder, Message


def settle_all(change: Change, room: Mailroom, folder: Folder, unknown: Sequence[Message]) -> None:
    """``unknown`` are the mails of ``folder`` that nobody here has seen before, or only where they
    are no work: in Drafts or Trash, say, whose conversations begin as done.
    """
    news: defaultdict[Conversation, set[Message]] = defaultdict(set)
    for message in unknown:
        news[change.current(message.conversation)].add(message)
    for conversation, messages in news.items():
        found = _event(change, conversation, messages)
        if found is not None:
            event, last = found
            told = Happening(event, last.message_id, last.subject_digest, folder.name)
            stage_event(change, room, conversation, told)


def _event(
    change: Change, conversation: Conversation, news: set[Message]
) -> tuple[Event, Message] | None:
    """Answered is done, the rest is open; with the mail that it is about.

    What people have decided meanwhile stands, unless the newest mail is among the ``news``.
    """
    messages = change.messages_of(conversation)
    work = [m for m in messages if m.inbound and m.folder.working and not m.automatic]
    if not work:
        return None
    last = max(work, key=lambda m: m.received_us)
    if last not in news and not any(m.folder.sent for m in news):
        return None
    answered = any(
        m.folder.sent and not m.automatic and m.received_us >= last.received_us
        for m in messages
        if _goes_to(m, last)
    )
    if answered or "\\Answered" in last.flags:
        return Event.FOUND_ANSWERED, last
    return (Event.FOUND, last) if last in news else None


def _goes_to(sent: Message, asked: Message) -> bool:
    if sent.correspondents is None or asked.correspondents is None:
        return True
    return have_in_common(sent.correspondents, asked.correspondents)
