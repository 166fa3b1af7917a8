"""Which drafts are answers on their way, and hold their conversations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("drafts", sa.Column("replying_us", sa.BigInteger()))
    held: sa.Column[bool] = sa.Column("claims", sa.Boolean(), nullable=False, server_default="0")
    op.add_column("drafts", held)


def downgrade() -> None:
    op.drop_column("drafts", "claims")
    op.drop_column("drafts", "replying_us")
