"""Who copies far more than is usual for them (domain/copied_out.py): simulated people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.copied_out import (
    LEAST_DAYS,
    MOST_DAYS,
    NEW_CLIENTS,
    NEW_FOR_US,
    Client,
    Extent,
    Judgement,
    Today,
    Usual,
    client_of,
    extent_of,
    judged,
    limit,
    place_of,
    usual,
)

FACTOR, FLOOR = 5, 500
NOW = 1_800_000_000_000_000
KNOWN = Client(NOW - NEW_FOR_US - 1, 40_000, 900)
THERE = 30_000

# Mails that a person's client takes on a working day: what came in, and what was looked at.
DAYS = st.lists(st.integers(0, 2_000), min_size=0, max_size=60)


def day_of(taken: int, own: list[int], colleagues: list[int]) -> Judgement:
    """A whole day, of a client that is known."""
    most = limit(usual(own, colleagues), FACTOR, FLOOR)
    return judged(Today(known=taken), KNOWN, NOW, THERE, most)


@given(st.integers(20, 2_000), st.data())
def test_days_like_the_others_never_alarm(level: int, data: st.DataObject) -> None:
    """Between half and twice of what somebody mostly has, whatever that is."""
    like = st.integers(level // 2, level * 2)
    own = data.draw(st.lists(like, min_size=LEAST_DAYS, max_size=60))
    assert day_of(data.draw(like), own, []) is Judgement.QUIET


@given(DAYS, DAYS)
def test_a_grab_alarms_whatever_was_usual(own: list[int], colleagues: list[int]) -> None:
    most = limit(usual(own, colleagues), FACTOR, FLOOR)
    assert most is not None and FLOOR <= most <= FACTOR * 2_000
    assert day_of(max(THERE, most + 1), own, colleagues) is Judgement.ALARM


@given(DAYS, DAYS, st.integers(0, FLOOR))
def test_below_the_floor_nothing_is_said(own: list[int], colleagues: list[int], taken: int) -> None:
    assert day_of(taken, own, colleagues) is Judgement.QUIET


@given(st.lists(st.integers(10, 300), min_size=MOST_DAYS, max_size=60), st.data())
def test_one_odd_day_teaches_nothing(own: list[int], data: st.DataObject) -> None:
    """The median of twenty days, and nine of ten, are not moved by a single one."""
    place = data.draw(st.integers(0, MOST_DAYS - 1))
    odd = [*own[:place], 1_000_000, *own[place + 1 :]]
    assert usual(odd, []).often <= 300
    assert day_of(FACTOR * 300 + FLOOR, odd, []) is Judgement.ALARM


@given(st.lists(st.integers(0, 100), max_size=LEAST_DAYS - 1), DAYS)
def test_who_is_new_is_measured_by_colleagues(own: list[int], colleagues: list[int]) -> None:
    assert usual(own, colleagues) == usual(colleagues[: len(colleagues)], []) or (
        len(colleagues) > MOST_DAYS or len(colleagues) < LEAST_DAYS
    )
    if len(colleagues) < LEAST_DAYS:
        assert usual(own, colleagues) == Usual(0, 0, 0)


@given(st.integers(0, 10_000), st.integers(FLOOR + 1, THERE))
def test_a_first_synchronisation_is_noted_and_no_alarm(age_s: int, mails: int) -> None:
    client = Client(NOW - age_s * 1_000_000, mails, again=mails // 50)
    first = Today(first=mails, known=30)
    assert judged(first, client, NOW, THERE, FLOOR) is Judgement.NOTICE
    noted = Today(first=mails, known=30, notice=True)
    assert judged(noted, client, NOW, THERE, FLOOR) is Judgement.QUIET


@pytest.mark.parametrize(
    "client",
    [
        Client(NOW, THERE * 2, 0),  # more than there is
        Client(NOW, 5_000, 4_000),  # the same ones again
        Client(NOW, 5_000, 0, NEW_CLIENTS),  # one new computer after another
    ],
    ids=["more than there is", "again", "too many new ones"],
)
def test_what_is_no_first_synchronisation_alarms(client: Client) -> None:
    today = Today(first=client.mails, again=client.again)
    assert judged(today, client, NOW, THERE, FLOOR) is Judgement.ALARM


def test_a_known_client_beside_a_new_one_is_judged_by_itself() -> None:
    assert judged(Today(known=FLOOR, first=9_000), KNOWN, NOW, THERE, FLOOR) is Judgement.QUIET
    assert judged(Today(known=FLOOR + 1), KNOWN, NOW, THERE, FLOOR) is Judgement.ALARM
    told = Today(known=9_000, alarm=True)
    assert judged(told, KNOWN, NOW, THERE, FLOOR) is Judgement.QUIET, "once a day"


def test_switched_off() -> None:
    assert limit(Usual(1, 1, 20), 0, FLOOR) is None
    assert judged(Today(known=10**9), KNOWN, NOW, THERE, None) is Judgement.QUIET


@pytest.mark.parametrize(
    ("attributes", "extent"),
    [
        ([b"FLAGS", b"RFC822.SIZE", b"ENVELOPE"], Extent.NOTHING),
        ([b"BODY.PEEK[HEADER.FIELDS (FROM TO)]"], Extent.NOTHING),
        ([b"BODY.PEEK[1.MIME]", b"BODYSTRUCTURE"], Extent.NOTHING),
        ([b"PREVIEW"], Extent.NOTHING),
        ([b"BINARY.SIZE[1]"], Extent.NOTHING),
        ([b"BODY.PEEK[TEXT]<0.2048>"], Extent.PART),
        ([b"BODY.PEEK[1.2]", b"BODY.PEEK[HEADER]"], Extent.PART),
        ([b"BINARY.PEEK[2]<0.100>"], Extent.PART),
        ([b"FLAGS", b"BODY.PEEK[]"], Extent.WHOLE),
        ([b"BODY[]"], Extent.WHOLE),
        ([b"BODY.PEEK[]<0.16384>"], Extent.WHOLE),
        ([b"BODY.PEEK[]<16384.16384>"], Extent.NOTHING),  # the rest of what was begun
        ([b"BODY.PEEK[]<%b.1>" % (b"9" * 400)], Extent.NOTHING),
    ],
)
def test_how_much_of_a_mail_is_taken(attributes: list[bytes], extent: Extent) -> None:
    assert extent_of(attributes) is extent


@given(st.text(max_size=100), st.text(max_size=60))
def test_names_and_places_are_short_whatever_is_said(said: str, address: str) -> None:
    assert len(client_of(said)) <= 60
    assert len(place_of(address)) <= 60


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Thunderbird 140.2.1", "thunderbird"),
        ("Thunderbird/128", "thunderbird"),
        ("Outlook-iOS v4.2", "outlook-ios"),
        ("", ""),
    ],
)
def test_another_version_is_the_same_client(said: str, name: str) -> None:
    assert client_of(said) == name


def test_of_ipv6_the_network_counts() -> None:
    assert place_of("2001:db8::1:2") == place_of("2001:db8::9:9:9") == "2001:db8::/64"
    assert place_of("::ffff:192.0.2.7") == place_of("192.0.2.7") == "192.0.2.7"
