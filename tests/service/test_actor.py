"""Who did it, as the log wants it (service.actor.py)."""

from __future__ import annotations

from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord, Origin
from proxyd.service.actor import Actor


def test_a_record_names_who_and_from_where():
    origin = Origin("cli", client="proxyd 0.1")
    record = Actor("Root@cli", origin).record(Action.ADMIN, {"did": "x"}, mailbox="support")
    assert record == LogRecord(
        "admin", actor="root@cli", mailbox="support", origin=origin, detail={"did": "x"}
    )
