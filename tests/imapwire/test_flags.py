"""RFC 9051 §2.3.2 and §9: flag."""

import pytest

from proxyd.imapwire import flags
from proxyd.imapwire.errors import BadSyntax

# RFC 9051 §9: atom-specials, spelled out a second time and apart from the code.
ATOM_SPECIALS = set(b'(){ %*"\\]') | set(range(32)) | {127}


def test_every_octet_as_a_keyword() -> None:
    for octet in range(256):
        allowed = octet < 128 and octet not in ATOM_SPECIALS
        assert flags.is_flag(b"k" + bytes([octet])) is allowed, octet
        assert (octet in flags.FLAG_SPECIALS) is (octet in ATOM_SPECIALS), octet


@pytest.mark.parametrize(
    "raw",
    [
        b"\\Seen",
        b"\\seen",
        b"\\Custom",
        b"$status-open",
        b"$assignee-anna@x.example",
        b"NonJunk",
        # made by Thunderbird from labels
        b"=e5=af=be",
        b"in=20progress",
        b"a!b/c.d:e",
    ],
)
def test_flags(raw: bytes) -> None:
    assert flags.is_flag(raw)


@pytest.mark.parametrize("raw", [b"", b"\\", b"\\*", b"\\\\Seen", b"a b", b"a\\", b"a]", b"\xe6"])
def test_no_flags(raw: bytes) -> None:
    assert not flags.is_flag(raw)


def test_system_flags_have_one_spelling_and_keywords_keep_theirs() -> None:
    assert flags.canonical("\\sEEN") == "\\Seen"
    assert flags.canonical("\\RECENT") == "\\Recent"
    assert flags.canonical("$Status-Open") == "$Status-Open"
    assert flags.canonical("\\Other") == "\\Other"


def test_settable_keeps_order_and_takes_each_once() -> None:
    wanted = [b"$Done", b"\\seen", b"\\SEEN", b"$done", b"x"]
    assert flags.settable(wanted) == ("$Done", "\\Seen", "x")


@pytest.mark.parametrize("raw", [b"\\Recent", b"\\recent", b"\\Custom", b"\\*", b"a b", b""])
def test_not_settable(raw: bytes) -> None:
    with pytest.raises(BadSyntax):
        flags.settable([b"\\Seen", raw])
