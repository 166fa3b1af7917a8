"""What may be a login, a name, a password, an address (service/admin/admin_input.py)."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.errors import BadInput
from proxyd.domain.made_password import CLEAR_LETTERS, GROUP
from proxyd.service.admin import admin_input as rules


@pytest.mark.parametrize("login", ["a", "hanako.sato", "x-1_2.3", "9", "a" * 63])
def test_logins(login):
    assert rules.checked_login(f" {login.upper()} ") == login


@pytest.mark.parametrize(
    "login", ["", ".a", "-a", "a b", "花子", "a" * 64, "a*b", "a\n", "a@b", "K"]
)
def test_no_logins(login):
    if login == "K":  # KELVIN SIGN becomes k in lower case
        assert rules.checked_login(login) == "k"
        return
    if login == "a\n":  # white space around is forgiven
        assert rules.checked_login(login) == "a"
        return
    with pytest.raises(BadInput) as caught:
        rules.checked_login(login)
    assert caught.value.what == "login" and caught.value.instead


@pytest.mark.parametrize(
    "name", ["佐藤花子", "Anna-Lena O'Neil", "علی", "नमस्ते\u200dx", "x" * 80, "👩‍💻"]
)
def test_names(name):
    assert rules.checked_name(f" {name} ") == name


def test_the_full_width_space_of_a_spreadsheet_is_a_space():
    assert rules.checked_name("佐藤\u3000花子\u3000") == "佐藤 花子"


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 81, "a\nb", "a\u202eb", "a\x00", "a\u2028b", "\ud800"]
)
def test_no_names(name):
    with pytest.raises(BadInput):
        rules.checked_name(name)


@pytest.mark.parametrize(
    "name", ["support", "サポート", "Kunden service", "a", "a.b_c-d", "x" * 63]
)
def test_mailbox_names(name):
    assert rules.checked_mailbox_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "a/b", "a*b", "a%b", 'a"b', "a\\b", ".a", "a:b", "a\nb", "x" * 64, "a\u202eb", "&a"],
)
def test_no_mailbox_names(name):
    with pytest.raises(BadInput):
        rules.checked_mailbox_name(name)


@pytest.mark.parametrize(
    "address", ["a@b", "support@example.test", "o'neil+x@ex-ample.co.jp", "受付@例え.jp"]
)
def test_addresses(address):
    assert rules.checked_address(f" {address} ") == address


NO_ADDRESSES = (
    *("", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@b.", "a@.b", "<a@b>", "a@b,c@d"),
    *("a@b (x)", "a@ｂ.example", "a@b。example", '"a"@b.example', "a@\u212a.example"),
    *("a@b\r\nRCPT TO", "x" * 251 + "@b.c", "a\u202e@b.c"),
)


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_no_addresses(address):
    with pytest.raises(BadInput):
        rules.checked_address(address)


@pytest.mark.parametrize("password", ["zufall 7", "päss wörd", "合言葉は山と川である", "xyz!" * 50])
def test_passwords(password):
    assert rules.checked_password(password) == password


@pytest.mark.parametrize(
    "password", ["", "x" * 7, "x" * 201, "geheim\r\nzwei", "geheim\0zwei", "geheim\ud800"]
)
def test_no_passwords_and_they_are_not_repeated(password):
    with pytest.raises(BadInput) as caught:
        rules.checked_password(password)
    if password:
        assert password not in str(caught.value)


def test_generated_passwords_are_good_and_readable():
    letters = GROUP * rules.PASSWORD_GROUPS
    assert letters * math.log2(len(CLEAR_LETTERS)) >= 80
    assert not set("ilo01") & set(CLEAR_LETTERS)
    assert len({rules.generated_password() for _ in range(100)}) == 100
    assert rules.checked_password(rules.generated_password())
    assert rules.generated_password(random.Random(1).choice) == rules.generated_password(
        random.Random(1).choice
    )


@given(st.text(st.characters(codec=None), max_size=100))
def test_any_text_is_taken_or_refused(text):
    for rule in (
        rules.checked_login,
        rules.checked_name,
        rules.checked_mailbox_name,
        rules.checked_address,
        rules.checked_password,
    ):
        try:
            rule(text).encode()
        except BadInput:
            continue
