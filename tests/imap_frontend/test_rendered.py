"""Text made once is found again by block and template, and is bounded."""

from __future__ import annotations

from imap_frontend.rendered import Rendered
from imap_frontend.row_template import RowTemplate
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.service.api.rows import Block

UID = RowTemplate.of("* {0} FETCH", [FetchAttribute("UID")])
FLAGS = RowTemplate.of("* {0} FETCH", [FetchAttribute("FLAGS")])


def block() -> Block:
    return Block([7], [1], [""], [("\\Seen",)], {("\\Seen",): 1})


def test_found_by_the_block_itself_and_the_template() -> None:
    rendered, one = Rendered(), block()
    rendered.put(one, UID, b"text")
    assert rendered.get(one, UID) == b"text"
    assert rendered.get(one, FLAGS) is None
    assert rendered.get(block(), UID) is None, "one that says the same is made anew"


def test_bounded() -> None:
    rendered, blocks = Rendered(most=100), [block() for _ in range(10)]
    for one in blocks:
        rendered.put(one, UID, b"m" * 30)
    assert sum(rendered.get(one, UID) is not None for one in blocks) == 3
