"""Asking a log of ten million records: what went wrong, and what was done in one mailbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_log_mailbox", "log", ["mailbox", "number"])
    op.create_index(
        "ix_log_outcome", "log", ["outcome", "number"], sqlite_where=sa.text("outcome <> 'ok'")
    )


def downgrade() -> None:
    op.drop_index("ix_log_outcome", "log")
    op.drop_index("ix_log_mailbox", "log")
