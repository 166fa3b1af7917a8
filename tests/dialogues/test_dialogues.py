"""Every file of this folder is a dialogue a mail admin can read; each must go as written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
for folder in (HERE, HERE.parent / "imap_frontend"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import imap_fakes  # noqa: E402
import runner  # noqa: E402

FILES = sorted(HERE.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_dialogue(path: Path) -> None:
    await runner.Stage(imap_fakes).play(path)


def test_there_are_dialogues() -> None:
    assert len(FILES) > 20
