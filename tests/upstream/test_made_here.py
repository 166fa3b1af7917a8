"""What is made here of a mail's own octets: the same as a provider would say, or nothing."""

from __future__ import annotations

import pytest

from proxyd.imapwire.fetch_row import literal_octets
from proxyd.imapwire.mime import MimeMail
from proxyd.upstream.made_here import (
    HEADER,
    WHOLE,
    MailOctets,
    can_make,
    is_whole,
    octets_of,
    row,
)

RAW = b"From: Ida <ida@x.test>\r\nSubject: pens\r\n\r\nHello\r\n"
HEAD = RAW[: RAW.index(b"Hello")]


def mail(raw: bytes = RAW, *, whole: bool = True) -> MailOctets:
    return MailOctets(raw, whole, MimeMail(raw))


def test_octets_of_an_answer() -> None:
    found = octets_of({b"BODY[]": b"{%d}\r\n%b" % (len(RAW), RAW)}, WHOLE)
    assert found is not None and (found.raw, found.whole) == (RAW, True)
    found = octets_of({b"BODY[HEADER]": b"{%d}\r\n%b" % (len(HEAD), HEAD)}, HEADER)
    assert found is not None and (found.raw, found.whole) == (HEAD, False)
    for nothing in ({}, {b"BODY[]": b"NIL"}, {b"BODY[]": b'""'}, {b"ENVELOPE": b"NIL"}):
        assert octets_of(nothing, WHOLE) is None


def test_an_answer_is_whole_when_nothing_asked_for_is_missing() -> None:
    asked = (b"envelope", b"BODY.PEEK[1]")
    assert is_whole({b"ENVELOPE": b"()", b"BODY[1]": b'""'}, asked)
    assert not is_whole({b"ENVELOPE": b"()"}, asked)
    assert not is_whole({b"BODY[1]": b'""'}, asked)
    assert is_whole({}, (b"INTERNALDATE",)), "which is not made here"


@pytest.mark.parametrize(
    ("asked", "possible"),
    [
        ((b"ENVELOPE", b"BODY.PEEK[HEADER]<0.10>"), True),
        ((b"BODYSTRUCTURE", WHOLE), True),
        ((WHOLE,), False),
        ((b"INTERNALDATE",), False),
        ((b"ENVELOPE", b"MODSEQ"), False),
    ],
)
def test_what_can_be_made(asked: tuple[bytes, ...], possible: bool) -> None:
    assert can_make(asked) is possible


def test_a_row_under_the_names_of_an_answer() -> None:
    asked = (b"envelope", b"RFC822.SIZE", b"BODY.PEEK[TEXT]<1.3>", b"BODY.PEEK[9]")
    made = row(mail(), asked)
    assert made is not None and list(made) == [
        *(b"ENVELOPE", b"RFC822.SIZE", b"BODY[TEXT]<1>", b"BODY[9]")
    ]
    envelope, size, text, missing = made.values()
    assert isinstance(envelope, bytes) and b'"pens"' in envelope and b'"ida"' in envelope
    assert size == b"%d" % len(RAW)
    assert isinstance(text, bytes) and literal_octets(text) == b"ell"
    assert missing == b"NIL"


def test_of_a_header_alone_no_text_is_made_up() -> None:
    only = mail(HEAD, whole=False)
    assert row(only, (b"ENVELOPE", HEADER)) is not None
    for beyond in (b"BODYSTRUCTURE", b"BODY", b"RFC822.SIZE", WHOLE, b"BODY.PEEK[TEXT]"):
        assert row(only, (b"ENVELOPE", beyond)) is None
