"""System flags that the provider does not keep in a folder."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("folders", sa.Column("unkept", sa.String()))


def downgrade() -> None:
    op.drop_column("folders", "unkept")
