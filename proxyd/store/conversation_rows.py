"""What a conversation is as a row, and which are work: for all who read them."""

from __future__ import annotations

from sqlalchemy import exists, func, select

from proxyd.domain.folder_work import NO_WORK
from proxyd.store.schema import accounts, conversations, folders, mailboxes, messages

HAS_MAILS = exists().where(messages.c.conversation_id == conversations.c.id)
# What lies in Trash or Junk is in no list of work, and nobody can finish it there.
HAS_WORK = exists().where(
    messages.c.conversation_id == conversations.c.id,
    messages.c.inbound,
    folders.c.id == messages.c.folder_id,
    *(~folders.c.attributes.contains(word, autoescape=True) for word in sorted(NO_WORK)),
)
ALL = (
    select(
        conversations.c.id,
        mailboxes.c.name,
        conversations.c.status,
        func.coalesce(accounts.c.login, ""),
        conversations.c.changed_us,
        conversations.c.waits_us,
        conversations.c.overdue,
        conversations.c.until_us,
    )
    .join(mailboxes, mailboxes.c.id == conversations.c.mailbox_id)
    .outerjoin(accounts, accounts.c.id == conversations.c.assignee_id)
)
