"""A run that proves nothing says so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.compliance.run import main


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    (tmp_path / "group").write_text("ok noop\n")
    return tmp_path


@pytest.mark.parametrize(
    ("program", "said"),
    [("no-such-imaptest", "no such program"), ("false", "no group passes on Dovecot itself")],
)
def test_a_program_that_does_not_run(
    program: str,
    said: str,
    scripts: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["run", str(scripts), "--imaptest", program])
    try:
        code = main()
    except SystemExit as end:
        code = int(end.code or 0)
    assert code == 2
    assert said in capsys.readouterr().err
