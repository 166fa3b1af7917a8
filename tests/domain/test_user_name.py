"""What may be typed as user name and password (domain/user_name.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.login import LOGIN
from proxyd.domain.user_name import chosen_mailbox, signing_in

AT = {"support@example.com": "support", "info@example.com": "support"}


@pytest.mark.parametrize(
    ("name", "password", "login", "secret", "mailbox"),
    [
        ("hanako", "se:cret", "hanako", "se:cret", ""),
        (" Hanako ", "secret", "hanako", "secret", ""),
        ("hanako*Sales", "secret", "hanako", "secret", "sales"),
        ("hanako@example.com", "se:cret", "hanako", "se:cret", ""),
        ("hanako*sales@example.com", "secret", "hanako", "secret", "sales@example.com"),
        ("support@example.com", "hanako:secret", "hanako", "secret", "support"),
        ("Support@Example.COM", " Hanako :se:cret", "hanako", "se:cret", "support"),
        ("info@example.com", "hanako:secret", "hanako", "secret", "support"),
        ("support@example.com", "secret", "", "secret", "support"),
        ("support@example.com", "My Secret!", "", "My Secret!", "support"),
        ("support@example.com", ":secret", "", "secret", "support"),
        ("support@elsewhere.example", "hanako:secret", "support", "hanako:secret", ""),
        ("", "", "", "", ""),
        ("My Pass-Word!", "x", "", "x", ""),
    ],
)
def test_what_is_meant(name: str, password: str, login: str, secret: str, mailbox: str) -> None:
    read = signing_in(name, password, AT)
    assert (read.login, read.passwords, read.mailbox) == (login, (secret,), mailbox)
    assert chosen_mailbox(name, AT) == mailbox


@pytest.mark.parametrize("name", ["hanako", " Hanako", "hanako*support", "hanako@example.com"])
@pytest.mark.parametrize(
    ("password", "meant"),
    [
        ("hanako:secret", ("secret", "hanako:secret")),
        (" Hanako :se:cret", ("se:cret", " Hanako :se:cret")),
        ("hanako:", ("", "hanako:")),
        ("hanako", ("hanako",)),
        ("taro:secret", ("taro:secret",)),
        ("hanakos:secret", ("hanakos:secret",)),
        (":hanako:secret", (":hanako:secret",)),
    ],
)
def test_the_password_of_the_sheet_works_also_where_a_file_has_named_the_person(
    name: str, password: str, meant: tuple[str, ...]
) -> None:
    read = signing_in(name, password, AT)
    assert (read.login, read.passwords) == ("hanako", meant)


@pytest.mark.parametrize(
    ("name", "password", "login", "meant"),
    [
        ("support@example.com", "hanako：ab-12", "hanako", ("ab-12",)),
        ("support@example.com", "ｈａｎａｋｏ：ａｂ－１２", "hanako", ("ａｂ－１２", "ab-12")),
        ("support@example.com", "hanako:a：b", "hanako", ("a：b", "a:b")),
        ("support@example.com", "hanako：a:b", "hanako", ("a:b",)),
        ("support@example.com", "hanako:ab-12\n", "hanako", ("ab-12\n", "ab-12")),
        ("support@example.com", " ab-12\u3000", "", (" ab-12\u3000", "ab-12")),
        ("hanako", "ab-12 ", "hanako", ("ab-12 ", "ab-12")),
        ("hanako", "hanako：ab-12", "hanako", ("ab-12", "hanako：ab-12")),
        ("hanako", "hanako:ab-12 ", "hanako", ("ab-12 ", "ab-12", "hanako:ab-12 ")),
        ("hanako", "合言葉です", "hanako", ("合言葉です",)),
    ],
)
def test_what_a_japanese_keyboard_writes_and_what_is_pasted(
    name: str, password: str, login: str, meant: tuple[str, ...]
) -> None:
    read = signing_in(name, password, AT)
    assert (read.login, read.passwords) == (login, meant)


@given(st.text(), st.text())
def test_one_password_is_at_most_three_checks(name: str, password: str) -> None:
    assert 1 <= len(signing_in(name, password, AT).passwords) <= 3


@given(st.text(), st.text())
def test_nothing_but_a_login_is_taken_for_one_and_no_password_is_shown(
    name: str, password: str
) -> None:
    read = signing_in(name, password, AT)
    assert read.login == "" or LOGIN.fullmatch(read.login)
    assert "password" not in repr(read)
