"""What a provider has been asked to do and is not recorded as done yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "begun",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "mailbox_id",
            sa.Integer(),
            sa.ForeignKey("mailboxes.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
    )
    op.create_index("ix_begun_mailbox_id", "begun", ["mailbox_id"])


def downgrade() -> None:
    op.drop_table("begun")
