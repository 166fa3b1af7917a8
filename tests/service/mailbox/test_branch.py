"""Which mails go along with one."""

from __future__ import annotations

from proxyd.domain.ports.parted import Reference
from proxyd.service.mailbox.branch import branch_of


def branch(start: str, **refers: str) -> set[str]:
    return branch_of(start, [Reference(id_, tuple(named.split())) for id_, named in refers.items()])


def test_what_refers_to_it_goes_and_what_it_refers_to_stays() -> None:
    assert branch("b", a="", b="a", c="b a", d="a") == {"b", "c"}


def test_by_others_too() -> None:
    """Some programs name the parent only."""
    assert branch("b", a="", b="a", e="d", d="c", c="b") == {"b", "c", "d", "e"}


def test_what_stands_between_and_is_not_here_goes_along() -> None:
    assert branch("b", a="", b="gone a", c="answer b gone a") == {"b", "c", "answer"}


def test_a_mail_that_names_both_sides_goes_and_the_other_side_stays() -> None:
    assert branch("b", a="", b="", c="a b") == {"b", "c"}


def test_rings_end() -> None:
    assert branch("b", a="b", b="a", c="") == {"a", "b"}
