"""Sentences: one line, plain, in both languages, whatever the facts are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain import errors
from proxyd.service.api.submission import Guarded, PerhapsSent, SenderNotAllowed
from smtp_frontend.refusals import Moment, clock_time, reply_to
from smtp_frontend.replies import LINE_MAX

TOKYO = timezone(timedelta(hours=9))
AT = int(datetime(2026, 5, 3, 1, 5, tzinfo=UTC).timestamp()) * 1_000_000
MINUTE = 60_000_000
MOMENT = Moment(AT + MINUTE, TOKYO)


def guarded(guard: str, language: str = "en", **facts: str) -> str:
    return reply_to(Guarded(guard, language, {"when": str(AT), **facts}), language, MOMENT)


def test_the_guards_sentences():
    assert guarded("answered", name="Hanako Sato", pause="20", window="600", how="pause") == (
        "550 5.7.1 Hanako Sato answered this mail at 10:05; nothing was sent. "
        "To send yours all the same, changed or not and within 10 min, send it again after "
        "20 seconds"
    )
    assert guarded("answered", "ja", name="佐藤花子", pause="20", window="600", how="pause") == (
        "550 5.7.1 佐藤花子さんが10:05に返信済みです。二重返信を防ぐため、送信を中止しました。"
        "それでも送信する場合は、20秒以上たってからもう一度送信してください"
        "（10分以内。内容を直してもかまいません）。"
    )
    assert guarded("sending", name="Taro").startswith("550 5.7.1 Taro is sending")
    assert guarded("uncertain").startswith("550 5.7.1 This mail may have gone out")
    assert guarded("done", name="Taro") == (
        "550 5.7.1 Taro marked this mail as done at 10:05; nothing was sent"
    )
    assert guarded("hold", "ja", name="太郎", how="mark", mark="!send!") == (
        "550 5.7.1 太郎さんが10:05に保留にしたメールです。送信を中止しました。"
        "理由は太郎さんに確認してください。"
        "それでも送信する場合は、件名の先頭に !send! と入力して、送信してください。"
    )
    assert guarded("done", when="0").startswith("550 5.7.1 This mail is marked as done; nothing")
    assert guarded("hold", when="0", name="").startswith("550 5.7.1 This mail is on hold; nothing")
    assert guarded("claimed", name="Taro", how="").endswith(
        "in charge of this mail; nothing was sent"
    )
    assert guarded("never heard of").startswith("554 5.7.1 This mail cannot be sent")


def test_a_status_of_the_house_that_stops_answers_is_called_by_its_name():
    assert guarded("hold", name="Taro", status="Approval", how="") == (
        '550 5.7.1 Taro set this mail to "Approval" at 10:05; nothing was sent'
    )
    assert guarded("hold", "ja", name="太郎", status="承認待ち", how="") == (
        "550 5.7.1 太郎さんが10:05に「承認待ち」にしたメールです。送信を中止しました。"
        "理由は太郎さんに確認してください。"
    )
    assert guarded("hold", "ja", name="太郎", own="yes", status="承認待ち", how="") == (
        "550 5.7.1 ご自身が10:05に「承認待ち」にしたメールです。送信を中止しました。"
    )
    assert guarded("hold", "ja", when="0", status="承認待ち", how="") == (
        "550 5.7.1 「承認待ち」のメールです。送信を中止しました。"
    )


def test_an_answer_that_may_be_to_another_mail_is_not_said_to_be_to_this_one():
    assert guarded("answered", name="Taro", elsewhere="yes", how="") == (
        "550 5.7.1 Taro answered in this conversation at 10:05; nothing was sent"
    )
    assert guarded("answered", "ja", name="太郎", elsewhere="yes", how="") == (
        "550 5.7.1 太郎さんが10:05にこのやり取りへ返信済みです。"
        "二重返信を防ぐため、送信を中止しました。"
    )


def test_of_an_answer_past_the_proxy_nobody_is_named():
    assert guarded("answered", name="", how="") == (
        "550 5.7.1 This mail was answered at 10:05, past proxyd (in webmail, say); nothing was sent"
    )
    assert guarded("answered", "ja", name="", how="") == (
        "550 5.7.1 このメールには10:05に返信済みです（Webメールなど、proxyd を通さない返信）。"
        "二重返信を防ぐため、送信を中止しました。"
    )
    assert guarded("answered", name="", elsewhere="yes", how="").startswith(
        "550 5.7.1 There is an answer in this conversation since 10:05, given past proxyd"
    )
    by_answer = guarded("done", "ja", name="", answered="yes", how="")
    assert by_answer == guarded("answered", "ja", name="", how="")
    assert guarded("hold", "ja", name="", how="").startswith("550 5.7.1 ほかの利用者が10:05に保留")


@pytest.mark.parametrize("how", ["pause", "mark-instead"])
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("own", ["", "yes"])
def test_what_may_be_answered_says_who_knows_and_what_to_do(language, own, how):
    facts = {"name": "佐藤花子", "how": how, "pause": "20", "window": "600", "mark": "!send!"}
    said = guarded("perhaps-answered", language, own=own, **facts)
    assert said.startswith("550 5.7.1 ") and "10:05" in said
    assert ("佐藤花子" in said) is (not own)
    assert said.endswith(guarded("uncertain", language, **facts)[-20:]), "nothing is cut off"


def test_who_came_again_too_soon_hears_why_before_the_other_way():
    told = {"name": "Taro", "how": "mark-instead", "mark": "!send!"}
    assert guarded("hold", **told).endswith(
        "; nothing was sent. Sending it again did not count: it came too soon, or the mail program "
        "did it by itself. To send yours all the same, write !send! at the start of its subject"
    )
    assert "再送信は、間隔が短すぎたか" in guarded("hold", "ja", **told)


def test_what_is_done_because_of_an_answer_was_not_marked_by_anybody():
    assert guarded("done", name="Taro", answered="yes", how="").startswith(
        "550 5.7.1 Taro answered this mail at "
    )
    assert "返信済み" in guarded("done", "ja", name="太郎", answered="yes", how="")
    assert guarded("done", name="Taro", how="").startswith(
        "550 5.7.1 Taro marked this mail as done"
    )


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        ("1", "again after 1 second", "1秒以上たってから"),
        ("2", "again after 2 seconds", "2秒以上たってから"),
        ("60", "again after 1 min", "1分以上たってから"),
    ],
)
def test_a_pause_is_said_as_people_say_it(seconds: str, english: str, japanese: str) -> None:
    facts = {"pause": seconds, "window": "600", "how": "pause"}
    assert guarded("done", **facts).endswith(english)
    assert japanese in guarded("done", "ja", **facts)


@pytest.mark.parametrize("how", ["pause", "mark", ""])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_may_have_gone_out_has_one_recipe_however_often_it_is_said(how, language):
    facts = {"how": how, "pause": "20", "window": "600", "mark": "!send!"}
    first = reply_to(PerhapsSent("cut", language, facts), language, MOMENT)
    then = guarded("uncertain", language, **facts)
    recipe = first.partition("To send" if language == "en" else "それでも")[2]
    assert recipe == then.partition("To send" if language == "en" else "それでも")[2]
    assert bool(recipe) is bool(how)
    assert ("!send!" in recipe, "20" in recipe) == (how == "mark", how == "pause")


def test_who_did_it_is_you():
    assert guarded("hold", name="Anna", own="yes").startswith("550 5.7.1 You put this")
    own = guarded("hold", "ja", name="Anna", own="yes", how="")
    assert own == "550 5.7.1 ご自身が10:05に保留にしたメールです。送信を中止しました。"
    assert guarded("sending", name="anna", own="yes").startswith("550 5.7.1 This very mail")
    assert "現在送信中です" in guarded("sending", "ja", name="anna", own="yes")


def test_a_colleague_whose_name_is_you_is_not_oneself():
    assert guarded("sending", name="You").startswith("550 5.7.1 You is sending an answer")


def test_another_answer_of_ones_own_waits():
    facts = {"own": "yes", "waits": "yes", "pause": "20", "window": "600", "how": "pause"}
    assert "Another answer of yours in this conversation has not left yet" in guarded(
        "sending", name="Taro", **facts
    )
    told = guarded("sending", "ja", name="鈴木 太郎", **facts)
    assert "まだ送信されていないご自身の返信があります" in told and told.endswith(
        "（10分以内。内容を直してもかまいません）。"
    )


def test_times_are_told_in_the_mailbox_s_zone():
    facts = {"name": "Taro", "when": str(AT)}
    told = Guarded("answered", "en", facts, timezone(timedelta(hours=-5)))
    assert "at 20:05;" in reply_to(told, "en", MOMENT)


def test_times_as_people_say_them():
    day = 24 * 60 * MINUTE
    for language in ("en", "ja"):
        assert clock_time(AT, Moment(AT, TOKYO), language) == "10:05"
        assert clock_time(AT, Moment(AT, UTC), language) == "01:05"
    assert clock_time(AT, Moment(AT + day, TOKYO), "en") == "2026-05-03 10:05"
    assert clock_time(AT, Moment(AT + day, TOKYO), "ja") == "5月3日 10:05"
    assert clock_time(AT, Moment(AT + 365 * day, TOKYO), "ja") == "2026年5月3日 10:05"


def test_kinds_of_a_refusal_are_recognised_by_their_class():
    class SpecialUnavailable(errors.RelayUnavailable):
        pass

    special = SpecialUnavailable("password", uncertain=False)
    assert reply_to(special, "en", MOMENT).startswith("451 4.4.1")
    assert reply_to(errors.NotPermitted("respond"), "en", MOMENT).startswith("554 5.7.1")


@pytest.mark.parametrize(
    ("code", "recipient", "codes"),
    [
        (450, "a@b", "451 4.7.1"),
        (421, None, "451 4.7.1"),
        (550, "a@b", "550 5.1.1"),
        (554, None, "554 5.7.1"),
        (250, None, "554 5.7.1"),
        (0, None, "554 5.7.1"),
    ],
)
def test_the_providers_refusal(code, recipient, codes):
    refusal = errors.RelayRefused(code, "its own words", recipient)
    answer = reply_to(refusal, "ja", MOMENT)
    assert answer.startswith(codes + " ")
    assert answer.endswith("（メールサーバーの応答： its own words）。")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("what", ["from", "header", "header size", "date", ""])
def test_malformed(what, language):
    refusal = errors.CannotDo("malformed", what=what)
    assert reply_to(refusal, language, MOMENT).startswith("554 5.6.0 ")


def test_what_is_there_twice_is_called_as_the_compose_window_does():
    def told(what):
        return reply_to(errors.CannotDo("malformed", what=what), "ja", MOMENT)

    begin = "554 5.6.0 メールの形式が正しくありません： "
    assert told("to") == begin + "宛先（To）の行が2つ以上あります。"
    assert told("message-id") == begin + "Message-Id の行が2つ以上あります。"


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(["en", "ja"]))
def test_no_fact_can_end_a_line(name, text, language):
    answers = [
        guarded("answered", language, name=name, pause="20", how="pause"),
        reply_to(errors.RelayRefused(554, text, name or None), language, MOMENT),
        reply_to(SenderNotAllowed(name, [text], language), language, MOMENT),
        reply_to(SenderNotAllowed(name, [], language), language, MOMENT),
    ]
    for answer in answers:
        octets = answer.encode("utf-8")
        assert len(octets) <= LINE_MAX
        assert not {0x0A, 0x0D, 0x00, 0x1B} & set(octets)
        assert answer[:3] in ("550", "554", "553")
