"""Mails that wait before they leave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("made", sa.String()))
    op.create_table(
        "held",
        sa.Column(
            "sending_id",
            sa.Integer(),
            sa.ForeignKey("outbox.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("leaves_us", sa.BigInteger()),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("flags", sa.String(), nullable=False),
        sa.Column("consents", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("unmarked", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("into", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """What waits is in no state that the older version sends from."""
    op.drop_table("held")
    op.drop_column("outbox", "made")
