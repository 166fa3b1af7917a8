"""Names of the virtual folders, and their places in front of them."""

from __future__ import annotations

import pytest

from proxyd.domain.folder_names import ViewNames, names_beside, shared_root
from proxyd.domain.workflow import SHIPPED, StatusSet, StatusWord

KEYS = ("mine", "unassigned", "overdue", "notes", "mentions", "people")


def all_of(names: ViewNames) -> list[str]:
    return [*map(names.of_status, names.statuses.keys), *map(names.named, KEYS)]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("order", ["plain", "numbered"])
def test_no_two_are_the_same(language: str, order: str) -> None:
    found = all_of(ViewNames(language, SHIPPED, order))
    assert len(set(found)) == 10
    assert (found == sorted(found)) is (order == "numbered")


def test_the_parent_has_no_place_and_one_day_none_of_another_level() -> None:
    names = ViewNames("ja", SHIPPED, "numbered")
    assert names.named("parent") == "対応状況"
    assert names.named("4w") == "04 4週間後"
    assert names.of_status("nope") == ""


def test_a_further_status_comes_before_what_is_beside_the_statuses() -> None:
    more = StatusSet((*SHIPPED.words, StatusWord("approval", "Approval", "承認待ち")))
    names = ViewNames("ja", more, "numbered")
    assert (names.of_status("approval"), names.named("mine")) == ("05 承認待ち", "06 自分の担当")


def test_what_no_status_can_be_called() -> None:
    assert {"期限超過", "社内メモ", "担当者"} <= set(names_beside("ja"))
    assert {"Overdue", "Notes", "Assigned to"} <= set(names_beside("en"))


def test_the_root_of_further_mailboxes() -> None:
    assert (shared_root("en"), shared_root("ja")) == ("Shared", "共有")
