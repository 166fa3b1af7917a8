"""With whom each mail is, so that a forward is no answer, and strangers are no conversation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("correspondents", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("messages", "correspondents")
