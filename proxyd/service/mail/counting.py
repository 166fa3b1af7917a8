"""What STATUS tells of a view for one person, counted again only after a change.

Invariant: HIGHESTMODSEQ grows with everything counted here (numbering.py), so that what was counted
at a mod-sequence holds as long as the view has that one. Keeps one count a person and view.
"""

from __future__ import annotations

from proxyd.service.mailbox.departures import DELETED
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import PersonalCount, View


def count(room: Mailroom, view: View, account_id: int) -> PersonalCount:
    known = view.counts.get(account_id)
    if known is None or known.modseq != view.modseq:
        known = view.counts[account_id] = _counted(room, view, account_id)
    return known


def _counted(room: Mailroom, view: View, account_id: int) -> PersonalCount:
    size = unseen = deleted = deleted_size = 0
    own = view.departures.deleted_by(account_id)
    for uid, message in view.members.items():
        size += message.size
        unseen += not room.seen(message, account_id)
        if uid in own or DELETED in message.flags:
            deleted += 1
            deleted_size += message.size
    return PersonalCount(view.modseq, len(view.members), unseen, size, deleted, deleted_size)
