"""Mails whose header the provider does not tell: shown as far as they are known, until it does.

They stand in the index under a Message-ID that no mail can have, so that they are known for what
they are after a restart too. Once the header can be had, the mail takes the place of its stand-in
and comes in again, under new UIDs: clients never read again what they have read under a UID.
"""

from __future__ import annotations

from proxyd.service.mailbox.model import Folder, Message

# The space: no id has one, whatever a sender writes.
_PREFIX = "not read: "


def stand_in(folder: Folder, uid: int) -> str:
    """One for each mail, so that no two of them are taken for one, or join a conversation."""
    return f"{_PREFIX}{folder.id}/{folder.uidvalidity}/{uid}"


def is_stand_in(message: Message) -> bool:
    return message.message_id.startswith(_PREFIX)
