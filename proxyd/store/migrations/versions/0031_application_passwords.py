"""Application passwords, and who comes in for mail with nothing else; until then nobody has any."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    only: sa.Column[bool] = sa.Column(
        "app_passwords_only", sa.Boolean(), nullable=False, server_default="0"
    )
    op.add_column("accounts", only)
    op.create_table(
        "app_passwords",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "account_id",
            sa.Integer(),
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("used_us", sa.BigInteger()),
        sa.Column("used_door", sa.String(), nullable=False),
        sa.Column("used_address", sa.String(), nullable=False),
        sa.Column("used_client", sa.String(), nullable=False),
        sa.UniqueConstraint("account_id", "name"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("app_passwords")
    op.drop_column("accounts", "app_passwords_only")
