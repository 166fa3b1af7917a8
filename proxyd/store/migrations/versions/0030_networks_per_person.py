"""The networks that a person may come from; until somebody says so, from anywhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    networks: sa.Column[str] = sa.Column("networks", sa.Text(), nullable=False, server_default="[]")
    op.add_column("accounts", networks)


def downgrade() -> None:
    op.drop_column("accounts", "networks")
