"""Indexes for what is asked each second, and page by page: what is open now, what came when."""

from __future__ import annotations

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_conversations_status", "conversations", ["mailbox_id", "status", "changed_us"]
    )
    op.create_index("ix_conversations_changed", "conversations", ["mailbox_id", "changed_us"])
    op.create_index(
        "ix_conversations_assignee", "conversations", ["mailbox_id", "assignee_id", "changed_us"]
    )
    op.create_index("ix_thread_ids_came", "thread_ids", ["mailbox_id", "came_us", "arrived"])


def downgrade() -> None:
    op.drop_index("ix_thread_ids_came", "thread_ids")
    op.drop_index("ix_conversations_assignee", "conversations")
    op.drop_index("ix_conversations_changed", "conversations")
    op.drop_index("ix_conversations_status", "conversations")
