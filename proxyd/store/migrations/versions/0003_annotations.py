"""Annotations of folders and of the server (RFC 5464)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "annotations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("view_id", sa.Integer(), nullable=True),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_annotations"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name="fk_annotations_account_id_accounts",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["view_id"], ["views.id"], name="fk_annotations_view_id_views", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_annotations_account_id", "annotations", ["account_id"])
    op.create_index("ix_annotations_where", "annotations", ["view_id", "account_id"])


def downgrade() -> None:
    op.drop_table("annotations")
