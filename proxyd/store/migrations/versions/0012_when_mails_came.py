"""When a mail came here by our own clock: the provider's may be minutes ahead or behind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("thread_ids", sa.Column("came_us", sa.Integer()))


def downgrade() -> None:
    op.drop_column("thread_ids", "came_us")
