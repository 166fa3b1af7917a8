"""The sort keys FROM, TO, CC (RFC 5256 §3) and DISPLAYFROM, DISPLAYTO (RFC 5957 §3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.first_address import first_address
from tests.effort import effort_below


@pytest.mark.parametrize(
    ("value", "mailbox", "shown"),
    [
        (b"anna@example.test", "anna", "anna@example.test"),
        (b"Anna Sato <anna@example.test>, ben@example.test", "anna", "Anna Sato"),
        (b'"Sato, Anna" <anna@example.test>', "anna", "Sato, Anna"),
        (b'"say \\"hi\\"" <a@b>', "a", 'say "hi"'),
        (b"=?utf-8?b?5L2Q6Jek?= =?utf-8?b?6Iqx5a2Q?= <hanako@example.test>", "hanako", "佐藤花子"),
        (b"anna@example.test (Anna Sato)", "anna", "Anna Sato"),
        (b'"john doe"@example.test', "john doe", "john doe@example.test"),
        (b"<@relay.test,@b.test:anna@example.test>", "anna", "anna@example.test"),
        (b"Friends: anna@example.test, b@c;", "Friends", "Friends"),
        (b"undisclosed-recipients:;", "undisclosed-recipients", "undisclosed-recipients"),
        (b", ,anna@example.test", "anna", "anna@example.test"),
        (b"postmaster", "postmaster", "postmaster"),
        (b"  anna @ example.test", "anna", "anna@example.test"),
        (b"Anna <>", "", "Anna"),
        (b"", "", ""),
        (b"<unclosed@example.test", "unclosed", "unclosed@example.test"),
        (b'"unclosed', "unclosed", "unclosed"),
        ("佐藤 <a@b>".encode(), "a", "佐藤"),
    ],
)
def test_the_parts_mails_are_sorted_by(value: bytes, mailbox: str, shown: str) -> None:
    found = first_address(value)
    assert (found.mailbox, found.shown) == (mailbox, shown)


@given(st.binary(max_size=80) | st.text(alphabet='<>",;:()\\@a ', max_size=80).map(str.encode))
def test_nothing_raises(value: bytes) -> None:
    first_address(value)


@pytest.mark.parametrize("sign", [b"<", b'"', b"(", b",", b":", b"a ", b"\\"])
def test_linear_time(sign: bytes) -> None:
    with effort_below(0.5):
        first_address(sign * 500_000)
