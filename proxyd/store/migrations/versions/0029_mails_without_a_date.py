"""What was taken in as received in 1970, because the provider had no date of it, has one.

Its Date, else when it came to us, else now. Of mails of ours that have neither it stays: they
answer nothing. Since when a conversation waits is derived anew when it is served.
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

from proxyd.domain.internal_date import NO_DATE, internal_date, received

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_UNDATED = sa.text(
    "SELECT m.id, m.internal_date, m.inbound, m.sent_us, t.came_us FROM messages m"
    " JOIN folders f ON f.id = m.folder_id LEFT JOIN thread_ids t"
    " ON t.mailbox_id = f.mailbox_id AND t.message_id = m.message_id"
    " WHERE substr(m.internal_date, 8, 4) <= '1970' AND length(m.internal_date) = 26"
)
_DATED = sa.text("UPDATE messages SET internal_date = :date WHERE id = :id")


def upgrade() -> None:
    connection, now_us = op.get_bind(), time.time_ns() // 1000
    for row in connection.execute(_UNDATED).all():
        date = received(NO_DATE, row.sent_us, now_us)
        if date is None:
            date = internal_date(row.came_us or now_us) if row.inbound else NO_DATE
        connection.execute(_DATED, {"date": date, "id": row.id})


def downgrade() -> None:
    """A date is none of an older version's concern."""
