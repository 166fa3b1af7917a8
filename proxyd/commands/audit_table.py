"""Records of the access log as a table for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from proxyd.commands.console import say_table
from proxyd.commands.times import local_time
from proxyd.domain.ports.access_log import StoredRecord

HEADS = (
    "TIME",
    "PERSON",
    "ACTION",
    "OUTCOME",
    "MAILBOX",
    "FOLDER",
    "CONVERSATION",
    "MESSAGE",
    "FROM",
    "MORE",
)


def show_table(found: Sequence[StoredRecord], message_id: str | None = None) -> None:
    """``message_id`` is the mail asked for; what names another one says that it is about this."""
    say_table(HEADS, [_row(one, message_id) for one in found])


def _row(one: StoredRecord, asked: str | None) -> Sequence[str]:
    record = one.record
    about = f"about={asked} " if asked is not None and record.message_id != asked else ""
    origin = " ".join(part for part in (record.origin.address, record.origin.client) if part)
    return (
        local_time(one.at_us),
        record.actor,
        record.action,
        record.outcome,
        record.mailbox,
        record.view,
        "" if record.conversation is None else str(record.conversation),
        record.message_id,
        origin or record.origin.door,
        about + _more(record.detail),
    )


def _more(detail: Mapping[str, object]) -> str:
    """What was done first, then the rest as ``key=value``, without what is empty."""
    words = [str(detail["did"])] if "did" in detail else []
    for key, value in detail.items():
        if key != "did" and value not in ("", [], {}):
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            words.append(f"{key}={text}")
    return " ".join(words)
