"""What was copied out of another view than it is deleted in, and who has put a mail into Trash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "departures", sa.Column("elsewhere", sa.Boolean(), nullable=False, server_default="0")
    )
    op.create_table(
        "trashed",
        sa.Column(
            "message_id",
            sa.Integer(),
            sa.ForeignKey("messages.id", name="fk_trashed_message_id_messages", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "account_id",
            sa.Integer(),
            sa.ForeignKey("accounts.id", name="fk_trashed_account_id_accounts", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_trashed_account_id", "trashed", ["account_id"])


def downgrade() -> None:
    op.drop_table("trashed")
    op.drop_column("departures", "elsewhere")
