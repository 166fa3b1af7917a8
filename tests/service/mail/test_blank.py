"""What is said of a mail of which nothing is known: well-formed, and nothing that one could take
for the mail's own.
"""

from __future__ import annotations

import pytest

from proxyd.imapwire.fetch_row import literal_octets
from proxyd.service.mail.blank import blank, label


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (b"envelope", b"ENVELOPE"),
        (b"BODY.PEEK[]", b"BODY[]"),
        (b"BODY.PEEK[HEADER]<0.100>", b"BODY[HEADER]<0>"),
        (b"body.peek[1.MIME]", b"BODY[1.MIME]"),
        (b"BODY.PEEK[HEADER.FIELDS (From To)]<7>", b"BODY[HEADER.FIELDS (From To)]<7>"),
    ],
)
def test_the_name_of_the_answer(asked: bytes, answered: bytes) -> None:
    assert label(asked) == answered


def test_an_envelope_names_nobody() -> None:
    assert blank(b"ENVELOPE", 7) == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


@pytest.mark.parametrize("attribute", [b"BODY", b"BODYSTRUCTURE", b"bodystructure"])
def test_a_structure_is_one_empty_part_of_no_kind(attribute: bytes) -> None:
    made = blank(attribute, 4711)
    assert made.startswith(b'("application" "octet-stream" NIL NIL NIL "7bit" 0')
    assert made.endswith(b")") and made.count(b"(") == made.count(b")") == 1
    assert b"4711" not in made


@pytest.mark.parametrize("attribute", [b"BODY.PEEK[]", b"BODY.PEEK[HEADER]", b"BODY.PEEK[2]<5.9>"])
def test_a_section_is_an_empty_header(attribute: bytes) -> None:
    assert literal_octets(blank(attribute, 7)) == b"\r\n"


def test_the_size_is_what_is_known_and_everything_else_nothing() -> None:
    assert blank(b"RFC822.SIZE", 4711) == b"4711"
    assert blank(b"INTERNALDATE", 7) == b"NIL"
