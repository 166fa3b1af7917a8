"""BODYSTRUCTURE as providers write it, well or badly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.mime import MimeMail
from proxyd.service.mail.structure import BodyPart, parts_of
from tests.effort import effort_below
from tests.imapwire.odd_mails import LEGAL


def numbers(structure: bytes) -> list[tuple[bytes, str]]:
    return [(part.number, part.kind) for part in parts_of(structure)]


def test_a_plain_mail_is_its_own_part_one() -> None:
    structure = (
        b'("TEXT" "PLAIN" ("CHARSET" "UTF-8" "FORMAT" "flowed") NIL NIL "Quoted-Printable" 9 1'
        b" NIL NIL NIL NIL)"
    )
    assert list(parts_of(structure)) == [
        BodyPart(b"1", "text/plain", "utf-8", "quoted-printable", attached=False)
    ]


def test_parts_in_parts() -> None:
    found = numbers(MimeMail(LEGAL["nested"]).bodystructure(extended=True))
    assert found == [(b"1.1", "text/plain"), (b"1.2", "text/html"), (b"2", "application/pdf")]


def test_a_message_in_the_mail_has_its_parts_below_its_number() -> None:
    found = numbers(MimeMail(LEGAL["message_in_message"]).bodystructure(extended=True))
    assert found == [
        (b"1", "text/plain"),
        (b"2", "message/rfc822"),
        (b"2.1", "text/plain"),
        (b"2.2", "message/rfc822"),
        (b"2.2.1", "text/plain"),
    ]
    found = numbers(MimeMail(LEGAL["message_at_the_top"]).bodystructure(extended=True))
    assert found == [(b"1", "message/rfc822"), (b"1.1", "text/plain")]


def test_attachments_are_told_by_their_disposition() -> None:
    structure = (
        b'(("text" "plain" NIL NIL NIL "7bit" 1 1 NIL ("Attachment" ("filename" "a")) NIL NIL)'
        b'("text" "plain" NIL NIL NIL "7bit" 1 1 NIL ("inline" NIL) NIL NIL) "mixed")'
    )
    assert [part.attached for part in parts_of(structure)] == [True, False]


def test_literals_and_escapes() -> None:
    structure = b'("text" {4}\r\nx)"( ("char\\"set" "a" "charset" ~{2}\r\nu8) NIL NIL "BASE64" 1 1)'
    (part,) = parts_of(structure)
    assert (part.kind, part.charset, part.encoding) == ('text/x)"(', "u8", "base64")


@pytest.mark.parametrize(
    "structure", [b"", b"NIL", b"()", b"(", b")", b"(()", b'("text"', b'(NIL NIL NIL)', b"((()))",
                  b'(("a" "b" "mixed")', b"{99}\r\nx"],
)  # fmt: skip
def test_what_makes_no_sense_raises_nothing(structure: bytes) -> None:
    list(parts_of(structure))


@given(st.binary(max_size=80) | st.text('()" \\{}1NILtex\r\n', max_size=80).map(str.encode))
def test_any_octets(structure: bytes) -> None:
    list(parts_of(structure))


def test_ten_thousand_parts_and_any_depth() -> None:
    part = b'("text" "plain" NIL NIL NIL "7bit" 1 1)'
    with effort_below(3):
        assert len(list(parts_of(b"(" + part * 10_000 + b' "mixed")'))) == 10_000
        deep = b"(" * 10_000 + part + b' "mixed")' * 10_000
        assert len(list(parts_of(deep))) == 1
