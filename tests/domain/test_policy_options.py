"""The words of a mailbox's policy: written, read, refused (domain/policy_options.py)."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

import pytest

from proxyd.domain.guards import CHOICES, ON_BY_DEFAULT
from proxyd.domain.policy import Policy
from proxyd.domain.policy_options import BY_KEY, OPTIONS, WrongPolicy, changed, from_words, words_of


def test_every_choice_has_its_words():
    assert {option.field for option in OPTIONS} == {each.name for each in fields(Policy)}
    assert all(option.help.endswith((".", "…")) for option in OPTIONS)


def test_every_guard_that_is_a_choice_is_one():
    keys = [guard.key for guard in CHOICES]
    assert len(set(keys)) == len(keys)
    for key in keys:
        on, off = (changed(Policy(), {f"guard-{key}": word}) for word in ("yes", "no"))
        assert (key in on.guards, key in off.guards) == (True, False)
        assert on.guards - {key} == off.guards
        assert (words_of(on) == {}) == (key in ON_BY_DEFAULT)


def test_nothing_is_kept_of_what_was_not_chosen():
    assert words_of(Policy()) == {}
    assert from_words({}) == Policy()


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_what_is_shown_is_read_back(option):
    shown = option.shown(Policy())
    assert changed(Policy(), {option.key: shown}) == Policy()


def test_chosen_kept_and_read_back():
    wanted = {"zone": "Asia/Tokyo", "guard-claimed": "yes", "override-pause-s": "30"}
    chosen = changed(Policy(), wanted)
    assert (chosen.zone, chosen.override_pause_s) == ("Asia/Tokyo", 30)
    assert chosen.guards == {*ON_BY_DEFAULT, "claimed"}
    assert words_of(chosen) == wanted
    assert from_words(wanted) == chosen


def test_a_choice_of_another_version_counts_as_not_made():
    assert from_words({"guard-hold": "no", "not-invented-yet": "x"}) == Policy(
        guards=ON_BY_DEFAULT - {"hold"}
    )


@pytest.mark.parametrize(
    ("key", "text", "remedy"),
    [
        ("zone", "Mars/Olympus", "Asia/Tokyo"),
        ("zone", "../../etc/passwd", "Asia/Tokyo"),
        ("guard-hold", "maybe", "yes or no"),
        ("override-pause-s", "0", "from 1 to 60"),
        ("override-pause-s", "٣", "from 1 to 60"),
        ("override-pause-s", "9" * 5000, "from 1 to 60"),
        ("override-window-s", "20", "more than 20"),
        ("override-mark", "x" * 21, "at most 20"),
        ("override-mark", "a\r\nBcc: x", "at most 20"),
        ("office-hours", "9 to 5", "Mon-Fri 09:00-12:00"),
        ("office-hours", "", "Mon-Fri 09:00-12:00"),
        ("holidays", "", "JP or DE-BY"),
        ("holidays", "x" * 41, "JP or DE-BY"),
        ("holidays", "J\nP", "JP or DE-BY"),
        ("nonsense", "yes", "zone"),
    ],
)
def test_what_is_no_good_is_told_with_a_remedy(key, text, remedy):
    with pytest.raises(WrongPolicy) as caught:
        changed(Policy(), {key: text})
    assert caught.value.key == key
    assert remedy in caught.value.remedy


def test_the_zone_is_the_mailbox_s_or_the_machine_s():
    assert str(Policy(zone="Asia/Tokyo").tz) == "Asia/Tokyo"
    now = datetime(2026, 1, 1, 12, 0)
    assert now.replace(tzinfo=Policy().tz).utcoffset() == now.astimezone().utcoffset()


@pytest.mark.parametrize(
    ("words", "country"),
    [
        ({}, ""),
        ({"zone": "Asia/Tokyo"}, "JP"),
        ({"zone": "Japan"}, "JP"),
        ({"zone": "Europe/Berlin"}, ""),
        ({"zone": "Asia/Tokyo", "holidays": "none"}, ""),
        ({"zone": "Asia/Tokyo", "holidays": "DE-BY"}, "DE-BY"),
    ],
)
def test_whose_holidays_close_the_office(words, country, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    assert changed(Policy(), words).country == country
    assert from_words(words).country == country


def test_a_mailbox_without_a_zone_has_the_holidays_of_the_machine_s(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert Policy().country == "JP"


def test_keys_are_what_the_command_line_takes():
    assert "guard-answered" in BY_KEY
