"""The senders that everybody reads alike, and the ways to show two readers two of them."""

from __future__ import annotations

import email
import email.policy
import inspect
from contextlib import suppress
from email.headerregistry import AddressHeader
from email.utils import getaddresses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxyd.mailtext.addresses import compared, texts
from proxyd.mailtext.authors import Ambiguous, Author, authors
from proxyd.mailtext.fields import fields, header_end
from tests.mailtext.corpora import FORGERIES, HONEST

OURS = "support@example.test"
SPEAKING = (b"FROM", b"SENDER", b"RESENT-FROM", b"RESENT-SENDER")
# The fault lies outside of what one address field says.
ABOUT_THE_HEADER = {
    name
    for name in FORGERIES
    if name.startswith(("bare_", "authors_", "reply_to_", "cr_", "two_fields", "field_name_"))
    or name.endswith(("hides_a_field", "_spaced", "_twice", "is_two"))
    or name in ("lf_cr", "nul_in_another_field", "no_from_at_all", "mbox_line")
}


def spoken(raw: bytes) -> set[str]:
    """Who the fields say that the mail is from, names that show an address included."""
    found: set[str] = set()
    for field in fields(raw[: header_end(raw)]):
        if field.name in SPEAKING:
            for author in authors(field.raw.partition(b":")[2]):
                found |= {author.address, *author.named}
    return found


@pytest.mark.parametrize("name", sorted(FORGERIES.keys() - ABOUT_THE_HEADER))
def test_a_forgery_is_another_sender_or_none(name: str) -> None:
    with suppress(Ambiguous):
        assert spoken(FORGERIES[name]) != {OURS}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_sender_is_understood(name: str) -> None:
    assert spoken(HONEST[name]) == {OURS}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b" A <a@B.example>, c@d.example\r\n", [Author("a@b.example"), Author("c@d.example")]),
        (b'"john doe"@b.example', [Author('"john doe"@b.example')]),
        (b"a@[192.0.2.1]", [Author("a@[192.0.2.1]")]),
        ("a@例え.test".encode(), [Author("a@xn--r8jz45g.test")]),
        (b"a@xn--r8jz45g.test", [Author("a@xn--r8jz45g.test")]),
        ("佐藤@例え.test".encode(), [Author("佐藤@xn--r8jz45g.test")]),
        (b'"x@y.example, z@w.example" <a@b>', [Author("a@b", ("x@y.example", "z@w.example"))]),
        (b"=?utf-8?q?x=40y=2Eexample?= <a@b>", [Author("a@b", ("x@y.example",))]),
    ],
)
def test_authors(value: bytes, found: list[Author]) -> None:
    assert list(authors(value)) == found


# ------------------------------------------------------------------ against other readers

_BITS = [
    *(
        b"support@example.test",
        b"boss@example.test",
        b"<support@example.test>",
        b"<a@b.c>",
        b"a@b.c",
    ),
    *(b"Support", b'"Sato, H"', b'"a@b.c"', b"(x)", b"(a@b.c)", b"=?utf-8?q?a=40b.c?=", b'"a"@b.c'),
    *(b" ", b" ", b"\t", b",", b", ", b"(", b")", b'"', b"<", b">", b"\\", b":", b";", b"@", b"."),
    *(b"\r\n ", b"\r\n", b"[", b"]", b"\0", b"\xc3\xa9", b"\xff", b"\xe3\x80\x80"),
]
_HONEST = [
    *(b"support@example.test", b'"S, H" <support@example.test>', b"support@example.test (z)"),
    *(b"S (x) <support@example.test> (y)", b"=?utf-8?q?a?= <support@example.test>"),
    *(b"support@example.test <support@example.test>", b"a@b.c, S <support@example.test>"),
]


@st.composite
def tampered(draw: st.DrawFn) -> bytes:
    """An honest value with some bits put into it."""
    value = draw(st.sampled_from(_HONEST))
    for bit in draw(st.lists(st.sampled_from(_BITS), max_size=3)):
        at = draw(st.integers(0, len(value)))
        value = value[:at] + bit + value[at + draw(st.integers(0, 1)) :]
    return value


VALUES = tampered() | st.lists(st.sampled_from(_BITS), max_size=8).map(b"".join)
STRICT = "strict" in inspect.signature(getaddresses).parameters


def old_reading(value: str) -> list[str] | None:
    """Of the standard library since 1995; None where it refuses."""
    pairs = getaddresses([value], strict=True) if STRICT else getaddresses([value])
    found = [address for _, address in pairs]
    return None if not found or "" in found else found


def new_reading(value: str) -> list[str] | None:
    """Of the standard library since 2012 (RFC 5322); None where it finds anything wrong."""
    header = email.policy.default.header_factory("From", value)
    assert isinstance(header, AddressHeader)
    return None if header.defects else [address.addr_spec for address in header.addresses]


@pytest.mark.parametrize("reading", [old_reading, new_reading])
@given(value=VALUES)
@example(value=b"(x (y) support@example.test ) boss@example.test")
@example(value=b"boss @example.test, support@example.test")
@example(value=b'"a"@b.c <support@example.test>')
@example(value=b"boss@example. test <support@example.test>")
def test_the_standard_library_sees_no_other_sender(reading, value: bytes) -> None:
    """A name that is an address it may take for one; whose that is, we ask too."""
    try:
        found = authors(value)
    except Ambiguous:
        return
    try:
        theirs = reading(value.decode().replace("\r\n", "").strip())
    except (IndexError, ValueError, AttributeError):  # it has faults of its own
        return
    if theirs is not None:
        seen = {compared(address) for address in theirs}
        ours = {author.address for author in found}
        assert ours <= seen <= ours.union(*(author.named for author in found))


@given(VALUES | st.binary(max_size=60))
def test_whoever_reads_everything_reads_it_alike(value: bytes) -> None:
    """And nothing but Ambiguous is raised."""
    try:
        found = authors(value)
    except Ambiguous:
        return
    unfolded = value.replace(b"\r\n", b"").replace(b"\n", b"")
    assert texts([unfolded]) == tuple(dict.fromkeys(author.address for author in found))
