"""Where the copy of a sent mail lies, and who files such copies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("copy_uidvalidity", sa.BigInteger()))
    op.add_column("outbox", sa.Column("copy_uid", sa.BigInteger()))
    op.add_column("outbox", sa.Column("copy_ours", sa.Boolean()))
    op.create_table(
        "sent_copies",
        sa.Column(
            "mailbox_id",
            sa.Integer(),
            sa.ForeignKey(
                "mailboxes.id", name="fk_sent_copies_mailbox_id_mailboxes", ondelete="CASCADE"
            ),
            primary_key=True,
        ),
        sa.Column("filed_by", sa.String(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("sent_copies")
    with op.batch_alter_table("outbox") as table:
        for name in ("copy_uidvalidity", "copy_uid", "copy_ours"):
            table.drop_column(name)
