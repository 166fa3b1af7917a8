"""What the provider's word is worth (domain/single_sign_on.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import SingleSignOnRefused
from proxyd.domain.single_sign_on import (
    EMAIL,
    WHERE_LIMIT,
    Identity,
    Rules,
    check_required,
    gave_second_factor,
    login_of,
    own_path,
)

OURS = ("example.com", "example.jp")


def said(**claims):
    return Identity("https://id.example.test", "a-1", claims)


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("hanako.sato", "hanako.sato"),
        ("Hanako.Sato", "hanako.sato"),
        ("Hanako@Example.COM", "hanako"),
        ("hanako@example.jp", "hanako"),
    ],
)
def test_the_login_that_is_meant(login, expected):
    assert login_of(said(preferred_username=login), Rules(domains=OURS)) == expected


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        (None, "no-login"),
        ("", "no-login"),
        (7, "no-login"),
        (["hanako"], "no-login"),
        ("x" * 256, "no-login"),
        ("han\u212ao", "no-login"),  # the Kelvin sign, whose lower case is "k"
        ("花子", "no-login"),
        ("hanako@evil.example", "domain"),
        ("hanako@example.com.evil.example", "domain"),
        ("hanako@evil.example@example.co", "domain"),
        ("hanako@", "domain"),
    ],
)
def test_what_means_nobody(login, reason):
    with pytest.raises(SingleSignOnRefused) as refused:
        login_of(said(preferred_username=login), Rules(domains=OURS))
    assert refused.value.reason == reason


def test_two_at_signs_are_no_login_of_ours():
    """The account that would be looked for can't exist: a login has no @."""
    assert login_of(said(preferred_username="a@b@example.com"), Rules(domains=OURS)) == "a@b"


def test_an_address_counts_where_it_is_verified():
    rules = Rules(login_claim=EMAIL, domains=OURS)
    good = said(email="hanako@example.com", email_verified=True)
    assert login_of(good, rules) == "hanako"
    for verified in (False, None, "true", 1):
        with pytest.raises(SingleSignOnRefused, match="address-not-verified"):
            login_of(said(email="hanako@example.com", email_verified=verified), rules)
    with pytest.raises(SingleSignOnRefused, match="domain"):
        login_of(good, Rules(login_claim=EMAIL))


def test_what_is_required():
    rules = Rules(require=(("hd", "example.com"), ("groups", "mail"), ("groups", "desk")))
    check_required(said(hd="example.com", groups=["all", "desk"]), rules)
    check_required(said(), Rules())
    for claims, missing in (
        ({"groups": ["desk"]}, "required hd"),
        ({"hd": "example.com"}, "required groups"),
        ({"hd": "example.com", "groups": "mailbox"}, "required groups"),
        ({"hd": ["example.org"], "groups": ["mail"]}, "required hd"),
    ):
        with pytest.raises(SingleSignOnRefused, match=missing):
            check_required(said(**claims), rules)


def test_a_second_factor_is_what_is_configured_and_no_more():
    rules = Rules(second_factor=(("amr", "mfa"), ("acr", "gold")))
    assert gave_second_factor(said(amr=["pwd", "mfa"]), rules)
    assert gave_second_factor(said(acr="gold"), rules)
    assert not gave_second_factor(said(amr=["pwd"], acr="silver"), rules)
    assert not gave_second_factor(said(amr="amfa"), rules)
    assert not gave_second_factor(said(amr=["mfa"]), Rules())


@pytest.mark.parametrize("path", ["/", "/me", "/log?person=anna&since=7d"])
def test_a_page_of_ours(path):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "me", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
     "/a\\b", "/a\r\nX: y", "/\t/evil.example", "/花", "/" + "x" * WHERE_LIMIT],
)  # fmt: skip
def test_a_page_of_others(path):
    assert own_path(path) == "/"
