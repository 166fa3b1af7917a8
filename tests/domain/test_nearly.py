"""What was meant by a word that there is not."""

from __future__ import annotations

from proxyd.domain.nearly import close_to, instead_of, meant


def test_the_near_one_whatever_its_capitals() -> None:
    assert close_to("OPNE", ["open", "hold"]) == "open"
    assert meant("opne", ["Open"]) == "did you mean Open?"


def test_nothing_near() -> None:
    assert (close_to("zzz", ["open"]), meant("", ["open"])) == ("", "")


def test_what_to_write_is_told_in_any_case() -> None:
    assert instead_of("opne", ["open"], "write open") == "did you mean open? write open"
    assert instead_of("zzz", ["open"], "write open") == "write open"
