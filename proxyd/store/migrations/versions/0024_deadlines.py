"""Since when each conversation waits, what is on hold until when, what became of each waiting,
closed days, rules, and reminders beside the notes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _owned_by(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, ondelete="CASCADE")


def upgrade() -> None:
    for name in ("finished_us", "resumed_us", "waits_us", "until_us"):
        op.add_column("conversations", sa.Column(name, sa.BigInteger()))
    late: sa.Column[bool] = sa.Column("overdue", sa.Boolean(), nullable=False, server_default="0")
    op.add_column("conversations", late)
    op.add_column("mailboxes", sa.Column("reminded_us", sa.BigInteger()))
    op.create_table(
        "turns",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mailbox_id", sa.Integer(), _owned_by("mailboxes.id"), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("accounts.id", ondelete="SET NULL")),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=False),
        sa.Column("office_us", sa.BigInteger(), nullable=False),
        sa.Column("goal_us", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_turns_when", "turns", ["mailbox_id", "ended_us"])
    op.create_table(
        "closed_days",
        sa.Column("mailbox_id", sa.Integer(), _owned_by("mailboxes.id"), primary_key=True),
        sa.Column("day", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rules",
        sa.Column("mailbox_id", sa.Integer(), _owned_by("mailboxes.id"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_table(
        "rule_turns",
        sa.Column("mailbox_id", sa.Integer(), _owned_by("mailboxes.id"), primary_key=True),
        sa.Column("rule", sa.String(), primary_key=True),
        sa.Column("account_id", sa.Integer(), _owned_by("accounts.id"), nullable=False),
    )
    op.add_column("notes", sa.Column("kind", sa.String(), nullable=False, server_default="note"))
    op.execute("UPDATE notes SET kind = 'draft' WHERE draft")
    op.drop_column("notes", "draft")


def downgrade() -> None:
    op.add_column("notes", sa.Column("draft", sa.Boolean(), nullable=False, server_default="0"))
    op.execute("DELETE FROM notes WHERE kind = 'reminder'")
    op.execute("UPDATE notes SET draft = (kind = 'draft')")
    op.drop_column("notes", "kind")
    for table in ("rule_turns", "rules", "closed_days", "turns"):
        op.drop_table(table)
    op.drop_column("mailboxes", "reminded_us")
    for name in ("overdue", "until_us", "waits_us", "resumed_us", "finished_us"):
        op.drop_column("conversations", name)
