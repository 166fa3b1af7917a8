"""Which virtual folders show a message: the whole table."""

from __future__ import annotations

import pytest

from proxyd.domain.folder_work import means_work
from proxyd.service.mailbox.model import Folder
from proxyd.service.mailbox.places import ViewKey, views_of

OWN: ViewKey = ("folder", "7")
OPEN: ViewKey = ("status", "open")
DONE: ViewKey = ("status", "done")
NOBODY: ViewKey = ("unassigned", "")
ANNA: ViewKey = ("assignee", "3")


@pytest.mark.parametrize(
    ("working", "inbound", "status", "assignee", "expected"),
    [
        (True, True, "open", None, {OWN, OPEN, NOBODY}),
        (True, True, "open", 3, {OWN, OPEN, ANNA}),
        (True, True, "done", None, {OWN, DONE}),
        (True, True, "done", 3, {OWN, DONE, ANNA}),
        (True, False, "open", 3, {OWN}),
        (False, True, "open", None, {OWN}),
        (False, False, "open", 3, {OWN}),
    ],
)
def test_places(
    working: bool, inbound: bool, status: str, assignee: int | None, expected: set[ViewKey]
) -> None:
    folder = Folder(7, "INBOX", "/", frozenset())
    found = views_of(
        folder,
        working=working,
        inbound=inbound,
        status=status,
        assignee=assignee,
        finished="done",
    )
    assert found == expected


@pytest.mark.parametrize(
    ("attribute", "work"),
    [
        ("\\archive", True), ("\\haschildren", True), ("\\sent", False), ("\\drafts", False),
        ("\\trash", False), ("\\junk", False), ("\\all", False), ("\\flagged", False),
        ("\\noselect", False), ("\\nonexistent", False),
    ],
)  # fmt: skip
def test_folders_whose_mail_is_work(attribute: str, work: bool) -> None:
    assert means_work(frozenset({attribute})) is work
