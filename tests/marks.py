"""Marks of internal notes, of an installation that has this key."""

from __future__ import annotations

from proxyd.domain.note_marks import Marks, mark

MARKS = Marks("keyed: {}".format)
MARK = mark(MARKS.token("12ab"))
