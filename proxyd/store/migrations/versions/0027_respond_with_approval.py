"""Between the rights *respond* and *manage* there is one more (domain.types.Right)."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('UPDATE grants SET "right" = 4 WHERE "right" = 3')


def downgrade() -> None:
    """Who needs approval may read, and the older version sends nothing of theirs."""
    op.execute('UPDATE grants SET "right" = 1 WHERE "right" = 3')
    op.execute('UPDATE grants SET "right" = 3 WHERE "right" = 4')
