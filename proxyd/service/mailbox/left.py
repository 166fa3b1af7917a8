"""What the last mail of a Message-ID said, once none of that id is here.

An id may come again: the same mail, moved in webmail or brought back, or another one of a program
that has no other id, or of somebody who forges. Whoever takes another one for the same forgets a
customer (docs/design.md §3 "Who belongs together"). Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyd.domain.ports.mail_rows import StoredLeft

if TYPE_CHECKING:
    from proxyd.service.mailbox.change import Change


def last_of_their_ids(change: Change) -> dict[str, StoredLeft]:
    """Of the mails that this change removes, by Message-ID: of those that came in as work."""
    last = {m.message_id: m for m in sorted(change.staged.removed, key=lambda m: m.id) if m.inbound}
    return {
        id_: StoredLeft(id_, message.sent_us, message.subject_digest, message.correspondents)
        for id_, message in last.items()
        if change.has_arrived(id_) and not change.mails_of_id(id_)
    }
