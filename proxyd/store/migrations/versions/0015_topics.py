"""What a mail is about, as a keyed digest: the guards know answers by it that name no id."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("topic", sa.LargeBinary()))
    op.create_index("ix_messages_topic", "messages", ["topic"])


def downgrade() -> None:
    op.drop_index("ix_messages_topic", "messages")
    op.drop_column("messages", "topic")
