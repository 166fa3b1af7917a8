"""Which half of a move was in vain: an expunge, as it was, or an APPEND."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("in_vain", "in_vain_before")
    op.drop_index("ix_in_vain_account_id", "in_vain_before")
    op.create_table(
        "in_vain",
        _owned_by("message_id", "messages"),
        _owned_by("account_id", "accounts"),
        sa.Column("half", sa.Text(), primary_key=True),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO in_vain (message_id, account_id, half, at_us)"
        " SELECT message_id, account_id, 'expunged', at_us FROM in_vain_before"
    )
    op.drop_table("in_vain_before")
    op.create_index("ix_in_vain_account_id", "in_vain", ["account_id"])


def downgrade() -> None:
    op.execute("DELETE FROM in_vain WHERE half <> 'expunged'")
    with op.batch_alter_table("in_vain") as table:
        table.drop_column("half")


def _owned_by(name: str, table: str) -> sa.Column[int]:
    key = sa.ForeignKey(f"{table}.id", name=f"fk_in_vain_{name}_{table}", ondelete="CASCADE")
    return sa.Column(name, sa.Integer(), key, primary_key=True)
