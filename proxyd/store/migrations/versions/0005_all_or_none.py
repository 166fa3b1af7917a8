"""Several mails that go to a provider one by one and are to be there all or none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "half_done",
        sa.Column(
            "begun_id",
            sa.Integer(),
            sa.ForeignKey("begun.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uidnext", sa.BigInteger(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "half_done_mails",
        sa.Column(
            "begun_id",
            sa.Integer(),
            sa.ForeignKey("half_done.begun_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("half_done_mails")
    op.drop_table("half_done")
