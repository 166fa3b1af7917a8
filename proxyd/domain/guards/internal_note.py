"""A note that colleagues have written to each other would leave. No choice: always on, and nobody
may say "all the same".
"""

from __future__ import annotations

from proxyd.domain.guards.row import About, Facts, Guard, Kind, Reason


def _has_one(facts: Facts) -> Reason | None:
    return Reason(overridable=False) if facts.note else None


def _has_its_words(facts: Facts) -> Reason | None:
    if not facts.note_words:
        return None
    return Reason(told={"words": facts.note_words}, overridable=False)


NOTE = Guard(
    "note",
    Kind.SLIP,
    About.MAIL,
    ("note",),
    _has_one,
    "it answers an internal note, or has one in it: quoted, forwarded, or attached",
)
NOTE_WORDS = Guard(
    "note-words",
    Kind.SLIP,
    About.MAIL,
    ("note_words",),
    _has_its_words,
    "its text has a run of an internal note's words (some six, or fourteen characters of Japanese)",
)
