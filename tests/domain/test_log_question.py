"""A question to the access log as a line and as fields (domain/log_question.py)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.events import Action
from proxyd.domain.log_period import DEFAULT_DAYS, AskedPeriod, period_of
from proxyd.domain.log_question import (
    KEYS,
    LINE_LIMIT,
    OUTCOMES,
    BadQuestion,
    LogQuestion,
    Slip,
    asked,
    fields_of,
    parsed,
    written,
)

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 10, 3, 1, 20, 11, tzinfo=UTC)
DAY_US = 86_400_000_000


def us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


# ------------------------------------------------------------------ both ways

# White space at its ends, and brackets around an identifier, are nobody's intent.
texts = st.text(min_size=1, max_size=30).map(str.strip).filter(bool)
logins = texts.map(str.lower).filter(lambda text: text == text.lower() and text.strip() == text)
messages = texts.map(lambda text: text.strip("<> \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85")).filter(
    lambda text: bool(text) and text == text.strip().strip("<>").strip()
)
actions = st.lists(st.sampled_from(list(Action)), max_size=4, unique=True).map(tuple)
times = st.one_of(
    st.just(""),
    st.from_regex(r"[1-9][0-9]{0,4}[mhdwy]", fullmatch=True),
    st.dates().map(lambda day: day.isoformat()),
    st.datetimes(min_value=datetime(1000, 1, 1)).map(lambda at: at.isoformat(timespec="minutes")),
)
questions = st.builds(
    LogQuestion,
    person=st.just("") | logins,
    actions=actions,
    not_actions=actions,
    message=st.just("") | messages,
    mailbox=st.just("") | texts,
    address=st.just("") | st.ip_addresses().map(str) | st.just("192.0.2.0/24"),
    client=st.just("") | texts,
    outcome=st.sampled_from(("", *OUTCOMES)),
    conversation=st.none() | st.integers(1, 2**63 - 1),
    since=times,
    until=times,
)


@given(questions)
def test_what_is_written_is_read_as_it_was_meant(question):
    assert parsed(written(question)) == question
    assert asked(fields_of(question)) == question


@given(st.text(max_size=60))
def test_any_line_is_a_question_or_a_slip(line):
    try:
        question = parsed(line)
    except BadQuestion as error:
        assert error.slip in Slip and error.problem and error.instead
    else:
        assert parsed(written(question)) == question


@given(st.lists(st.sampled_from([*KEYS, ":", '"', "\\", " ", "-", "a", "7d", "open"]), max_size=12))
def test_any_line_made_of_our_words_too(words):
    try:
        question = parsed("".join(words))
    except BadQuestion:
        return
    assert parsed(written(question)) == question


# ------------------------------------------------------------------ by example


def test_a_line_as_a_reviewer_writes_it():
    line = 'person:Anna  action:open,copy message:<m1@customer.example> client:"Outlook 16"'
    assert parsed(f"{line} -action:list") == LogQuestion(
        person="anna",
        actions=(Action.OPEN, Action.COPY_OUT),
        not_actions=(Action.LIST,),
        message="m1@customer.example",
        client="Outlook 16",
    )
    assert parsed("") == parsed("  ") == LogQuestion()


@pytest.mark.parametrize(
    ("line", "slip", "key", "near"),
    [
        ("persn:anna", Slip.KEY, "", "person"),
        ("-person:anna", Slip.KEY, "", "person"),
        ("anna", Slip.NO_KEY, "", ""),
        ("person:anna invoice", Slip.NO_KEY, "", ""),
        ('person:"anna', Slip.NO_KEY, "", ""),
        ('person:"anna"x', Slip.NO_KEY, "", ""),
        (":anna", Slip.NO_KEY, "", ""),
        ("person:", Slip.EMPTY, "person", ""),
        ('person:" "', Slip.EMPTY, "person", ""),
        ("message:<>", Slip.EMPTY, "message", ""),
        ("person:a person:b", Slip.TWICE, "person", ""),
        ("action:opne", Slip.ACTION, "action", "open"),
        ("action:open,", Slip.ACTION, "action", ""),
        ("-action:everything-else", Slip.ACTION, "-action", ""),
        ("outcome:refusd", Slip.OUTCOME, "outcome", "refused"),
        ("address:192.0.2.256", Slip.ADDRESS, "address", ""),
        ("address:192.0.2.0/33", Slip.ADDRESS, "address", ""),
        ("conversation:0", Slip.NUMBER, "conversation", ""),
        ("conversation:١", Slip.NUMBER, "conversation", ""),
        ("conversation:99999999999999999999", Slip.NUMBER, "conversation", ""),
        ("since:yesterday", Slip.TIME, "since", ""),
        ("until:7", Slip.TIME, "until", ""),
        ("x" * (LINE_LIMIT + 1), Slip.LONG, "", ""),
    ],
)
def test_a_slip_of_the_pen_is_named_and_never_nothing_found(line, slip, key, near):
    with pytest.raises(BadQuestion) as error:
        parsed(line)
    assert (error.value.slip, error.value.key, error.value.near) == (slip, key, near)


def test_an_empty_field_of_a_form_asks_for_anything():
    assert asked({"person": " ", "action": "", "outcome": "ok"}) == LogQuestion(outcome="ok")


def test_networks_and_addresses_as_the_log_has_them():
    assert parsed("address:192.0.2.7/24").address == "192.0.2.0/24"
    assert parsed("address:2001:DB8:0::7").address == "2001:db8::7"


# ------------------------------------------------------------------ when


def test_the_last_week_where_nothing_is_said():
    now = us(NOW)
    assert period_of(LogQuestion(), now, TOKYO) == AskedPeriod(now - DEFAULT_DAYS * DAY_US, now)
    until = us(datetime(2026, 9, 30, 15, 0, tzinfo=UTC))
    asked_ = parsed("until:2026-10-01")
    assert period_of(asked_, now, TOKYO) == AskedPeriod(until - DEFAULT_DAYS * DAY_US, until)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90m", NOW - timedelta(minutes=90)),
        ("12h", NOW - timedelta(hours=12)),
        ("4w", NOW - timedelta(weeks=4)),
        ("1y", NOW - timedelta(days=365)),
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=TOKYO)),
        ("2026/10/01", datetime(2026, 10, 1, tzinfo=TOKYO)),
        ('"2026-10-01 17:00"', datetime(2026, 10, 1, 17, tzinfo=TOKYO)),
        ("2026-10-01t17:00", datetime(2026, 10, 1, 17, tzinfo=TOKYO)),
        ("2026-10-01T17:00:30Z", datetime(2026, 10, 1, 17, 0, 30, tzinfo=UTC)),
        ("2026-10-01T17:00+02:00", datetime(2026, 10, 1, 17, tzinfo=timezone(timedelta(hours=2)))),
        ("99999y", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_as_people_write_them(text, moment):
    assert period_of(parsed(f"since:{text}"), us(NOW), TOKYO).since_us == us(moment)


@pytest.mark.parametrize(
    ("line", "slip"),
    [
        ("since:2026-02-30", Slip.TIME),
        ("since:2026-10-01T25:00", Slip.TIME),
        ("since:2026-10-02 until:2026-10-01", Slip.ORDER),
        ("since:2027-01-01", Slip.ORDER),
        ("since:1h until:1h", Slip.ORDER),
    ],
)
def test_a_period_that_there_is_not(line, slip):
    with pytest.raises(BadQuestion) as error:
        period_of(parsed(line), us(NOW), TOKYO)
    assert error.value.slip is slip


@given(questions)
def test_a_period_begins_before_it_ends(question):
    try:
        period = period_of(question, us(NOW), TOKYO)
    except BadQuestion:
        return
    assert 0 <= period.since_us < period.until_us
