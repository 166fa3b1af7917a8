"""Which making of a mail was refused, and whether repeating it can still be consent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refusals", sa.Column("copy", sa.String(), nullable=False, server_default="-"))
    op.add_column(
        "refusals", sa.Column("forfeited", sa.Boolean(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    with op.batch_alter_table("refusals") as table:
        table.drop_column("forfeited")
        table.drop_column("copy")
