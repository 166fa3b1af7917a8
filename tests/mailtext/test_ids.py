"""Message identifiers, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.mailtext.ids import MAX_IDS, answered_ids, message_ids, own_id


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (b"<a@b>", ["a@b"]),
        (b" <a@b>\r\n <c@d>", ["a@b", "c@d"]),
        (b"<a@b><c@d>,<a@b>", ["a@b", "c@d"]),
        (b"a@b", ["a@b"]),
        (b"a@b c@d", ["a@b", "c@d"]),
        (b"<a b@c>", ["ab@c"]),  # folded in the middle
        (b'<"left quoted"@b>', ['"leftquoted"@b']),
        (b"<a@[192.0.2.1]>", ["a@[192.0.2.1]"]),
        (b"<a@b@c>", ["a@b@c"]),
        (b"<" + b"x" * 999 + b"@y>", []),
        (b"<\xe3\x81\x82@b>", ["あ@b"]),
        (b"<\xff@b>", ["ÿ@b"]),
        (b"<a\0b@c>", ["ab@c"]),
        (b"", []),
    ],
)
def test_ids(value, ids):
    assert message_ids(value) == answered_ids(value) == ids


@pytest.mark.parametrize(
    "value",
    [
        b"<no-at-sign>", b"<>", b"< >", b"<@>", b"<@b>", b"<a@>", b"<-@->", b"<open@bracket",
        b"<null@null>", b"<NONE@host.example>", b"<undefined@x>", b"<a@undefined>", b"<Unknown@x>",
        b"<${id}@host>", b"<%MESSAGE_ID%@host>", b"<{{id}}@host>", b"<%s@host>", b"<message-id@x>",
        b"Your message of 5 May", b"none", b"a@b and more", b'"a"@b c',
    ],
)  # fmt: skip
def test_no_ids(value):
    assert message_ids(value) == answered_ids(value) == []
    assert own_id(value) == ""


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        # as old programs write it (RFC 822 §4.6.2: phrases)
        (b'Message from Support <support@example.test> of "Mon, 1 Nov 2026"', []),
        (b'Your message of "Mon, 5 May" <5@x.example>', []),
        (b"<5@x.example>; from hanako@x.example on Mon", ["5@x.example"]),
        (b'<5@x.example> (Hanako\'s message of "Mon")', ["5@x.example"]),
        (b"<5@x.example> from Support <support@example.test>", ["5@x.example"]),
        (b"(a comment) <5@x.example>", ["5@x.example"]),
        (b"<5@x.example>, <6@x.example>", ["5@x.example", "6@x.example"]),
    ],
)
def test_an_in_reply_to_is_read_until_a_phrase_begins(value, ids):
    assert answered_ids(value) == ids


def test_references_may_be_cut_anywhere():
    assert message_ids(b"lf@x> <a@b> <c@d> <e") == ["a@b", "c@d"]


@pytest.mark.parametrize(
    ("value", "own"),
    [
        (b"<a@b>", "a@b"),
        (b" a@b ", "a@b"),
        (b"<a@b> (added by x@y)", "a@b"),
        (b"<a@b> <c@d>", "a@b"),
        (b"a@b c@d", ""),
    ],
)
def test_own_id(value, own):
    assert own_id(value) == own


def test_long_references_keep_the_first_and_the_newest():
    ids = message_ids(b" ".join(b"<%d@x>" % n for n in range(500)))
    assert len(ids) == MAX_IDS
    assert (ids[0], ids[9], ids[10], ids[-1]) == ("0@x", "9@x", "410@x", "499@x")


@given(st.binary(max_size=120) | st.text(alphabet='<>@ab, ()"\0\n', max_size=60).map(str.encode))
def test_any_octets_give_printable_ids(value):
    for one in [*message_ids(value), *answered_ids(value), own_id(value)]:
        one.encode()
        assert not set("<>\0\n ") & set(one)
        assert not one or all(one.partition("@"))
