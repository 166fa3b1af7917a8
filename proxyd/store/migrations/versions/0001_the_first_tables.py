"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    *("meta", "accounts", "mailboxes", "grants", "folders", "conversations", "messages"),
    *("thread_ids", "answers", "views", "view_messages", "seen", "subscriptions", "outbox"),
    *("refusals", "log"),
)


def upgrade() -> None:
    _people_and_mailboxes()
    _folders()
    _conversations_and_messages()
    _threads()
    _views()
    _sending()
    _access_log()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def _text(name: str, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, **more)


def _long_text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, **more: Any) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, **more)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _refers(
    name: str, target: str, ondelete: str | None, *, nullable: bool = False, **more: Any
) -> sa.Column[int]:
    reference = sa.ForeignKey(target, ondelete=ondelete)
    return sa.Column(name, sa.Integer(), reference, nullable=nullable, **more)


def _index(table: str, column: str) -> None:
    op.create_index(f"ix_{table}_{column}", table, [column])


def _people_and_mailboxes() -> None:
    op.create_table("meta", _text("key", primary_key=True), _text("value"))
    op.create_table(
        "accounts",
        _id(),
        _text("login", unique=True),
        _text("name"),
        _text("role"),
        _text("password_hash"),
        _flag("disabled"),
        _number("created_us"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mailboxes",
        _id(),
        _text("name", unique=True),
        _text("address"),
        _long_text("aliases"),
        _text("language"),
        _text("seen"),
        _long_text("imap"),
        _long_text("smtp"),
        sa.Column("sealed_password", sa.LargeBinary(), nullable=False),
        _number("created_us"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "grants",
        _refers("account_id", "accounts.id", "CASCADE", primary_key=True),
        _refers("mailbox_id", "mailboxes.id", "CASCADE", primary_key=True),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
    )


def _folders() -> None:
    op.create_table(
        "folders",
        _id(),
        _refers("mailbox_id", "mailboxes.id", "CASCADE"),
        _text("name"),
        _text("delimiter"),
        _text("attributes"),
        _number("uidvalidity"),
        _number("uidnext"),
        _number("modseq"),
        _flag("keywords"),
        sa.UniqueConstraint("mailbox_id", "name"),
        sqlite_autoincrement=True,
    )


def _conversations_and_messages() -> None:
    op.create_table(
        "conversations",
        _id(),
        _refers("mailbox_id", "mailboxes.id", "CASCADE"),
        _text("status"),
        _refers("assignee_id", "accounts.id", "SET NULL", nullable=True),
        _number("changed_us"),
        sqlite_autoincrement=True,
    )
    _index("conversations", "mailbox_id")
    _index("conversations", "assignee_id")
    op.create_table(
        "messages",
        _id(),
        _refers("folder_id", "folders.id", "CASCADE"),
        _number("uid"),
        _refers("conversation_id", "conversations.id", None),
        _text("message_id"),
        _number("size"),
        _text("internal_date"),
        _text("flags"),
        _text("local_keywords"),
        _flag("inbound"),
        _flag("automatic"),
        _text("subject_digest"),
        sa.UniqueConstraint("folder_id", "uid"),
        sqlite_autoincrement=True,
    )
    _index("messages", "conversation_id")


def _threads() -> None:
    op.create_table(
        "thread_ids",
        _refers("mailbox_id", "mailboxes.id", "CASCADE", primary_key=True),
        _text("message_id", primary_key=True),
        _refers("conversation_id", "conversations.id", "CASCADE"),
        _flag("arrived"),
    )
    _index("thread_ids", "conversation_id")
    op.create_table(
        "answers",
        _id(),
        _refers("conversation_id", "conversations.id", "CASCADE"),
        _refers("account_id", "accounts.id", "SET NULL", nullable=True),
        _text("name"),
        _text("message_id"),
        _number("at_us"),
    )
    _index("answers", "conversation_id")


def _views() -> None:
    op.create_table(
        "views",
        _id(),
        _refers("mailbox_id", "mailboxes.id", "CASCADE"),
        _text("kind"),
        _text("subject"),
        _number("uidvalidity"),
        _number("uidnext"),
        sa.UniqueConstraint("mailbox_id", "kind", "subject"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "view_messages",
        _refers("view_id", "views.id", "CASCADE", primary_key=True),
        _number("uid", primary_key=True),
        _refers("message_id", "messages.id", "CASCADE"),
        sqlite_with_rowid=False,
    )
    _index("view_messages", "message_id")
    op.create_table(
        "seen",
        _refers("account_id", "accounts.id", "CASCADE", primary_key=True),
        _refers("message_id", "messages.id", "CASCADE", primary_key=True),
        _flag("seen"),
        sqlite_with_rowid=False,
    )
    _index("seen", "message_id")
    op.create_table(
        "subscriptions",
        _refers("account_id", "accounts.id", "CASCADE", primary_key=True),
        _text("name", primary_key=True),
        _flag("subscribed"),
    )


def _sending() -> None:
    op.create_table(
        "outbox",
        _id(),
        _refers("mailbox_id", "mailboxes.id", "CASCADE"),
        _refers("account_id", "accounts.id", "SET NULL", nullable=True),
        _text("login"),
        _refers("conversation_id", "conversations.id", "SET NULL", nullable=True),
        _text("message_id"),
        _text("digest"),
        _text("sender"),
        _long_text("recipients"),
        _text("state"),
        _number("created_us"),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sqlite_autoincrement=True,
    )
    _index("outbox", "message_id")
    _index("outbox", "state")
    op.create_table(
        "refusals",
        _id(),
        _refers("account_id", "accounts.id", "CASCADE"),
        _refers("conversation_id", "conversations.id", "CASCADE", nullable=True),
        _text("digest"),
        _text("guard"),
        _number("at_us"),
    )
    op.create_index("ix_refusals_who", "refusals", ["account_id", "conversation_id", "digest"])


def _access_log() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "log",
        sa.Column("number", number, primary_key=True),
        _number("at_us"),
        _text("action"),
        _text("outcome"),
        _text("actor"),
        _text("mailbox"),
        _text("view"),
        _text("message_id"),
        _text("subject_digest"),
        sa.Column("conversation", sa.Integer(), nullable=True),
        _text("door"),
        _text("address"),
        _text("client"),
        _text("session"),
        _long_text("detail"),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
    )
    _index("log", "at_us")
    for name, column in (
        ("actor", "actor"),
        ("message", "message_id"),
        ("action", "action"),
        ("address", "address"),
        ("conversation", "conversation"),
    ):
        op.create_index(f"ix_log_{name}", "log", [column, "number"])
