"""Conversations as rows, each with one mail."""

from __future__ import annotations

from itertools import count

from sqlalchemy import insert, select

from proxyd.store.database import Database
from proxyd.store.schema import conversations, folders, messages

_uids = count(1)


async def put_work(
    database: Database,
    status: str,
    *,
    mailbox_id: int = 1,
    mails: bool = True,
    use: str = "",
    **columns: object,
) -> None:
    """``columns`` of the conversation; ``use`` of the folder that it is in."""

    def put(tx) -> None:
        row = {"mailbox_id": mailbox_id, "status": status, "changed_us": 1, **columns}
        (number,) = tx.connection.execute(insert(conversations).values(row)).inserted_primary_key
        if not mails:
            return
        folder = tx.connection.scalar(
            select(folders.c.id).where(
                folders.c.mailbox_id == mailbox_id, folders.c.attributes == use
            )
        )
        if folder is None:
            inbox = {
                "mailbox_id": mailbox_id, "name": use or "INBOX", "delimiter": "/",
                "attributes": use,
            }  # fmt: skip
            (folder,) = tx.connection.execute(insert(folders).values(inbox)).inserted_primary_key
        mail = {
            "folder_id": folder,
            "uid": next(_uids),
            "conversation_id": number,
            "message_id": "m@x",
            "size": 1,
            "internal_date": "",
            "flags": "",
            "inbound": True,
            "automatic": False,
            "subject_digest": "",
        }
        tx.connection.execute(insert(messages).values(mail))

    await database.write(put)
