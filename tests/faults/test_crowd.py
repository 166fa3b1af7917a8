"""Ten people in each other's way, on a provider that does as it is asked. More, for a long night:
``CROWD_STEPS=2000 CROWD_SEEDS=20 pytest tests/faults/test_crowd.py``; one again: ``CROWD_SEED=17``.
"""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.faults.crowd import CLERKS, STEPS, Crowd

KINDS: tuple[tuple[str, ...], ...] = ((), ("UNSELECT", "MOVE", "UIDPLUS"))
ONE = os.environ.get("CROWD_SEED", "")
SEEDS = [int(ONE)] if ONE else list(range(int(os.environ.get("CROWD_SEEDS", "2"))))
LONG = int(os.environ.get("CROWD_STEPS", STEPS))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_ok_is_true_and_both_sides_are_equal(seed: int) -> None:
    crowd = Crowd(seed, hide=KINDS[seed % len(KINDS)], steps=LONG)
    asyncio.run(crowd.run())
    assert crowd.met["RENAME"] > 2, crowd.met
    assert sum(crowd.met.values()) > CLERKS * LONG / 2, crowd.met
