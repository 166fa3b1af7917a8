"""Which records are told to another program, in which words, and how that is signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from proxyd.domain import webhook
from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord
from proxyd.domain.webhook import (
    LONGEST_RETRY_S,
    NoticeKind,
    kind_of,
    kinds_of,
    made_secret,
    notice_of,
    retry_s,
    signed_fields,
    url_problem,
)

NOW_US = 1_796_000_000_123_000


@pytest.mark.parametrize(
    ("action", "outcome", "detail", "kind"),
    [
        ("arrive", "ok", {"from": "done", "to": "open"}, "new-mail"),
        ("arrive", "ok", {}, "new-mail"),
        ("arrive", "ok", {"by": "automatic"}, None),
        ("arrive", "ok", {"by": "imported"}, None),
        ("claim", "ok", {"from": "", "to": "anna"}, "assigned"),
        ("assign", "ok", {"from": "anna", "to": "ben"}, "assigned"),
        ("release", "ok", {"from": "ben", "to": ""}, "assigned"),
        ("status", "ok", {"from": "open", "to": "done", "by": "answer"}, "answered"),
        ("status", "ok", {"from": "open", "to": "open", "by": "answer-before"}, "answered"),
        ("status", "ok", {"from": "open", "to": "done", "by": "outside"}, "answered"),
        ("status", "ok", {"from": "open", "to": "done"}, None),
        ("status", "refused", {"by": "answer"}, None),
        ("overdue", "ok", {"since": "2026-11-27T10:00+09:00"}, "overdue"),
        ("alarm", "ok", {"what": "copied-much"}, "alarm"),
        ("alarm", "ok", {"what": "provider-trouble"}, "alarm"),
        ("alarm", "ok", {"what": "first-synchronisation"}, None),
        ("open", "ok", {}, None),
        ("send", "ok", {"to": ["c@example.com"]}, None),
        ("admin", "ok", {"did": "user add"}, None),
    ],
)
def test_what_is_told(
    action: str, outcome: str, detail: dict[str, object], kind: str | None
) -> None:
    assert kind_of(LogRecord(action, outcome, detail=detail)) == kind


def test_no_action_is_told_that_reading_makes() -> None:
    """Who reads what is for the log alone."""
    told = {action for action in Action if kind_of(LogRecord(action)) is not None}
    assert told == {"arrive", "claim", "assign", "release", "overdue", "alarm"}


def test_a_notice_has_numbers_and_nobody_outside() -> None:
    record = LogRecord(
        Action.ASSIGN,
        actor="anna",
        mailbox="support",
        message_id="m1@customer.example",
        subject_digest="d:secret",
        conversation=7,
        detail={"from": "", "to": "ben", "by": "rule", "customer": "hanako@customer.example"},
    )
    notice = notice_of(42, bytes(range(32)), NOW_US, record, NoticeKind.ASSIGNED)
    assert notice.id == "record_42_00010203"
    assert json.loads(notice.body) == {
        "type": "assigned",
        "timestamp": datetime.fromtimestamp(NOW_US / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.123Z"),
        "data": {
            "record": 42,
            "mailbox": "support",
            "conversation": 7,
            "who": "anna",
            "from": "",
            "to": "ben",
        },
    }


@given(st.integers(1, 10**9), st.text(max_size=20), st.text(max_size=20))
def test_a_receiver_by_others_takes_it_and_no_other(number: int, name: str, who: str) -> None:
    record = LogRecord(Action.CLAIM, mailbox=name, actor=who, detail={"to": who})
    notice = notice_of(number, bytes(32), NOW_US, record, NoticeKind.ASSIGNED)
    secret = made_secret()
    fields = signed_fields(notice, secret, NOW_US)
    moment = datetime.fromtimestamp(NOW_US / 1_000_000, UTC)
    with patch("standardwebhooks.webhooks.datetime") as clock:
        clock.now.return_value = moment
        clock.fromtimestamp = datetime.fromtimestamp
        assert Receiver(secret).verify(notice.body, fields) == json.loads(notice.body)
        with pytest.raises(WebhookVerificationError):
            Receiver(secret).verify(notice.body + b" ", fields)
        with pytest.raises(WebhookVerificationError):
            Receiver(made_secret()).verify(notice.body, fields)


def test_it_is_tried_again_later_and_later_and_each_hour_at_least() -> None:
    waits = [retry_s(count) for count in range(1, 2_000)]
    assert waits[:4] == [5, 10, 20, 40]
    assert waits == sorted(waits) and waits[-1] == LONGEST_RETRY_S


@pytest.mark.parametrize(
    "url",
    [
        "https://chat.example.com/hooks/x?token=1",
        "https://chat.example.com:8443/",
        "http://127.0.0.1:9/x",
        "http://[::1]:9/x",
        "http://localhost/x",
    ],
)
def test_where_to(url: str) -> None:
    assert url_problem(url) == ("", "")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://chat.example.com/", "in clear"),
        ("http://127.0.0.1.example.com/", "in clear"),
        ("https://anna:secret@chat.example.com/", "in every log"),
        ("https://chat.example.com/#x", "never sent"),
        *(
            (url, "no address of the web")
            for url in ("", "chat", "ftp://x/", "https://", "https://x:99999/", "https://[::1/")
        ),
        ("https://x/a b", "no address of the web"),
        ("https://x/\r\nHost: y", "no address of the web"),
        ("https://例え.jp/", "no address of the web"),
        ("https://x/" + "a" * 2_000, "no address of the web"),
    ],
)
def test_where_not_to(url: str, problem: str) -> None:
    found, remedy = url_problem(url)
    assert problem in found and remedy


@given(st.text(max_size=200))
def test_whatever_is_typed_is_judged(url: str) -> None:
    url_problem(url)


def test_kinds_come_in_order_each_once() -> None:
    assert kinds_of(["alarm", "new-mail", "alarm"]) == (NoticeKind.NEW_MAIL, NoticeKind.ALARM)
    with pytest.raises(ValueError, match="opened"):
        kinds_of(["opened"])
    assert set(webhook.MEANING) == set(NoticeKind)
