"""What is chosen for a mailbox (as words, in JSON), and until when a person is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailboxes", sa.Column("policy", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("accounts", sa.Column("away_until_us", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("accounts") as table:
        table.drop_column("away_until_us")
    with op.batch_alter_table("mailboxes") as table:
        table.drop_column("policy")
