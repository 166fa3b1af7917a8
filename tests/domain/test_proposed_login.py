"""A login made of a name (domain/proposed_login.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.login import LOGIN
from proxyd.domain.proposed_login import next_free, proposed_login


@pytest.mark.parametrize(
    ("name", "login"),
    [
        ("Anna Sato", "anna.sato"),
        ("  anna   SATO ", "anna.sato"),
        ("Jürgen Groß", "juergen.gross"),
        ("Łukasz Żółć", "lukasz.zolc"),
        ("Nguyễn Văn", "nguyen.van"),
        ("O'Neil, Pat", "oneil.pat"),
        ("ＡＮＮＡ", "anna"),
        ("さとう はなこ", "satou.hanako"),
        ("サトウ　ハナコ", "satou.hanako"),
        ("きょうこ いっちゃん", "kyouko.itchan"),
        ("ジュン ガッキ", "jun.gakki"),
        ("R2 D2", "r2.d2"),
    ],
)
def test_a_name_that_tells_how_it_is_written(name, login):
    assert proposed_login(name) == login


@pytest.mark.parametrize("name", ["佐藤花子", "山田 Taro", "Иван", "مريم", "🙂", "", " . "])
def test_a_name_that_does_not(name):
    assert proposed_login(name) == ""


def test_the_next_free_one_where_it_is_taken():
    assert proposed_login("Anna Sato", {"anna.sato", "anna.sato2"}) == "anna.sato3"
    assert next_free("anna", set()) == "anna"
    assert next_free("x" * 63, {"x" * 63}) == "x" * 60 + "2"


class _All:
    def __contains__(self, _: object) -> bool:
        return True


def test_where_none_is_free_there_is_none():
    assert proposed_login("Anna", _All()) == ""


@given(st.text(max_size=120))
def test_whatever_is_proposed_is_a_login(name):
    login = proposed_login(name, {"a", "anna"})
    assert login == "" or LOGIN.fullmatch(login)
