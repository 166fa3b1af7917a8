"""When each mail was sent, by its Date: a Message-ID may be used again for another mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("sent_us", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("messages", "sent_us")
