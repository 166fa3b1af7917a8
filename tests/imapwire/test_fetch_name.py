"""Names of FETCH answers: equal where they stand for the same octets, and only there."""

from __future__ import annotations

import pytest

from proxyd.imapwire.fetch_name import answer_name, normal_name


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (b"BODY.PEEK[]", b"BODY[]"),
        (b"BODY.PEEK[1.2.mime]", b"body[1.2.MIME]"),
        (b"BODY.PEEK[TEXT]<5.100>", b"BODY[TEXT]<5>"),
        (b"BINARY.PEEK[1]<0.9>", b"BINARY[1]<0>"),
        (b"BODY.PEEK[HEADER.FIELDS (TO FROM)]", b'BODY[HEADER.FIELDS ("From" To)]'),
        (b"BODY.PEEK[HEADER.FIELDS (TO FROM TO)]", b"BODY[HEADER.FIELDS (FROM TO)]"),
        (b"BODY.PEEK[HEADER.FIELDS (TO)]<2.3>", b"BODY[header.fields (TO)]<2>"),
        (b"ENVELOPE", b"Envelope"),
    ],
)
def test_an_answer_is_found(ask: bytes, told: bytes) -> None:
    assert answer_name(ask) == normal_name(told)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"BODY[]", b"BODY"),
        (b"BODY[1]", b"BODY[1]<0>"),
        (b"BODY[HEADER.FIELDS (A)]", b"BODY[HEADER.FIELDS.NOT (A)]"),
        (b"BODY[HEADER.FIELDS (A B)]", b"BODY[HEADER.FIELDS (A)]"),
    ],
)
def test_others_stay_apart(one: bytes, other: bytes) -> None:
    assert normal_name(one) != normal_name(other)
