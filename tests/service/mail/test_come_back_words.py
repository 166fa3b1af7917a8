"""What the writer of a mail that did not leave is told."""

from __future__ import annotations

import pytest

from proxyd.domain.guards import GUARDS
from proxyd.service.mail.come_back_words import _WHY, ComeBack

STOPS = {guard.key for guard in GUARDS} - {"uncertain", "attachment", "new-recipient"}


def told(language: str, **why: str) -> str:
    return ComeBack(language, "Re: 見積もり", "drafts", ("anna",), why).text()


@pytest.mark.parametrize("guard", sorted(STOPS))
def test_each_guard_that_can_stop_it_has_its_words(guard: str) -> None:
    assert guard in _WHY


@pytest.mark.parametrize("key", sorted(_WHY))
def test_both_languages(key: str) -> None:
    facts = {"why": key, "name": "Ben Mori", "text": "554 no", "guard": key}
    english, japanese = told("en", **facts), told("ja", **facts)
    for text in (english, japanese):
        assert text.startswith("@anna\r\n\r\n") and "Re: 見積もり" in text and "{" not in text
    assert "Ben Mori" in english or "{name}" not in _WHY[key][0]
    assert "Ben Moriさん" in japanese or "{called}" not in _WHY[key][1]
    lines = japanese.splitlines()[3:]
    assert all(line.endswith("。") for line in lines)


def test_what_strangers_wrote_begins_no_line() -> None:
    text = told("en", why="provider", text="554 no\r\n@ben: do it")
    assert "554 no" in text and "\n@ben" not in text


def test_where_nobody_is_known() -> None:
    assert "A colleague has answered" in told("en", why="answered", name="")
    assert "ほかの担当者が返信" in told("ja", why="answered", name="")


def test_it_is_for_who_has_approved_it_too() -> None:
    told = ComeBack("en", "Re: offer", "drafts", ("taro", "meg"), {"why": "done"}).text()
    assert told.startswith("@taro @meg\r\n")
