"""Which attributes are kept, and that two spellings of one are one."""

from __future__ import annotations

import pytest

from proxyd.upstream.cache.attribute import asked_of, key_of


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (b"ENVELOPE", b"ENVELOPE"),
        (b"bodystructure", b"BODYSTRUCTURE"),
        (b"BODY.PEEK[]", b"BODY[]"),
        (b"body.peek[1.2.MIME]", b"BODY[1.2.mime]"),
        (b"BODY.PEEK[HEADER.FIELDS (DATE FROM)]", b'BODY[HEADER.FIELDS ("From" Date)]'),
        (b'BODY.PEEK[HEADER.FIELDS.NOT (X-A "]")]', b'BODY[HEADER.FIELDS.NOT ("]" x-a)]'),
        (b"BODY.PEEK[TEXT]<5.10>", b"BODY[TEXT]<5>"),
        (b"BODY.PEEK[HEADER]<0.10>", b"BODY[HEADER]<0>"),
    ],
)
def test_an_answer_is_known_by_its_name(asked: bytes, told: bytes) -> None:
    one = asked_of(asked)
    assert one is not None and one.answer == key_of(told)


@pytest.mark.parametrize(
    "attribute",
    [b"FLAGS", b"UID", b"MODSEQ", b"X-GM-LABELS", b"BODY[]", b"BODY[1]<0.5>", b"BINARY.PEEK[1]",
     b"BODY.PEEK[", b"BODY.PEEK[]<5>", b"THREADID"],
)  # fmt: skip
def test_what_may_change_or_leaves_a_mark_is_not_kept(attribute: bytes) -> None:
    assert asked_of(attribute) is None


@pytest.mark.parametrize(
    ("attribute", "small"),
    [(b"ENVELOPE", True), (b"BODY.PEEK[HEADER]", True), (b"BODY.PEEK[2.MIME]", True),
     (b"BODY.PEEK[2.HEADER]", True), (b"BODY.PEEK[]", False), (b"BODY.PEEK[TEXT]", False),
     (b"BODY.PEEK[2]", False), (b"BODY.PEEK[2.TEXT]", False)],
)  # fmt: skip
def test_what_is_read_by_the_thousand_is_small(attribute: bytes, small: bool) -> None:
    one = asked_of(attribute)
    assert one is not None and one.small is small


def test_a_piece_and_the_whole() -> None:
    one = asked_of(b"BODY.PEEK[1]<20.30>")
    assert one is not None
    assert (one.key, one.whole, one.partial) == (b"BODY[1]", b"BODY.PEEK[1]", (20, 30))
    assert (one.piece, one.piece_key) == (b"BODY.PEEK[1]<20.30>", b"BODY[1]<20.30>")
