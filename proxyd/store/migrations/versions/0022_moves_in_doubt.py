"""Of what was asked for and not heard: whether it was a move, which is brought to its end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moving: sa.Column[bool] = sa.Column("moving", sa.Boolean(), nullable=False, server_default="0")
    op.add_column("doubts", moving)


def downgrade() -> None:
    op.drop_column("doubts", "moving")
