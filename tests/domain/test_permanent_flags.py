"""PERMANENTFLAGS as providers say it."""

from __future__ import annotations

import pytest

from proxyd.domain.permanent_flags import NO_FLAGS, UNTOLD, PermanentFlags, permanent_flags


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("\\Answered \\Flagged \\Deleted \\Seen \\Draft kw1 \\*", PermanentFlags(True)),
        ("\\ANSWERED \\flagged \\Deleted \\Seen \\Draft", PermanentFlags(False)),
        ("\\Deleted \\Seen", PermanentFlags(False, NO_FLAGS - {"\\Deleted", "\\Seen"})),
        ("", PermanentFlags(False, NO_FLAGS)),
    ],
)
def test_what_a_folder_keeps(words: str, kept: PermanentFlags) -> None:
    assert permanent_flags(words.split()) == kept


def test_where_nothing_is_said_all_that_there_are_can_be_changed() -> None:
    assert PermanentFlags(keywords=False, unkept=frozenset()) == UNTOLD
