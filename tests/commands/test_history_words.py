"""Records in plain words."""

from __future__ import annotations

import pytest

from proxyd.commands.history_words import told, who
from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord

ARRIVED = "the mail came in, and the status became open"


@pytest.mark.parametrize(
    ("action", "outcome", "detail", "words"),
    [
        (
            "arrive",
            "ok",
            {"from": "done", "to": "open"},
            ARRIVED,
        ),
        ("claim", "ok", {"from": "", "to": "anna"}, "took it"),
        ("assign", "ok", {"from": "anna", "to": "ben"}, "gave it to ben"),
        ("status", "ok", {"to": "done", "by": "answer"}, "set the status to done, by answering"),
        ("seen", "ok", {"seen": True}, "marked it as read"),
        ("seen", "ok", {"seen": False}, "marked it as unread"),
        ("move", "ok", {"to": "Archive"}, "moved it to Archive"),
        ("send", "refused", {"guard": "answered"}, "was refused: sent an answer (answered)"),
        ("send", "failed", {}, "failed: sent an answer"),
        ("override", "ok", {"guard": "done"}, "sent all the same, in spite of the guard done"),
        ("flag", "ok", {"mode": "+", "flags": "\\Flagged"}, "changed flags +\\Flagged"),
        ("unheard-of", "ok", {}, "unheard-of"),
    ],
)
def test_told(action, outcome, detail, words):
    assert told(LogRecord(action, outcome, detail=detail)) == words


def test_every_action_has_words():
    assert all(told(LogRecord(action)) for action in Action)


def test_who():
    assert who(LogRecord("open", actor="anna")) == "anna"
    assert who(LogRecord("status")) == "someone outside"
    assert who(LogRecord("arrive")) == "proxyd"
