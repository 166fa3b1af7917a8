"""RFC 3501 §5.1.3."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxyd.imapwire import mutf7
from proxyd.imapwire.errors import BadName

PAIRS = [
    ("", b""),
    ("INBOX", b"INBOX"),
    ("a b~", b"a b~"),
    ("&", b"&-"),
    ("&&", b"&-&-"),
    ("Tom & Jerry", b"Tom &- Jerry"),
    # The example of RFC 3501 §5.1.3
    ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
    ("é", b"&AOk-"),
    ("☺!", b"&Jjo-!"),
    ("\U0001f600", b"&2D3eAA-"),
    ("日&本", b"&ZeU-&-&Zyw-"),
    ("\r\n", b"&AA0ACg-"),
]


@pytest.mark.parametrize(("name", "raw"), PAIRS)
def test_known_names_both_ways(name: str, raw: bytes) -> None:
    assert mutf7.encode(name) == raw
    assert mutf7.decode(raw) == name


@pytest.mark.parametrize(
    "raw",
    [
        b"&",
        b"a&",
        b"&AOk",  # shift without its end
        b"a&b",
        b"&AOk-&AOk-",  # adjoining shifts: one would do
        b"&AGE-",  # "a" needs no shift
        b"&AOl-",  # padding bits that are not zero
        b"&AO-",  # half a UTF-16 unit
        b"&2D0-",  # half a surrogate pair
        b"&3gA-",
        b"&AOk=-",
        b"&AO/k-",  # "/" is not in this base64
        b"&U,BTFw-\xe3",
        b"\xe6\x97\xa5",
        b"a\tb",
        b"a\x7f",
        b"&JjoAIQ-",  # "!" inside the shift (RFC 3501: "superfluous shift")
    ],
)
def test_only_the_canonical_encoding_is_taken(raw: bytes) -> None:
    with pytest.raises(BadName):
        mutf7.decode(raw)


def test_a_lone_surrogate_has_no_encoding() -> None:
    with pytest.raises(BadName):
        mutf7.encode("\ud800")


@given(st.text())
@example("&-")
@example("a&日-本\U0001f600")
def test_every_name_comes_back(name: str) -> None:
    raw = mutf7.encode(name)
    assert raw.isascii()
    assert mutf7.decode(raw) == name


@given(st.binary(max_size=40) | st.from_regex(rb"[ -~]*(&[A-Za-z0-9+,]{0,12}-?)+", fullmatch=True))
def test_what_decodes_is_canonical(raw: bytes) -> None:
    try:
        name = mutf7.decode(raw)
    except BadName:
        return
    assert mutf7.encode(name) == raw
