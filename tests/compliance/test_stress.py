"""How the stress program's complaints are read, and which of them count."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compliance.stress import complaints, unexplained, write_mails

SAID = """Logi List Stat Sele
 163   72   87  163
Error: mara[14]: FETCH failed: 14.5 NO [EXPUNGEISSUED] some of these mails are gone
Error: mara[15]: FETCH failed: 15.16 NO [EXPUNGEISSUED] some of these mails are gone
Error: mara[7]: STORE failed: 7.1 NO [CANNOT] these marks
Error: Checkpoint: client 2: Missing keyword $Label1
Error: mara[3]: BAD reply for command: SEARCH LARGER 7 SUBJECT {3+}
Error: UID=9 MODSEQ changed for owned message: 0 -> 7: * 3 FETCH (UID 9)
Panic: file client-state.c: line 235 (client_update_plan): assertion failed: (x == 0)
Error: Raw backtrace: #0 t_askpass[0x7f]
"""


def test_a_kind_is_a_complaint_without_its_numbers() -> None:
    assert complaints(SAID) == {
        "FETCH failed: NO [EXPUNGEISSUED] some of these mails are gone": 2,
        "STORE failed: NO [CANNOT] these marks": 1,
        "Checkpoint: client N: Missing keyword $LabelN": 1,
        "BAD reply for command: SEARCH": 1,
        "UID=N MODSEQ changed for owned message: N -> N": 1,
        "file client-state.c: line N (client_update_plan): assertion failed: (x == N)": 1,
    }


def test_what_counts_is_neither_explained_nor_said_of_the_provider() -> None:
    ours = complaints(SAID + "Error: mara[1]: EXPUNGE failed: 1.7 NO no\n")
    assert unexplained(complaints("Error: u[2]: EXPUNGE failed: 2.2 NO no\n"), ours) == [
        "STORE failed: NO [CANNOT] these marks"
    ]


def test_the_mails_are_separated_by_lines_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.compliance.stress.MAILS", 50)
    write_mails(tmp_path / "mbox")
    lines = (tmp_path / "mbox").read_bytes().split(b"\r\n")
    assert sum(line.startswith(b"From ") for line in lines) == 50
