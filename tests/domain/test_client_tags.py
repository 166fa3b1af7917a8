"""The workflow's keywords as tags of a mail client (domain/client_tags.py)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.client_tags import client_tags
from proxyd.domain.login import LOGIN
from proxyd.domain.workflow import SHIPPED, StatusSet, StatusWord

PEOPLE = [("taro", "鈴木太郎"), ("hanako.sato", "佐藤花子")]


def luminance(colour: str) -> float:
    """Of WCAG 2.2, "relative luminance"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_statuses_come_first_in_their_order_then_signs_then_people() -> None:
    tags = client_tags(SHIPPED, PEOPLE, "ja")
    assert [(tag.keyword, tag.label) for tag in tags] == [
        ("$status-open", "未対応"),
        ("$status-checking", "確認中"),
        ("$status-hold", "保留"),
        ("$status-done", "対応済み"),
        ("$overdue", "期限超過"),
        ("$replying", "返信作成中"),
        ("$assignee-hanako.sato", "佐藤花子"),
        ("$assignee-taro", "鈴木太郎"),
    ]
    assert [tag.label for tag in client_tags(SHIPPED, [], "en")][:4] == [
        *("Open", "Checking", "On hold", "Done")
    ]


@given(st.lists(st.from_regex(LOGIN, fullmatch=True), unique=True, max_size=20))
def test_every_colour_can_be_read_and_stays_with_its_person(logins: list[str]) -> None:
    statuses = StatusSet((*SHIPPED.words, StatusWord("approval", "Approval", "承認待ち")))
    tags = client_tags(statuses, [(login, login) for login in logins], "en")
    assert all(1.05 / (luminance(tag.colour) + 0.05) >= 4.5 for tag in tags)
    for login in logins:
        alone = client_tags(statuses, [(login, login)], "en")[-1]
        assert alone in tags
