"""A person's sign-ins are found without reading all that they, or all others, did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_log_sign_ins", "log", ["actor", "number"], sqlite_where=sa.text("action = 'login'")
    )


def downgrade() -> None:
    op.drop_index("ix_log_sign_ins", "log")
