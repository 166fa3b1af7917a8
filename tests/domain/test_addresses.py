"""Addresses in header values, including attempts to hide one behind another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.addresses import MAX_ADDRESSES, addresses


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"a@b.example", ("a@b.example",)),
        (b"Hanako Sato <Hanako@Example.test>", ("hanako@example.test",)),
        (b'"Sato, Hanako" <a@b.example>, c@d.example', ("a@b.example", "c@d.example")),
        (b'"x <evil@x.example>" <a@b.example>', ("a@b.example",)),
        (b"(evil@x.example) a@b.example (c@d.example)", ("a@b.example",)),
        (b"evil@x.example <a@b.example>", ("a@b.example",)),
        (b"info@ours.example <evil@x.example>", ("evil@x.example",)),
        (b"Group: a@b.example, c@d.example;", ("a@b.example", "c@d.example")),
        (b"undisclosed-recipients:;", ()),
        (b"<@relay.example:a@b.example>", ("a@b.example",)),
        (b'"john doe"@b.example', ('"john doe"@b.example',)),
        (b'"unbalanced <a@b.example>', ()),
        (b'"esc \\" quote" <a@b.example>', ("a@b.example",)),
        (b"<a@b.example", ("a@b.example",)),
        (b"a@b.example,a@b.example", ("a@b.example",)),
        (b"<a\r\n @b.example>", ("a@b.example",)),
        ("佐藤 <佐藤@例え.example>".encode(), ("佐藤@例え.example",)),
        (b"\xff@b.example", ("ÿ@b.example",)),
        (b"nobody", ()),
        (b"@", ()),
        (b"<@>", ()),
        (b"", ()),
    ],
)
def test_addresses(value, found):
    assert addresses(value) == found


def test_addresses_are_bounded():
    many = b",".join(b"%d@x.example" % n for n in range(5000))
    assert len(addresses(many)) == MAX_ADDRESSES


@given(st.text('a@<>,;:"\\() \n', max_size=60))
def test_any_text_gives_addresses_or_none(value):
    for address in addresses(value.encode()):
        assert "@" in address
        assert address.isprintable()
