"""Mod-sequences (RFC 7162), dates of saving (RFC 8514), origins of copies (RFC 8474).

What is there already has the first mod-sequence, was saved nobody knows when, is a copy of nothing,
and came into the conversation it is in.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NEW = (
    ("conversations", "modseq", "1"),
    ("messages", "modseq", "1"),
    ("messages", "origin", "0"),
    ("messages", "thread", "0"),
    ("views", "modseq", "1"),
    ("seen", "modseq", "1"),
    ("view_messages", "saved_us", "0"),
)


def upgrade() -> None:
    # ADD COLUMN with a constant default alters the table's words only: no row is written anew.
    for table, column, value in _NEW:
        new = sa.Column(column, sa.BigInteger(), nullable=False, server_default=value)
        op.add_column(table, new)
    op.execute("UPDATE messages SET thread = conversation_id")


def downgrade() -> None:
    for table, column, _ in reversed(_NEW):
        op.drop_column(table, column)
