"""Which views a staged change lets messages leave and enter, and under which new UIDs.

Pure. A message that enters a view gets a UID greater than all before it, also one that was there
before (docs/design.md §3 "Views").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from proxyd.domain.notes import mentions_in
from proxyd.service.mailbox.model import Conversation, Folder, Message, View
from proxyd.service.mailbox.places import (
    ViewKey,
    views_of,
    views_of_note,
    views_of_note_draft,
    views_of_reminder,
)
from proxyd.service.mailbox.staged import Staged


@dataclass(slots=True)
class Plan:
    leaving: defaultdict[View, list[int]] = field(default_factory=lambda: defaultdict(list))
    entering: defaultdict[View, list[tuple[int, Message]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    affected: list[Message] = field(default_factory=list)  # flags or views may differ

    def enter(self, view: View, message: Message) -> None:
        arrivals = self.entering[view]
        arrivals.append((view.uidnext + len(arrivals), message))


Company = Callable[[Conversation], Iterable[Message]]  # all mails of it, after the change
Accounts = Callable[[Sequence[str]], Iterable[int]]  # of these logins


def plan_of(
    staged: Staged,
    present: Mapping[ViewKey, View],
    finished: str,
    company: Company = lambda conversation: conversation.messages,
    accounts: Accounts = lambda logins: (),
    drafts: Folder | None = None,
    inbox: Folder | None = None,
) -> Plan:
    """``present`` are the views there are; the staged new ones count too.

    ``finished`` is the status of what is done, see ``places.views_of``; ``drafts`` and ``inbox``
    the folders that have this use.
    """
    plan = Plan(affected=_affected(staged))
    views = {**present, **{view.key: view for view in staged.new_views}}
    for message in staged.removed:
        for view, uid in message.views.items():
            plan.leaving[view].append(uid)
    for message in plan.affected:
        if message.folder.notes:
            mails = company(staged.conversation_of(message))
            beside = [_keys(staged, each, finished) for each in mails if _is_work(staged, each)]
            named = accounts(mentions_in(staged.flags_of(message)[1]))
            keys = views_of_note(message.folder, beside, named)
        elif message.folder.note_drafts:
            keys = views_of_note_draft(drafts)
        elif message.folder.reminders:
            keys = views_of_reminder(inbox)
        else:
            keys = _keys(staged, message, finished)
        wanted = {views[key]: None for key in sorted(keys) if key in views}
        for view, uid in message.views.items():
            if view not in wanted or (view, message) in staged.reappear:
                plan.leaving[view].append(uid)
        for view in wanted:
            if view not in message.views or (view, message) in staged.reappear:
                plan.enter(view, message)
    return plan


def _keys(staged: Staged, message: Message, finished: str) -> set[ViewKey]:
    conversation = staged.conversation_of(message)
    clock = staged.clock_of(conversation)
    return views_of(
        message.folder,
        working=staged.works(message.folder),
        inbound=message.inbound,
        status=staged.status_of(conversation),
        assignee=staged.assignee_of(conversation),
        finished=finished,
        overdue=clock.overdue,
        returns=clock.returns,
    )


def _is_work(staged: Staged, message: Message) -> bool:
    return message.inbound and staged.works(message.folder)


def _affected(staged: Staged) -> list[Message]:
    """In the order of arrival, so that new UIDs keep it."""
    found: dict[Message, None] = {}
    threads = (*staged.status, *staged.assignee, *staged.joined, *staged.renumbered)
    # The swallowing one has a new mod-sequence too, see numbering.py.
    for conversation in (*threads, *map(staged.current, staged.joined)):
        found.update(dict.fromkeys(conversation.messages))
    found.update(dict.fromkeys(staged.flags))
    found.update(dict.fromkeys(staged.retold))
    found.update(dict.fromkeys(staged.rechecked))
    found.update(dict.fromkeys(message for _, message in staged.reappear))
    known = [message for message in found if message.id and message not in staged.removed]
    return [*sorted(known, key=lambda message: message.id), *staged.added]
