"""A note that colleagues have written to each other would leave. No choice: always on. Nobody may
say "all the same" of a note; of words they may, which a note and an answer can have by chance.
"""

from __future__ import annotations

import hashlib

from proxyd.domain.guards.row import About, Facts, Guard, Kind, Reason


def _has_one(facts: Facts) -> Reason | None:
    return Reason(overridable=False) if facts.note else None


def _has_its_words(facts: Facts) -> Reason | None:
    if not facts.note_words:
        return None
    # The consent is kept in the database, where no word of a note stands in clear.
    words = facts.note_words.encode("utf-8", "replace")
    return Reason(told={"words": facts.note_words}, matter=hashlib.sha256(words).hexdigest()[:16])


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
