"""What the last mail of a Message-ID said that is here no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    mailbox = sa.ForeignKey("mailboxes.id", ondelete="CASCADE")
    op.create_table(
        "left_mails",
        sa.Column("mailbox_id", sa.Integer(), mailbox, primary_key=True),
        sa.Column("message_id", sa.String(), primary_key=True),
        sa.Column("sent_us", sa.BigInteger()),
        sa.Column("subject_digest", sa.String(), nullable=False),
        sa.Column("correspondents", sa.LargeBinary()),
    )


def downgrade() -> None:
    op.drop_table("left_mails")
