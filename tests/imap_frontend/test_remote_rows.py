"""Names of answers, whatever the provider makes of them; and how readings are classed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imap_frontend.asked_once import AskedOnce
from imap_frontend.fetch_items import reading_of
from imap_frontend.remote_rows import _items
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.imapwire.fetch_name import answer_name, normal_name
from proxyd.service.api.reading import Reading


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (b"BODY.PEEK[]", b"BODY[]"),
        (b"BODY.PEEK[1.2.TEXT]<5.10>", b"body[1.2.text]<5>"),
        (b"BODY.PEEK[HEADER.FIELDS (FROM TO)]", b'BODY[HEADER.FIELDS ("To" "From")]'),
        (b"BODY.PEEK[1.HEADER.FIELDS.NOT (X-A)]<0.9>", b"BODY[1.HEADER.FIELDS.NOT (x-a)]<0>"),
        (b"ENVELOPE", b"Envelope"),
        (b"BODYSTRUCTURE", b"BODYSTRUCTURE"),
    ],
)
def test_an_answer_is_found_by_its_question(ask: bytes, answer: bytes) -> None:
    assert answer_name(ask) == normal_name(answer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"BODY[1]", b"BODY[2]"),
        (b"BODY[]<0>", b"BODY[]<5>"),
        (b"BODY[HEADER.FIELDS (A)]", b"BODY[HEADER.FIELDS.NOT (A)]"),
        (b"BODY[HEADER.FIELDS (A)]", b"BODY[HEADER.FIELDS (A B)]"),
        (b"BODY", b"BODYSTRUCTURE"),
    ],
)
def test_different_questions_have_different_answers(one: bytes, other: bytes) -> None:
    assert normal_name(one) != normal_name(other)


FIELD = st.from_regex(r"[A-Z][A-Z-]{0,8}", fullmatch=True)


@given(st.lists(FIELD, min_size=1, max_size=4, unique=True), st.permutations([0, 1, 2, 3]))
def test_header_lists_have_no_order(fields: list[str], order: list[int]) -> None:
    shuffled = [fields[i] for i in order if i < len(fields)]
    lists = [f"BODY[HEADER.FIELDS ({' '.join(names)})]".encode() for names in (fields, shuffled)]
    assert normal_name(lists[0]) == normal_name(lists[1])


def test_what_the_index_knows_goes_into_one_template() -> None:
    envelope = FetchAttribute("ENVELOPE")
    attributes = [FetchAttribute("UID"), FetchAttribute("FLAGS"), envelope]
    items = _items(attributes, AskedOnce([envelope]))
    assert items == ["UID {1} FLAGS {2}", (b"ENVELOPE ", b"ENVELOPE", None)]


def test_the_strongest_reading_counts() -> None:
    peek = FetchAttribute("BODY[]", b"", peek=True)
    read = FetchAttribute("BODY[]", b"TEXT", peek=False)
    header = FetchAttribute("BODY[]", b"1.HEADER", peek=True)
    assert reading_of([header]) is Reading.LIST
    assert reading_of([header, peek]) is Reading.COPY
    assert reading_of([header, peek, read]) is Reading.OPEN
