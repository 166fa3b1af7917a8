"""What a provider has left out, and what can be done about it."""

from __future__ import annotations

import pytest

from proxyd.domain.left_out import LeftOut, left_out


@pytest.mark.parametrize(
    ("add", "remove", "flags", "left"),
    [
        (["\\Flagged", "kw"], [], ["KW", "\\Flagged", "\\Seen"], LeftOut()),
        ([], ["\\Flagged", "kw"], ["\\Seen"], LeftOut()),
        (["\\Flagged", "kw"], [], [], LeftOut(("kw",), ("\\Flagged",))),
        ([], ["\\Flagged", "kw"], ["\\Flagged", "KW"], LeftOut((), ("\\Flagged", "kw"))),
    ],
)
def test_what_is_left_out(
    add: list[str], remove: list[str], flags: list[str], left: LeftOut
) -> None:
    assert left_out(add, remove, flags) == left
    assert bool(left) is (left != LeftOut())
