"""Lines of many rows at once say what the items' templates say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imap_frontend.fetch_items import TEMPLATES, known
from imap_frontend.row_template import Columns, RowTemplate
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.service.api.rows import Marks, MessageFacts

DATE = "17-Jul-1996 02:44:25 -0700"


def text_of(flags: tuple[str, ...]) -> str:
    return "(" + " ".join(flags) + ")"


@given(
    st.lists(st.sampled_from(sorted(TEMPLATES)), min_size=1, max_size=8),
    st.sampled_from(["* {0} FETCH", "* {1} UIDFETCH"]),
    st.integers(0, 4),
)
def test_the_same_as_row_by_row(items: list[str], head: str, count: int) -> None:
    template = RowTemplate.of(head, [FetchAttribute(name) for name in items])
    flags = [("\\Seen",) if number % 2 else ("$a", "$b") for number in range(count)]
    marks = [Marks(number + 5, f"M{number}", f"T{number}", 10**15) for number in range(count)]
    rows = Columns(
        numbers=range(1, count + 1),
        uids=range(11, count + 11),
        flags=flags,
        sizes=range(100, count + 100),
        dates=[DATE] * count,
        modseqs=[mark.modseq for mark in marks],
        marks=marks,
    )
    pattern = f"{head} ({' '.join(TEMPLATES[name] for name in items)})\r\n"
    expected = [
        pattern.format(
            *known(i + 1, i + 11, text_of(flags[i]), MessageFacts((), i + 100, DATE), marks[i])
        )
        for i in range(count)
    ]
    assert template.lines(rows, text_of) == "".join(expected).encode()
    assert len(rows) == count
    assert template.lines(rows.cut(1, 3), text_of) == "".join(expected[1:3]).encode()


@pytest.mark.parametrize(
    ("items", "personal"),
    [(("UID", "FLAGS"), False), (("MODSEQ",), True), (("THREADID",), True), (("SAVEDATE",), True)],
)
def test_what_is_each_persons_own(items: tuple[str, ...], personal: bool) -> None:
    template = RowTemplate.of("* {0} FETCH", [FetchAttribute(name) for name in items])
    assert template.is_personal is personal
