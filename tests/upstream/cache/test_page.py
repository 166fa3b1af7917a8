"""Pages: what goes in comes out, and nothing else is taken for one."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.upstream.cache.page import PAGE_OCTETS, Page, decoded, encoded

NAMES = st.sampled_from([b"ENVELOPE", b'BODY[HEADER.FIELDS ("From" TO)]', b"BODY[HEADER]"])
ROWS = st.dictionaries(
    st.integers(1, 2**32 - 1), st.tuples(NAMES, st.binary(max_size=50)), max_size=20
)


def rows(texts: dict[int, tuple[bytes, bytes]]) -> dict[int, ContentRow]:
    return {uid: ContentRow(uid, {name: text}) for uid, (name, text) in texts.items()}


@given(ROWS)
def test_round_trip(texts: dict[int, tuple[bytes, bytes]]) -> None:
    assert decoded(encoded(rows(texts).values())) == rows(texts)


@given(st.binary(max_size=200))
def test_anything_else_is_refused_or_harmless(octets: bytes) -> None:
    with contextlib.suppress(ValueError):
        decoded(octets)


@given(ROWS, st.sets(st.integers(1, 2**32 - 1)))
def test_a_page_counts_what_it_holds(
    texts: dict[int, tuple[bytes, bytes]], others: set[int]
) -> None:
    page = Page()
    for row in rows(texts).values():
        page.put(row)
        page.put(row)
    assert page.octets == Page(rows(texts)).octets
    assert page.dirty == bool(texts)
    assert page.forget(others) == bool(others & texts.keys())
    assert page.forget(texts) == bool(texts.keys() - others)
    assert page.octets == PAGE_OCTETS and not page.rows
