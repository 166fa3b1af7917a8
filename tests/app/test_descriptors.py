"""The doors leave descriptors to what stands behind them (app/descriptors.py)."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from proxyd.app.descriptors import FEWEST, FOR_IMAP, RESERVED, Places, places
from tests.patience import PATIENCE_S


def test_enough() -> None:
    assert places(1000, 200, 16384) == Places(1000, 200)


@pytest.mark.parametrize("limit", [100, 256, 512, 1024])
def test_too_few_are_shared(limit: int) -> None:
    given = places(1000, 200, limit)
    assert FOR_IMAP * given.imap + given.smtp + RESERVED <= limit
    assert given.imap > given.smtp >= FEWEST


def test_next_to_none() -> None:
    assert places(1000, 200, 10) == Places(FEWEST, FEWEST)


def test_the_soft_limit_is_raised_and_the_hard_one_is_told() -> None:
    code = (
        "import resource, logging; logging.basicConfig()\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 200))\n"
        "from proxyd.app.descriptors import provided\n"
        "print(provided(1000, 200), resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 200
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert "(200, 200)" in done.stdout
    assert "200 open files are allowed" in done.stderr and "LimitNOFILE" in done.stderr
