"""Records in plain words."""

from __future__ import annotations

import pytest

from proxyd.commands.history_words import EVENTS, FATES, told, who
from proxyd.domain.deleting import Fate
from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord
from proxyd.domain.workflow import TABLE, Event

ARRIVED = "the mail came in, and the status became open"


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"from": "ben", "to": "anna"}, "took it from ben"),
        ({"from": "", "to": "anna"}, "took it"),
        ({"to": "anna"}, "took it"),
        ({"from": "anna", "to": "ben"}, "gave it to ben"),
        ({"from": "ben", "to": "anna", "by": "answer"}, "took it from ben, by answering"),
    ],
)
def test_nobody_gives_a_thing_to_themselves(detail: dict[str, object], words: str) -> None:
    assert told(LogRecord(Action.ASSIGN, actor="anna", detail=detail)) == words


@pytest.mark.parametrize(
    ("action", "outcome", "detail", "words"),
    [
        ("arrive", "ok", {"from": "done", "to": "open"}, ARRIVED),
        ("arrive", "ok", {}, "the mail came in"),
        ("arrive", "ok", {"by": "automatic"}, "an automatic mail came in"),
        (
            "arrive",
            "ok",
            {"by": "imported"},
            "a mail was put in that is older than our last answer",
        ),
        ("claim", "ok", {"from": "", "to": "anna"}, "took it"),
        ("claim", "ok", {"from": "", "to": "anna", "by": "answer"}, "took it, by answering"),
        ("assign", "ok", {"from": "anna", "to": "ben"}, "gave it to ben"),
        (
            "release",
            "ok",
            {"from": "ben", "to": "", "by": "person-gone"},
            "it is nobody's: ben was removed",
        ),
        (
            "release",
            "ok",
            {"from": "ben", "to": "", "by": "arrival"},
            "it is nobody's: ben is away, or may not answer",
        ),
        ("append", "ok", {"what": "reminder"}, "reminded of what waits"),
        ("status", "ok", {"from": "open", "to": "hold"}, "set the status to hold"),
        (
            "status",
            "ok",
            {"from": "open", "to": "done", "by": "answer"},
            "answered it, and the status became done",
        ),
        (
            "status",
            "ok",
            {"from": "open", "to": "open", "by": "answer-before"},
            "answered it without the newer mail, which waits still",
        ),
        (
            "status",
            "ok",
            {"from": "open", "to": "open", "by": "forward", "forwarded": ["a@sup.example", "b@x"]},
            "forwarded it to a@sup.example, b@x",
        ),
        ("status", "ok", {"from": "a", "to": "a", "by": "forward"}, "forwarded it"),
        (
            "status",
            "ok",
            {"from": "open", "to": "done", "by": "outside"},
            "answered it outside the proxy, and the status became done",
        ),
        (
            "status",
            "ok",
            {"from": "open", "to": "open", "by": "receipt"},
            "an automatic receipt of ours went out, which answers nothing",
        ),
        (
            "status",
            "ok",
            {"from": "done", "to": "open", "by": "joined", "other": 9},
            "joined it with conversation 9, and the status became open",
        ),
        ("status", "ok", {"to": "done", "by": "of-an-older-version"}, "set the status to done"),
        ("seen", "ok", {"seen": True}, "marked it as read"),
        ("seen", "ok", {"seen": False}, "marked it as unread"),
        ("move", "ok", {"to": "Archive"}, "moved it to Archive"),
        ("send", "ok", {"to": ["ida@x"], "recipients": 1}, "sent a mail to ida@x"),
        ("send", "refused", {"guard": "answered"}, "was refused: sent a mail (answered)"),
        (
            "send",
            "refused",
            {"guard": "answered", "guessed": "subject"},
            "was refused: sent a mail (answered, as far as its subject tells)",
        ),
        ("send", "failed", {}, "failed: sent a mail"),
        ("override", "ok", {"guard": "done"}, "sent all the same, in spite of the guard done"),
        ("flag", "ok", {"mode": "+", "flags": "\\Flagged"}, "changed flags: +\\Flagged"),
        (
            "flag",
            "ok",
            {"add": ["\\Deleted"], "remove": ["a", "b"]},
            "changed flags: set \\Deleted; took away a, b",
        ),
        ("flag", "ok", {"add": [], "remove": []}, "changed flags"),
        ("expunge", "ok", {}, "deleted it"),
        (
            "expunge",
            "ok",
            {"what": "moved-here", "to": "Status/Done"},
            "moved it into Status/Done",
        ),
        ("expunge", "ok", {"what": "moved"}, "moved it; the copy made before is the one"),
        ("expunge", "ok", {"what": "trash", "to": "Trash"}, "put it into Trash"),
        ("expunge", "ok", {"what": "destroyed"}, "deleted it for good"),
        ("expunge", "refused", {"what": "refused"}, "was refused: deleted it"),
        (
            "send",
            "failed",
            {"uncertain": True, "reason": "interrupted"},
            "perhaps sent a mail: nobody knows whether it went out",
        ),
        (
            "expunge",
            "unsure",
            {"why": "interrupted"},
            "perhaps deleted it: nobody heard what came of it",
        ),
        (
            "send",
            "ok",
            {"repeated": True},
            "tried to send again what had gone out, and nothing was sent",
        ),
        (
            "send",
            "ok",
            {"repeated": True, "waits": True},
            "tried to send again what waits already, and nothing was sent",
        ),
        (
            "release",
            "ok",
            {"from": "", "to": "", "by": "person-gone"},
            "it is nobody's: who had it was removed",
        ),
        ("unheard-of", "ok", {}, "unheard-of"),
    ],
)
def test_told(action, outcome, detail, words):
    assert told(LogRecord(action, outcome, detail=detail)) == words


def test_both_sides_of_a_split_say_which_is_the_other():
    detail = {"from": "open", "to": "open", "by": "split"}
    new = LogRecord("status", conversation=8, detail={**detail, "other": 7})
    old = LogRecord("status", conversation=7, detail={**detail, "other": 8})
    assert told(new) == "split it off from conversation 7"
    assert told(old) == "split off conversation 8"
    waits = {"from": "done", "to": "open", "by": "split-unanswered", "other": 8}
    assert told(LogRecord("status", conversation=7, detail=waits)) == (
        "split off conversation 8, whose answer is not one to this, and the status became open"
    )


def test_each_row_of_the_table_has_words_of_its_own():
    """A new event without words would show as its key, or as another one."""
    assert set(EVENTS) == set(Event)
    said = {
        row.event: told(LogRecord(row.record, detail={"by": row.event.value, "other": 1}))
        for row in TABLE
        if row.record is not None
    }
    assert len(set(said.values())) == len(said)
    assert not any(words in list(Action) for words in said.values())


def test_every_action_has_words():
    assert all(told(LogRecord(action)) for action in Action)


@pytest.mark.parametrize(
    ("action", "by", "person"),
    [
        ("status", "", "someone outside"),
        ("status", "outside", "someone outside"),
        ("status", "forward", "someone outside"),
        ("status", "joined", "proxyd"),
        ("status", "receipt", "proxyd"),
        ("arrive", "", "proxyd"),
    ],
)
def test_who(action, by, person):
    assert who(LogRecord("open", actor="anna")) == "anna"
    assert who(LogRecord(action, detail={"by": by})) == person


def test_every_fate_of_what_is_deleted_has_its_words() -> None:
    assert FATES.keys() == set(Fate)
