"""Every error of the domain has a code and a sentence, clean whatever the facts."""

from __future__ import annotations

import inspect

import pytest

from imap_frontend import refusals, replies
from imap_frontend.refusals import lasts, refusal
from proxyd.domain import errors

HOSTILE = "x\r\n* BYE gone\x00\x1b[2J\u202e\u2028y" + "z" * 10_000


def _examples() -> list[errors.ProxydError]:
    facts: dict[str, object] = {
        "login": "kenji",
        "name": "佐藤",
        "need": "respond",
        "what": "",
        "reason": "x",
    }
    facts["all_"] = [errors.BadInput("login", "is taken", "choose another one")]
    facts |= {"keyword": "$status-x", "text": "Over quota", "folder": "INBOX"}
    examples = []
    for cls in vars(errors).values():
        if not (inspect.isclass(cls) and issubclass(cls, errors.ProxydError)):
            continue
        has_facts = any(
            "__init__" in vars(c) for c in cls.__mro__ if c.__module__ == errors.__name__
        )
        names = list(inspect.signature(cls).parameters.values()) if has_facts else []
        required = [p for p in names if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
        keywords = {p.name: True for p in names if p.kind is p.KEYWORD_ONLY}
        examples.append(cls(*(facts.get(p.name, 5) for p in required), **keywords))
    return examples


@pytest.mark.parametrize("error", _examples(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_error_of_the_domain_has_a_sentence(error: errors.ProxydError, language: str) -> None:
    code, text = refusal(error, language)
    assert text and "{" not in text
    assert code == code.upper()


def test_what_is_not_allowed_is_told_in_plain_words() -> None:
    for need in ("read", "respond", "manage"):
        for language in ("en", "ja"):
            code, text = refusal(errors.NotPermitted(need, "support"), language)
            assert code == "NOPERM" and "permission" not in text
            assert ("admin" if language == "en" else "管理者") in text
    theirs = errors.NotPermitted("manage", "support", "佐藤花子")
    assert refusal(theirs, "en")[1].startswith("佐藤花子 is in charge of this mail")
    assert refusal(theirs, "ja")[1].startswith("佐藤花子さんが担当しています")


def test_who_has_no_mailbox_at_all_hears_of_none_in_particular():
    nothing = errors.NotPermitted("read")
    assert refusal(nothing, "en")[1] == "this login has no mailbox to read; ask your admin"
    assert "メールボックスがありません" in refusal(nothing, "ja")[1]


def test_codes() -> None:
    assert refusal(errors.AlreadyTaken("kenji", "佐藤"), "en") == ("INUSE", "already taken by 佐藤")
    assert refusal(errors.NoSuchView("A"), "en")[0] == "NONEXISTENT"
    assert refusal(errors.NoSuchView("A"), "en", target=True)[0] == "TRYCREATE"
    assert refusal(errors.AlreadyExists("A"), "en", target=True)[0] == "ALREADYEXISTS"
    assert refusal(errors.UpstreamRefused("no", "overquota"), "en")[0] == "OVERQUOTA"
    assert refusal(errors.UpstreamRefused("no", "ALERT"), "en")[0] == ""
    assert refusal(errors.UpstreamFolderMissing("gone"), "en")[0] == "NONEXISTENT"
    shut = refusal(errors.UpstreamFolderShut("Server busy"), "en")
    assert shut == ("", "the mail provider says: Server busy"), "nobody said that it is gone"


def test_whose_mail_it_is_is_told_with_its_subject_where_that_is_known() -> None:
    known = errors.AlreadyTaken("kenji", "佐藤", "m1@x", "見積書の有効期限について")
    told = "「見積書の有効期限について」は、すでに佐藤さんが担当しています。"
    assert refusal(known, "ja") == ("INUSE", told)
    assert refusal(known, "en")[1] == "already taken by 佐藤: 見積書の有効期限について"
    assert refusal(errors.AlreadyTaken("kenji", "佐藤", "m1@x"), "ja")[1] == (
        "すでに佐藤さんが担当しています。"
    )
    long = refusal(errors.AlreadyTaken("kenji", "佐藤", "m1@x", "あ" * 31), "ja")[1]
    assert f"「{'あ' * 29}…」" in long


def test_an_unknown_status_and_an_unknown_colleague_are_told_without_the_keyword() -> None:
    status = refusal(errors.UnknownStatus("$status-taioh"), "ja")
    assert status == ("CANNOT", "「taioh」という対応状況はありません。")
    person = refusal(errors.UnknownStatus("$assignee-hana"), "ja")
    assert person == ("CANNOT", "「hana」という担当者はいません。")


def test_reason_of_cannot_do_chooses_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        replies._SENTENCES, "cannot-fly", ("{who} can not fly", "{who} 飛べません。")
    )
    assert refusal(errors.CannotDo("fly", who="it"), "en") == ("CANNOT", "it can not fly")
    assert refusal(errors.CannotDo("fly"), "ja") == ("CANNOT", " 飛べません。")


def test_facts_are_cleaned() -> None:
    for error in (errors.NoSuchView(HOSTILE), errors.UpstreamRefused(HOSTILE)):
        text = refusal(error, "en")[1]
        assert not set(text) & set("\r\n\0\x1b\u202e\u2028")
        assert len(text) < 300


@pytest.mark.parametrize("target", [True, False])
def test_what_no_name_and_a_mere_level_are_told(target: bool) -> None:
    code, text = refusal(errors.NoSuchView(""), "en", target=target)
    assert (code, text) == ("NONEXISTENT", "a folder has a name: none was given")
    code, text = refusal(errors.CannotDo("holds-no-mail"), "en", target=target)
    assert code == "CANNOT"
    assert "only holds other folders" in text
    assert refusal(errors.CannotDo("holds-no-mail"), "ja")[1] != text


def test_too_many_tags_are_a_limit() -> None:
    error = errors.CannotDo("too-many-keywords", mail="100", folder="200")
    code, text = refusal(error, "en")
    assert code == "LIMIT"
    assert "100" in text
    assert "200" in text
    code, text = refusal(errors.CannotDo("keyword-too-long", most="100"), "ja")
    assert code == "LIMIT"
    assert "100文字" in text


def test_each_key_is_a_sentence() -> None:
    for code, key in refusals._REFUSALS.values():
        assert replies.has_sentence(key), key
        assert code == code.upper()


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (errors.CannotDo("flags-not-kept"), True),
        (errors.CannotDo("flags-lost"), True),
        (errors.CannotDo("too-many-keywords"), False),
        (errors.NotPermitted("respond"), True),
        (errors.NotPermitted("assign", name="Kenji"), False),
        (errors.ReadOnly(), True),
        (errors.UpstreamRefused("no", "noperm"), True),
        (errors.UpstreamRefused("no", "OVERQUOTA"), False),
        (errors.UpstreamUnavailable("down"), False),
        (errors.AlreadyTaken("kenji", "Kenji"), False),
    ],
)
def test_what_lasts_need_not_be_said_again(error: errors.ProxydError, *, lasting: bool) -> None:
    assert lasts(error) is lasting
