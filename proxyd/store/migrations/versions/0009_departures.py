"""What is to leave a view by whose word (\\Deleted, and copies made), and whose a draft is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("view_id", sa.BigInteger(), primary_key=True),
        sa.Column("uid", sa.BigInteger(), primary_key=True),
        sa.Column(
            "account_id",
            sa.Integer(),
            sa.ForeignKey(
                "accounts.id", name="fk_departures_account_id_accounts", ondelete="CASCADE"
            ),
            primary_key=True,
        ),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("into", sa.String(), nullable=False),
        sa.Column("copies", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["view_id", "uid"],
            ["view_messages.view_id", "view_messages.uid"],
            name="fk_departures_view_id_view_messages",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_departures_account_id", "departures", ["account_id"])
    op.create_table(
        "drafts",
        sa.Column(
            "message_id",
            sa.Integer(),
            sa.ForeignKey("messages.id", name="fk_drafts_message_id_messages", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "account_id",
            sa.Integer(),
            sa.ForeignKey("accounts.id", name="fk_drafts_account_id_accounts", ondelete="CASCADE"),
            nullable=False,
        ),
    )
    op.create_index("ix_drafts_account_id", "drafts", ["account_id"])


def downgrade() -> None:
    op.drop_table("drafts")
    op.drop_table("departures")
