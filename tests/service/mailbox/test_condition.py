"""One state behind log, readiness, metrics and status (service/mailbox/condition.py)."""

from __future__ import annotations

import logging

import pytest

from proxyd.service.mailbox.condition import Conditions, TroubleKind


@pytest.fixture
def now(caplog: pytest.LogCaptureFixture) -> Conditions:
    caplog.set_level(logging.INFO)
    conditions = Conditions(lambda: "support", lambda: 5_000_000)
    conditions.line(up=True, reason="", owed=0)
    caplog.clear()
    return conditions


def test_however_often_it_is_met_with_it_is_told_once(
    now: Conditions, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        now.begin(TroubleKind.NAMES, "1 of them; what")
        now.mails(TroubleKind.MAILS, "INBOX", {3: "no"}, [1, 2])
    assert len(caplog.records) == 2
    assert [one.told for one in now.troubles()] == [
        "1 mail (UID 3) of folder INBOX can't be read, and shown only as far as known: no",
        "folders with names that can't be read are left out: 1 of them; what",
    ]
    now.end(TroubleKind.NAMES)
    now.mails(TroubleKind.MAILS, "INBOX", {}, [3])
    assert now.troubles() == [] and len(caplog.records) == 4


def test_a_folders_conditions_end_with_it(now: Conditions) -> None:
    now.begin(TroubleKind.FOLDER, "closed", "Work")
    now.begin(TroubleKind.NAMES, "what")
    now.mails(TroubleKind.FLAGS, "Work", {1: ""})
    now.keep_folders(["INBOX"])
    assert [one.kind for one in now.troubles()] == ["names"]


@pytest.mark.parametrize(
    ("kind", "folder", "serious"),
    [
        (TroubleKind.FOLDER, "INBOX", True),
        (TroubleKind.FOLDER, "Work", False),
        (TroubleKind.NAMES, "", False),
    ],
)
def test_what_is_serious(now: Conditions, kind: TroubleKind, folder: str, serious: bool) -> None:
    now.begin(kind, "x", folder)
    assert [one.serious for one in now.troubles()] == [serious]


def test_of_many_mails_some_are_named(now: Conditions) -> None:
    now.mails(TroubleKind.MAILS, "INBOX", dict.fromkeys(range(1, 2000), "no"))
    [one] = now.troubles()
    assert len(one.uids) == 1999 and one.told.startswith("1,999 mails (UID 1, 2, ")
    assert len(one.told) < 200
