"""When a mail went out whose sender did not hear of it: who sends it again sends no second one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("unheard_us", sa.BigInteger()))
    op.create_index("ix_outbox_unheard_us", "outbox", ["unheard_us"])


def downgrade() -> None:
    op.drop_index("ix_outbox_unheard_us", "outbox")
    op.drop_column("outbox", "unheard_us")
