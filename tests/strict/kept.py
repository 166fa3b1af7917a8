"""Lists of steps that once failed, by what was wrong. None is ever taken out."""

from __future__ import annotations

from tests.strict.play import Step

KEPT: dict[str, list[Step]] = {
    "a move within one folder": [("copy", 0, False, (0,), 0, True)],
    "a FETCH by number after QRESYNC": [("fetch", 1, False, (0,), 4, False)],
    "news behind the continuation of IDLE": [
        ("noop", 1),
        ("webmail", 0, 0, 0),
        ("store", 0, False, (0, 12, 21), "+", True, 0, True),
        ("webmail", 5, 0, 2),
        ("idle", 1),
        ("burst", 0, (("copy", 0, True, (-1, 6), 3, True), ("saved", 2, True, 4))),
        ("search", 2, False, 6, 2),
        ("webmail", 1, 7, 5),
        ("quiet",),
    ],
    "a flag that goes in webmail and comes from a client": [
        ("webmail", 0, 0, 1),
        ("noop", 2),
        ("webmail", 0, 0, 1),
        ("store", 0, False, (-1,), "+", False, 1, False),
    ],
}
