"""For whom an answer is, as keyed digests: one to a supplier leaves the customer waiting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answers", sa.Column("people", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("answers", "people")
