"""Tags and settings of Thunderbird (admin/client_setup/thunderbird_preferences.py)."""

from __future__ import annotations

from admin.client_setup.thunderbird_preferences import SETTINGS, ordinal, preferences
from tests.admin.client_setup.thunderbird_facts import TAGS

OWN = [f"$label{n}" for n in range(1, 6)]  # without an ordinal, Thunderbird sorts by these


def test_each_tag_has_name_colour_and_place() -> None:
    made = preferences(TAGS)
    assert made["mailnews.tags.$status-done.tag"] == "対応済み"
    assert made["mailnews.tags.$status-done.color"] == "#2E7D32"
    assert made["mailnews.tags.$status-done.ordinal"] == "!002"
    assert len(made) == 3 * len(TAGS) + len(SETTINGS)


def test_ours_stand_in_their_order_before_all_others() -> None:
    ours = [ordinal(position) for position in range(300)]
    others = [*OWN, "=e5=af=be", "1st", "in=20progress"]
    assert sorted([*others, *reversed(ours)], key=str.encode)[: len(ours)] == ours


def test_each_setting_is_of_a_kind_that_thunderbird_has() -> None:
    assert {type(value) for value in preferences(TAGS).values()} == {bool, int, str}
    assert all(name.startswith(("mail.", "mailnews.")) for name in preferences(TAGS))
