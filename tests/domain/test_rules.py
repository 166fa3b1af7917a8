"""Which rules fit a mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.rule_reader import read
from proxyd.domain.rules import Rule, RuledMail, fields_of, fitting, further_fields, ruled_mail
from proxyd.domain.thread import parse_headers
from tests.effort import effort_below

INVOICE = b"""From: "Billing, Inc." <Billing@Supplier.Example>
To: Support <support@example.test>
Cc: team: invoice@example.test, x@other.example;
Subject: =?utf-8?B?6KuL5rGC5pu4?= No. 7
List-Id: News <announce.company.example>
X-Priority: 1 (Highest)
X-Priority: second
Date: Mon, 23 Nov 2026 10:00:00 +0900

"""


def mail_of(raw: bytes, *rules: Rule, automatic: bool = False) -> RuledMail:
    names = fields_of(rules)
    return ruled_mail(raw, parse_headers(raw), names, automatic=automatic, waits=not automatic)


def rule(conditions: str, actions: str = 'status = "checking"') -> Rule:
    return read(f'[[rule]]\nname = "one"\n{conditions}\n{actions}\n')[0]


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ('from = ["nobody@x", "*@supplier.example"]', True),
        ('from = "BILLING@*"', True),
        ('from = "billing"', False),
        ('to = ["invoice@example.test"]', True),
        ('to = "x@other.example"', True),
        ('to = "inc.*"', False),
        ('subject = "請求書 ｎｏ"', True),
        ('subject = ["offer", "NO. 7"]', True),
        ('subject = "No. 8"', False),
        ('header = { "x-priority" = "1*" }', True),
        ('header = { "X-Priority" = ["9*", "Second"] }', True),
        ('header = { "X-Priority" = "1" }', False),
        ('header = { "X-Other" = "*" }', False),
        ('header = { "X-Priority" = "1*", "X-Other" = "*" }', False),
        ('list = ["Announce.Company.Example"]', True),
        ('list = "*.other.example"', False),
        ("automatic = false", True),
        ("automatic = true", False),
        ('from = "*"\nsubject = "offer"', False),  # all must hold
    ],
)
def test_a_condition(conditions: str, *, fits: bool) -> None:
    one = rule(conditions)
    assert one.fits(mail_of(INVOICE, one)) is fits


def test_a_host_beyond_ascii_is_read_as_in_mails() -> None:
    one = rule('from = "*@例え.jp"')
    assert one.fits(mail_of("From: a@例え.jp\n\n".encode(), one))
    assert one.fits(mail_of(b"From: a@xn--r8jz45g.jp\n\n", one))


def test_what_waits_for_nobody_is_given_to_nobody_by_the_way() -> None:
    """A turn would be spent on each newsletter."""
    in_turn = rule('to = "*"', 'assignee = "anna"')
    newsletter = mail_of(INVOICE, automatic=True)
    assert not in_turn.fits(newsletter)
    assert replace(in_turn, automatic=True).fits(newsletter)
    assert replace(in_turn, status="checking").fits(newsletter)
    form = replace(newsletter, waits=True)  # says that it is automatic, and somebody wrote it
    assert in_turn.fits(form)
    assert replace(in_turn, automatic=True).fits(form)


def test_the_first_that_fits_counts_unless_it_says_otherwise() -> None:
    one = rule('from = "*"')
    named = [replace(one, name=name, stop=name != "b") for name in "abc"]
    never = replace(one, name="never", senders=("nobody@x",))
    mail = mail_of(INVOICE)
    assert [each.name for each in fitting([never, *named], mail)] == ["a"]
    assert [each.name for each in fitting([never, *named[1:]], mail)] == ["b", "c"]


def test_the_provider_is_asked_for_what_is_not_asked_for_anyway() -> None:
    one = rule('header = { "subject" = "a", "X-Priority" = "1", "x-priority" = "2" }')
    assert fields_of([one, one]) == ["SUBJECT", "X-PRIORITY"]
    assert further_fields([one]) == ("X-PRIORITY",)


def test_whatever_is_sent_matching_takes_no_time() -> None:
    """As many patterns as there may be, on a mail made to be slow."""
    patterns = tuple("*a" * 60 + f"*{number}" for number in range(1_000))
    subjects = tuple("a" * 200 + str(number) for number in range(1_000))
    one = Rule("one", subjects=subjects, fields={"X-A": patterns}, status="checking")
    raw = b"From: a@x\r\nSubject: " + b"a" * 60_000 + b"\r\nX-A: " + b"a" * 60_000 + b"\r\n\r\n"
    with effort_below(2.0):
        mail = mail_of(raw, one)
        assert not one.fits(mail)
        assert not replace(one, subjects=()).fits(mail)
