"""Internal notes are where the mails are that they are about: they come along when those do."""

from __future__ import annotations

from proxyd.domain import notes
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom


def stage_notes_along(room: Mailroom, change: Change) -> None:
    """After all else that is staged in this change."""
    folder, staged = room.state.folder_named(notes.FOLDER), change.staged
    if folder is None or not folder.by_uid:
        return  # of what is added now the plan knows by itself
    mails = {*staged.added, *staged.removed, *staged.moved, *staged.rechecked}
    touched = {staged.conversation_of(message) for message in mails}
    touched |= {change.current(message.conversation) for message in staged.moved}
    touched |= {change.current(conversation) for conversation in staged.joined}
    for conversation in touched:
        for message in change.messages_of(conversation):
            if message.folder is folder and message.id:
                change.recheck(message)
