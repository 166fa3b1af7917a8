"""Address lists as they are met, well and badly; attempts to hide one address behind another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.mailtext import addresses as module
from proxyd.mailtext.addresses import GROUP_END, MAX_ADDRESSES, Address, addresses, compared, texts


def a(mailbox: bytes, host: bytes, name: bytes | None = None, route: bytes | None = None):
    return Address(name, route, mailbox, host)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"a@b.example", [a(b"a", b"b.example")]),
        (b" Anna Sato  <anna@b>", [a(b"anna", b"b", b"Anna Sato")]),
        (b'"Sato, Anna" <a@b>, c@d', [a(b"a", b"b", b"Sato, Anna"), a(b"c", b"d")]),
        (b'"say \\"hi\\"" <a@b>', [a(b"a", b"b", b'say "hi"')]),
        (b"a@b (Anna \\(Sato\\))", [a(b"a", b"b", b"Anna (Sato)")]),
        (b"(x (y) c@d ) a@b", [a(b"a", b"b", b"x (y) c@d")]),
        (b'"john doe"@b', [a(b"john doe", b"b")]),
        (b"anna . sato @ b . example", [a(b"anna.sato", b"b.example")]),  # RFC 5322 §4.4
        (b"anna(x).(y)sato@b", [a(b"anna.sato", b"b", b"y")]),
        (b"<@one,@two:a@b>", [a(b"a", b"b", None, b"@one,@two")]),
        (b"a@[192.0.2.1]", [a(b"a", b"[192.0.2.1]")]),
        (
            b"G: a@b, c@d;",
            [Address(None, None, b"G", None), a(b"a", b"b"), a(b"c", b"d"), GROUP_END],
        ),
        (b"undisclosed:;", [Address(None, None, b"undisclosed", None), GROUP_END]),
        (b", ,a@b,,", [a(b"a", b"b")]),
        (b"nobody", [a(b"nobody", b"")]),
        (b"<>", [a(b"", b"")]),
        (b"Anna <>", [a(b"", b"", b"Anna")]),
        (b"<a@b", [a(b"a", b"b")]),
        (b'"unclosed <a@b>', [a(b"unclosed <a@b>", b"")]),
        (b"=?utf-8?q?=40?= <a@b>", [a(b"a", b"b", b"=?utf-8?q?=40?=")]),
        (b"", []),
        (b"(only a comment)", []),
    ],
)
def test_addresses(value, found):
    assert list(addresses(value)) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"Hanako Sato <Hanako@Example.test>", ("hanako@example.test",)),
        (b'"x <evil@x.example>" <a@b.example>', ("a@b.example",)),
        (b"(evil@x.example) a@b.example (c@d.example)", ("a@b.example",)),
        (b"evil@x.example <a@b.example>", ("a@b.example",)),
        (b"Group: a@b.example, c@d.example;", ("a@b.example", "c@d.example")),
        (b"undisclosed-recipients:;", ()),
        (b"<@relay.example:a@b.example>", ("a@b.example",)),
        (b'"john doe"@b.example', ('"john doe"@b.example',)),
        (b'"john"@b.example', ("john@b.example",)),
        (b"a@b.example,A@B.example", ("a@b.example",)),
        (b"<a @b.example>", ("a@b.example",)),
        ("佐藤 <佐藤@例え.example>".encode(), ("佐藤@xn--r8jz45g.example",)),
        (b"\xff@b.example", ("ÿ@b.example",)),
        (b"nobody, @, <@>, a@, @b", ()),
    ],
)
def test_texts(value, found):
    assert texts([value]) == found


def test_texts_of_several_fields_do_not_run_into_each_other():
    assert texts([b'"unclosed', b"a@b", b"c@d, a@b"]) == ("a@b", "c@d")


def test_texts_are_bounded():
    assert len(texts([b",".join(b"%d@x.example" % n for n in range(5000))])) == MAX_ADDRESSES


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("A@B.example", "a@b.example"),
        ("a@例え.test", "a@xn--r8jz45g.test"),
        ("a@XN--R8JZ45G.test", "a@xn--r8jz45g.test"),
    ],
)
def test_one_address_in_two_spellings(address, same):
    assert compared(address) == compared(same)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("\u212aen@x.test", "ken@x.test"),  # the Kelvin sign's lower case is "k"
        ("\u0456nfo@x.test", "info@x.test"),  # Cyrillic
        ("info@\u0445.test", "info@x.test"),
    ],
)
def test_look_alikes_are_others(address, other):
    assert compared(address) != compared(other)


_PIECES = st.sampled_from(
    [*b'<>@,;:"()[].\\ \t', *(ord(c) for c in "ab"), 0xFF, 0xE3, 0x0B, 0x0A]
).map(lambda octet: bytes((octet,)))
VALUES = st.lists(_PIECES, max_size=40).map(b"".join)


@given(VALUES)
def test_the_quick_way_reads_as_the_careful_one(value):
    """``_PLAIN`` is there for speed alone."""
    assert list(addresses(value)) == list(module._Reader().read(value))


@given(VALUES | st.binary(max_size=80))
def test_any_octets_give_addresses_or_none(value):
    for address in texts([value]):
        assert "@" in address
        assert address.isprintable()
    depth = 0
    for address in addresses(value):
        depth += (address.host is None) * (1 if address.mailbox is not None else -1)
        assert depth in (0, 1)
    assert depth == 0
