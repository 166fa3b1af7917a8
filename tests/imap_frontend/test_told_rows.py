"""Rows come out of blocks where those stand under the client's numbers, else one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import imap_fakes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imap_frontend import column, told_rows
from imap_frontend.told_rows import blockwise
from imap_frontend.view import ClientView
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.rows import Block

ROWS = 3
EVENTS = st.lists(
    st.tuples(st.sampled_from(["arrive", "remove", "flag", "flush", "tell"]), st.integers(0, 20)),
    max_size=40,
)


def opened(count: int) -> tuple[imap_fakes.World, imap_fakes.Folder, ClientView]:
    world = imap_fakes.World()
    folder = world.folder("INBOX")
    for uid in range(1, count + 1):
        folder.put(uid, imap_fakes.Message(b"x" * uid, []))
    view = ClientView(lambda: None, {"CONDSTORE"})
    mail = imap_fakes.FakeMail(world, None, None)  # type: ignore[arg-type]
    view.attach(imap_fakes.FakeView(mail, folder, view, read_only=False))
    return world, folder, view


@given(st.integers(0, 9), EVENTS, st.sampled_from([0, 2]))
def test_rows_are_what_the_messages_are(
    count: int, events: list[tuple[str, int]], few: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (imap_fakes, column, told_rows):
            patch.setattr(module, "BLOCK_ROWS", ROWS)
        patch.setattr(told_rows, "FEW_ROWS", few)
        world, folder, view = opened(count)
        for what, number in events:
            uids = list(folder.rows)
            if what == "arrive":
                folder.add(imap_fakes.Message(b"x", []))
            elif what == "remove" and uids:
                folder.remove([uids[number % len(uids)]])
            elif what == "flag" and uids:
                world.change("INBOX", uids[number % len(uids)], "+", [f"k{number}"])
            elif what == "flush":
                view.flush(expunge=bool(number % 2))
            says_the_truth(world, folder, view, tells=what == "tell")


def says_the_truth(
    world: imap_fakes.World, folder: imap_fakes.Folder, view: ClientView, *, tells: bool
) -> None:
    found: list[tuple[int, int, tuple[str, ...], int, int]] = []
    for part in blockwise([range(view.count)]):
        rows = view.rows(part, modseqs=True, marks=True)
        assert [mark.modseq for mark in rows.marks] == list(rows.modseqs)
        found += zip(rows.numbers, rows.uids, rows.flags, rows.sizes, rows.modseqs, strict=True)
        if tells:
            view.tell_rows(rows, flags=True, modseqs=True)
            for number, uid in zip(rows.numbers, rows.uids, strict=True):
                assert view._told[number - 1] == tuple(folder.rows[uid].flags)
                assert not view.owes_flags(uid)
    believed = view.uids_at([range(view.count)])
    assert found == [
        (number, uid, tuple(m.flags), len(m.raw), folder.modseqs[uid])
        for number, uid in enumerate(believed, 1)
        if (m := folder.rows.get(uid)) is not None
    ]
    middle = sorted(folder.modseqs.values())[len(folder.modseqs) // 2 :][:1]
    for modseq in middle:
        spans = view.changed_since([range(view.count)], modseq)
        there = [uid for uid in believed if uid in folder.rows]
        assert view.uids_at(spans) == [uid for uid in there if folder.modseqs[uid] > modseq]
    unseen = (n for n, uid, flags, *_ in found if "\\Seen" not in flags)
    assert view.first_unseen(view.count) == next(unseen, None)


def test_only_so_many_are_looked_at_for_the_first_unseen() -> None:
    world, _, view = opened(3)
    for uid in (1, 2):
        world.change("INBOX", uid, "+", ["\\Seen"])
    assert (view.first_unseen(2), view.first_unseen(3)) == (None, 3)


class Unwalked(list[tuple[str, ...]]):
    """May be searched by the interpreter, and not walked by us."""

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        raise AssertionError("one look at each row")


def test_no_row_of_a_whole_block_is_walked_for_the_first_unseen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(told_rows, "FEW_ROWS", 0)
    world, _, view = opened(3)
    for uid in (1, 2):
        world.change("INBOX", uid, "+", ["\\Seen"])
    block = view.opened.block(0)
    still = replace(block, flags=Unwalked(block.flags))
    monkeypatch.setattr(view.opened, "block", lambda number: still)
    assert view.first_unseen(3) == 3


def test_spans_are_cut_where_blocks_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told_rows, "BLOCK_ROWS", ROWS)
    spans = [range(1, 8), range(9, 9), range(9, 12)]
    assert list(blockwise(spans)) == [range(1, 3), range(3, 6), range(6, 8), range(9, 12)]


def test_sessions_that_were_told_the_same_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told_rows, "FEW_ROWS", 0)
    _, _, one = opened(5)
    uids, block = one.opened.uids(), one.opened.block(0)
    views = [ClientView(lambda: None) for _ in range(2)]
    for view in views:
        view.attach(SharedView(one.opened, uids, block))  # type: ignore[arg-type]
        rows = view.rows(range(5))
        view.tell_rows(rows, flags=True, modseqs=False)
    assert views[0]._uids is views[1]._uids is uids
    assert views[0]._told._pieces[0] is views[1]._told._pieces[0] is block.flags


class SharedView:
    """Hands out the same objects again, as the service does."""

    def __init__(self, opened: OpenView, uids: object, block: Block) -> None:
        self._opened, self._uids, self._block = opened, uids, block

    def __getattr__(self, name: str) -> object:
        return getattr(self._opened, name)

    def uids(self) -> object:
        return self._uids

    def block(self, number: int) -> Block:
        return self._block
