"""docs/imap-extensions.md is what the code says, and nothing is announced without a test."""

from __future__ import annotations

import pytest

from imap_frontend.capabilities import CapabilityRow
from tests.extensions_table import PAGE, ROOT, ROWS, all_trials, files, page, trials


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.extensions_table"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_capability_has_a_file_and_a_test_that_cite_its_rfc(row: CapabilityRow) -> None:
    assert files(row), f"no module cites {row.rfc} or names {row.name}"
    assert trials(row), f"no test cites {row.rfc} or names {row.name}"


def test_most_have_a_dialogue() -> None:
    """Properties of the line (how literals and progress look) are tested where they are made."""
    without = {row.name for row in ROWS if not any(p.suffix == ".txt" for p in all_trials(row))}
    assert without == {"LITERAL+", "INPROGRESS", "COMPRESS=DEFLATE"}


def test_every_link_leads_somewhere() -> None:
    for row in ROWS:
        for path in (*files(row), *trials(row)):
            assert (ROOT / path).is_file()
