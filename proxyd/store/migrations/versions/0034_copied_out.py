"""How many mails people copy, by day and by client."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "copy_counts",
        _whose("account_id", "accounts.id"),
        sa.Column("day", sa.String(), primary_key=True),
        _whose("mailbox_id", "mailboxes.id"),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_copy_counts_day", "copy_counts", ["mailbox_id", "day"])
    op.create_table(
        "copy_clients",
        _whose("account_id", "accounts.id"),
        _whose("mailbox_id", "mailboxes.id"),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("place", sa.String(), primary_key=True),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )


def _whose(name: str, target: str) -> sa.Column[int]:
    return sa.Column(
        name, sa.Integer(), sa.ForeignKey(target, ondelete="CASCADE"), primary_key=True
    )


def downgrade() -> None:
    op.drop_table("copy_clients")
    op.drop_index("ix_copy_counts_day")
    op.drop_table("copy_counts")
