"""Each row of the table of what an EXPUNGE means, and that no case is left out."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from proxyd.domain.deleting import (
    TABLE,
    Case,
    Copied,
    Fate,
    FateRow,
    FolderUse,
    fate_of,
    place_of,
    printed,
)

EVERY = [
    Case(copied, place, own_draft=own, may_destroy=may, to_trash=trash)
    for copied, place, own, may, trash in product(Copied, FolderUse, *[(True, False)] * 3)
]
CASE = Case(Copied.NOWHERE, FolderUse.WORK, own_draft=False, may_destroy=False, to_trash=True)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.copied}-{row.place}-{row.fate}")
def test_each_row_is_the_first_for_some_case(row: FateRow) -> None:
    first = [case for case in EVERY if next(each for each in TABLE if each.fits(case)) is row]
    assert first
    assert {fate_of(case) for case in first} == {row.fate}


@pytest.mark.parametrize("case", EVERY, ids=str)
def test_every_case_has_a_fate(case: Case) -> None:
    fate = fate_of(case)
    if case.copied is Copied.FOLDER:
        assert fate is Fate.MOVED
    elif case.copied in (Copied.VIEW, Copied.ELSEWHERE):
        assert fate is Fate.STAYS
    elif case.copied is Copied.REFUSED:
        assert fate is Fate.KEPT
    elif case.place is FolderUse.WORK:
        assert fate is (Fate.TRASH if case.to_trash else Fate.FINAL)
    elif fate is Fate.FINAL:
        assert case.may_destroy or (case.own_draft and case.place is FolderUse.DRAFTS)


def test_nobody_destroys_a_customers_mail_by_a_key() -> None:
    assert fate_of(CASE) is Fate.TRASH
    assert fate_of(replace(CASE, may_destroy=True)) is Fate.TRASH, "not even who may"
    assert fate_of(replace(CASE, place=FolderUse.TRASH)) is Fate.REFUSED
    assert fate_of(replace(CASE, place=FolderUse.JUNK)) is Fate.TRASH, "there it can be found"
    assert fate_of(replace(CASE, place=FolderUse.DRAFTS)) is Fate.TRASH, "a colleague's draft"
    assert fate_of(replace(CASE, place=FolderUse.DRAFTS, own_draft=True)) is Fate.FINAL


def test_the_documentation_has_the_table_as_it_is() -> None:
    docs = Path(__file__).parents[2] / "docs" / "what-clients-do.md"
    assert "\n".join(printed()) in docs.read_text("utf-8")


def test_a_folders_kind_is_its_special_use() -> None:
    assert place_of(frozenset({"\\hasnochildren"})) is FolderUse.WORK
    assert place_of({"\\trash", "\\marked"}) is FolderUse.TRASH
    assert place_of({"\\junk"}) is FolderUse.JUNK
    assert place_of({"\\drafts"}) is FolderUse.DRAFTS
    assert place_of({"\\sent"}) is FolderUse.WORK
