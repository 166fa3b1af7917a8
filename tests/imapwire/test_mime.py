"""ENVELOPE, BODYSTRUCTURE and sections of local messages: by hand, broken mail, bounds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire import mime
from proxyd.imapwire.mime import MimeMail, bodystructure, envelope
from proxyd.mailtext.fields import MAX_HEADER
from proxyd.mailtext.mime_tree import MAX_DEPTH, MAX_PARTS, MimePart
from tests.effort import effort_below
from tests.imapwire.odd_mails import BROKEN, LEGAL
from tests.imapwire.wirevalues import read

SECTIONS = [
    b"",
    b"HEADER",
    b"TEXT",
    b"1",
    b"1.MIME",
    b"1.1",
    b"2.HEADER",
    b"9.9",
    b"0",
    b"nonsense",
]
PARTS = LEGAL["mixed_with_preamble_and_epilogue"]
NESTED = LEGAL["message_in_message"]


def parts(part: MimePart) -> list[MimePart]:
    """The part and all below it, without recursion."""
    found, waiting = [], [part]
    while waiting:
        here = waiting.pop()
        found.append(here)
        waiting += here.children + ([here.message] if here.message else [])
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1", b"first"),
        (b"1.MIME", b"\r\n"),
        (b"2", b"<p>second\r\n"),
        (b"2.HEADER", None),
        (b"3", None),
        (b"0", None),
        (b"1.1", None),
        (b"HEADER.FIELDS (SUBJECT)", b"Subject: x\r\n\r\n"),
        (b'HEADER.FIELDS ("subject" x-none)', b"Subject: x\r\n\r\n"),
        (b"HEADER.FIELDS (X-NONE)", b"\r\n"),
        (b"99999999999999999999", None),
    ],
)
def test_section_of_a_multipart(text: bytes, expected: bytes | None) -> None:
    assert mime.section(PARTS, text) == expected


def test_sections_put_together_are_the_message() -> None:
    mail = MimeMail(PARTS)
    header, text = mail.section(b"HEADER"), mail.section(b"TEXT")
    assert header is not None and text is not None
    assert header + text == PARTS == mail.section(b"")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"2.HEADER.FIELDS (TO)", b"To: c@example.test\r\n\r\n"),
        (b"2.1", b"deep one"),
        (b"2.2", b"Subject: innermost\r\n\r\nbottom"),
        (b"2.2.TEXT", b"bottom"),
        (b"2.2.1", b"bottom"),
        (b"2.2.HEADER", b"Subject: innermost\r\n\r\n"),
        (b"2.2.MIME", b"Content-Type: message/rfc822\r\n\r\n"),
        (b"1.TEXT", None),
    ],
)
def test_section_of_a_message_in_a_message(text: bytes, expected: bytes | None) -> None:
    assert mime.section(NESTED, text) == expected


def test_line_break_after_a_close_delimiter_belongs_to_the_outer_one() -> None:
    inner = mime.section(LEGAL["nested"], b"1")
    assert inner is not None and inner.endswith(b"--out-in--")


@pytest.mark.parametrize(
    ("partial", "expected"),
    [((0, 2), b"fi"), ((3, 100), b"st"), ((5, 1), b""), ((10**9, 5), b""), ((0, 5), b"first")],
)
def test_partial(partial: tuple[int, int], expected: bytes) -> None:
    assert mime.section(PARTS, b"1", partial) == expected


def test_partial_of_nothing_is_nothing() -> None:
    assert mime.section(PARTS, b"7", (0, 10)) is None


def test_envelope_of_names_groups_and_routes() -> None:
    envelope = read(mime.envelope(LEGAL["groups_and_names"]))
    assert envelope[2] == [
        [b'Doe, "J" John', None, b"j", b"example.test"],
        [None, None, b"plain", b"example.test"],
    ]
    assert envelope[3] == [[b"Old (Style) Name", None, b"old", b"example.test"]]
    assert envelope[4] == [[b"=?utf-8?B?44GC?=", None, b"r", b"example.test"]]
    assert envelope[5] == [
        [None, None, b"Team", None],
        [None, None, b"a", b"example.test"],
        [b"B", None, b"b", b"example.test"],
        [None, None, None, None],
        [None, None, b"quoted local", b"example.test"],
    ]
    assert envelope[7] == [[None, b"@one.test,@two.test", b"routed", b"example.test"]]


def test_envelope_takes_sender_and_reply_to_from_from() -> None:
    envelope = read(mime.envelope(b"From: A <a@example.test>\r\n\r\n"))
    assert envelope[2] == envelope[3] == envelope[4] == [[b"A", None, b"a", b"example.test"]]
    assert envelope[5:] == [None] * 5


def test_raw_8bit_header_comes_as_a_literal() -> None:
    wire = mime.envelope("Subject: 件名\r\n\r\n".encode())
    assert wire.startswith(b"(NIL {6}\r\n" + "件名".encode() + b" NIL ")


def test_structure_of_a_multipart() -> None:
    structure = read(mime.bodystructure(PARTS, extended=True))
    assert structure[1] == [
        *[b"text", b"html", [b"charset", b"utf-8", b"format", b"flowed"]],
        *[b"<c@example.test>", b"a (b) c", b"7bit", 11, 1],
        *[b"Q2hlY2sgSW50ZWdyaXR5IQ==", None, [b"en", b"ja"], b"http://example.test/"],
    ]
    assert structure[2:] == [b"mixed", [b"boundary", b"b 1"], None, None, None]


@pytest.mark.parametrize("name", [*LEGAL, *BROKEN])
def test_any_mail_gets_valid_answers(name: str) -> None:
    _check((LEGAL | BROKEN)[name])


_PIECES = st.sampled_from(
    [
        *[b"--b\r\n", b"--b--\r\n", b"--c\n", b"--c--", b"\r\n", b"\n", b"\r", b"--", b"text "],
        *[b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n"],
        *[b'Content-Type: multipart/digest; boundary="c"\r\n', b"From: a <b@c>, d:;\r\n", b"\x00"],
        *[b"Subject: \xff\r\n", b'To: "', b"Cc: (((", b" folded\r\n", b"Content-Disposition: x;"],
    ]
)


@given(st.lists(st.one_of(_PIECES, st.binary(max_size=8)), max_size=60).map(b"".join))
def test_arbitrary_octets_get_valid_answers(raw: bytes) -> None:
    _check(raw)


def _check(raw: bytes) -> None:
    mail = MimeMail(raw)
    assert len(read(mail.envelope())) == 10
    read(mail.bodystructure(extended=False))
    read(mail.bodystructure(extended=True))
    for part in parts(mail.root):
        assert 0 <= part.start <= part.body <= part.end <= len(raw)
        assert all(part.body <= child.start and child.end <= part.end for child in part.children)
        assert all(a.end <= b.start for a, b in pairwise(part.children))
    for text in SECTIONS:
        found = mail.section(text)
        assert found is None or found in raw or text.startswith(b"HEADER.")


def test_ten_thousand_parts() -> None:
    part = b"--b\r\n\r\nx\r\n"
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 12_000 + b"--b--\r\n"
    mail = MimeMail(raw)
    assert len(mail.root.children) == MAX_PARTS - 1
    assert mail.section(b"9998") == b"x"
    structure = read(mail.bodystructure(extended=False))
    assert len(structure) == MAX_PARTS


def test_nesting_is_bounded() -> None:
    heads = [
        b"Content-Type: multipart/mixed; boundary=b%03d\r\n\r\n--b%03d\r\n" % (i, i)
        for i in range(500)
    ]
    mail = MimeMail(b"".join(heads) + b"\r\nbottom")
    assert len(parts(mail.root)) == MAX_DEPTH + 1
    read(mail.bodystructure(extended=True))
    nested = MimeMail(b"Content-Type: message/rfc822\r\n\r\n" * 500 + b"bottom")
    assert len(parts(nested.root)) == MAX_DEPTH
    read(nested.bodystructure(extended=True))


@pytest.mark.parametrize(
    "raw",
    [
        b"To: " + b"(" * 300_000,
        b"To: " + b'"' * 300_001,
        b"To: " + b"a@b," * 60_000,
        b"To: " + b"x:" * 100_000,
        b"Content-Type: text/plain" + b"; a=b" * 60_000,
        b"Subject: x" + b"\r\n y" * 100_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--x\r\n" * 100_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"\r\n" * 200_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        + b"Content-Type: message/rfc822\r\n\r\n" * 98
        + b"--x\r\n" * 500_000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(100)
        )
        + b"--x\r\n" * 1_000_000,
    ],
    ids=[
        *("comments", "quotes", "addresses", "colons", "parameters", "folds", "dashes", "blanks"),
        *("messages in messages, then dashes", "parts in parts, then dashes"),
    ],
)
def test_hostile_mail_costs_linear_time(raw: bytes) -> None:
    with effort_below(5):  # quadratic would be minutes
        mail = MimeMail(raw)
        mail.envelope()
        mail.bodystructure(extended=True)


@pytest.mark.parametrize(
    "flood",
    [
        b"To: " + b"a@b.test,\r\n " * 400_000 + b"z@b.test\r\n",
        b"To: a@b.test\r\n" * 300_000,
        b"X: y\r\n" * 600_000,
        b"To: " + b"," * 4_000_000 + b"\r\n",
    ],
    ids=["one field", "many fields", "other fields", "nothing but commas"],
)
def test_an_envelope_costs_no_more_than_what_is_read_of_a_header(flood: bytes) -> None:
    raw = b"Subject: pens\r\n" + flood + b"Cc: late@b.test\r\n\r\nHello\r\n"
    with effort_below(3.0):
        made = envelope(raw)
    assert b'"pens"' in made and b"late" not in made and len(made) < 1024 * 1024


def test_a_field_that_is_cut_off_is_left_out_of_an_envelope() -> None:
    cut = b"X: " + b"y" * (MAX_HEADER - 60) + b"\r\n" + b"To: " + b"a" * 100 + b"@b.test\r\n\r\n"
    assert b"aaa" not in envelope(b"Subject: pens\r\n" + cut)
    whole = b"X: " + b"y" * (MAX_HEADER - 600) + b"\r\n" + b"To: " + b"a" * 100 + b"@b.test\r\n\r\n"
    assert b"aaa" in envelope(b"Subject: pens\r\n" + whole + b"t" * MAX_HEADER)


@pytest.mark.parametrize("attached", [1, 40], ids=["one", "many"])
def test_so_do_the_envelopes_of_what_is_attached(attached: int) -> None:
    flood = b"To: " + b"a@b.test,\r\n " * (800_000 // attached) + b"z@b.test\r\n"
    mail = b"Subject: pens\r\n" + flood + b"Cc: late@b.test\r\n\r\nHello\r\n"
    part = b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + mail
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * attached + b"--b--\r\n"
    with effort_below(3.0):
        made = bodystructure(raw, extended=True)
    read(made)
    assert b'"pens"' in made and made.count(b"late") <= 2 and len(made) < 2 * 1024 * 1024


def test_a_digest_of_hundreds_has_all_its_envelopes() -> None:
    mails = (b"Subject: no %d\r\nX: %b\r\n\r\nHello\r\n" % (n, b"y" * 900) for n in range(500))
    body = b"".join(b"--b\r\n\r\n" + mail for mail in mails)
    made = bodystructure(
        b"Content-Type: multipart/digest; boundary=b\r\n\r\n" + body, extended=True
    )
    assert b'"no 0"' in made and b'"no 499"' in made
