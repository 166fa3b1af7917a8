"""What was asked for and perhaps not heard, and what was expunged in vain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "doubts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "mailbox_id",
            sa.Integer(),
            sa.ForeignKey(
                "mailboxes.id", name="fk_doubts_mailbox_id_mailboxes", ondelete="CASCADE"
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uidnext", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_doubts_when", "doubts", ["mailbox_id", "at_us"])
    op.create_table(
        "in_vain",
        sa.Column(
            "message_id",
            sa.Integer(),
            sa.ForeignKey("messages.id", name="fk_in_vain_message_id_messages", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "account_id",
            sa.Integer(),
            sa.ForeignKey("accounts.id", name="fk_in_vain_account_id_accounts", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_in_vain_account_id", "in_vain", ["account_id"])


def downgrade() -> None:
    op.drop_table("in_vain")
    op.drop_table("doubts")
