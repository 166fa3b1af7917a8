"""Paths of MAIL and RCPT: the grammar of RFC 5321 §4.1.2, and what is none of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtp_frontend.paths import BadArgument, Path, parse_path


@pytest.mark.parametrize(
    ("argument", "path"),
    [
        ("FROM:<a@b.example>", Path("a@b.example")),
        ("from: <a@b.example>", Path("a@b.example")),
        ("FROM:<>", Path("")),
        ("FROM:<A.b+c@B-1.example> SIZE=10 body=8BITMIME", Path(
            "A.b+c@B-1.example", {"SIZE": "10", "BODY": "8BITMIME"})),
        ("FROM:<a@b> SMTPUTF8", Path("a@b", {"SMTPUTF8": ""})),
        ('FROM:<"a <b> \\" c"@d.example>', Path('"a <b> \\" c"@d.example')),
        ("FROM:<@x.example,@y.example:a@b.example>", Path("a@b.example")),
        ("FROM:<a@[IPv6:2001:db8::1]>", Path("a@[IPv6:2001:db8::1]")),
        ("FROM:<佐藤@例え.テスト>", Path("佐藤@例え.テスト")),
    ],
)  # fmt: skip
def test_good_paths(argument, path):
    assert parse_path("FROM:", argument) == path


@pytest.mark.parametrize(
    ("argument", "key"),
    [
        (None, "bad-path"),
        ("", "bad-path"),
        ("<a@b>", "bad-path"),
        ("TO:<a@b>", "bad-path"),
        ("FROM:a@b", "bad-path"),
        ("FROM:<a@b", "bad-path"),
        ("FROM:<a@b>x", "bad-path"),
        ("FROM:<a@b> =1", "bad-path"),
        ("FROM:<a@b> A=1 a=2", "bad-path"),
        ("FROM:<a@b> A=b=c", "bad-path"),
        ('FROM:<"a@b>', "bad-path"),
        ("FROM:<a b@c>", "bad-address"),
        ("FROM:<a..b@c>", "bad-address"),
        ("FROM:<.a@c>", "bad-address"),
        ("FROM:<a@>", "bad-address"),
        ("FROM:<@b>", "bad-address"),
        ("FROM:<a@-b>", "bad-address"),
        ("FROM:<a@b..c>", "bad-address"),
        ("FROM:<a@b,c@d>", "bad-address"),
        ("FROM:<" + "a" * 250 + "@b.example>", "bad-address"),
        ("FROM:<a\tb@c>", "bad-characters"),
        ("FROM:<a@b>\x7f", "bad-characters"),
        ("FROM:<a\udcff@b>", "bad-characters"),
    ],
)
def test_bad_paths(argument, key):
    with pytest.raises(BadArgument) as caught:
        parse_path("FROM:", argument)
    assert caught.value.key == key


@given(st.text(st.characters(codec=None), max_size=80))
def test_any_text_is_a_path_or_refused(text):
    try:
        path = parse_path("TO:", "TO:<" + text)
    except BadArgument:
        return
    assert path.address == "" or "@" in path.address
    path.address.encode("utf-8")
    assert path.address.isprintable()


@pytest.mark.parametrize("unit", ['"\\', "a.", "@", "a@", "<", "a-", '"'])
def test_hostile_paths_take_no_time(unit):
    """A command line has at most a kilobyte; backtracking must not make it seconds."""
    for closing in ("", ">"):
        with pytest.raises(BadArgument):
            parse_path("TO:", "TO:<" + unit * (1000 // len(unit)) + closing)
