"""Hypothesis plays several sessions of two people against each other.

Lists of steps instead of a RuleBasedStateMachine, because a list can be kept: see ``kept.py``. More
examples, for a long night: ``PROXYD_STRICT_EXAMPLES=5000``.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strict.kept import KEPT
from tests.strict.play import DESKS, FLAGS, FOLDERS, ITEMS, Player, Step

EXAMPLES = int(os.environ.get("PROXYD_STRICT_EXAMPLES", "60"))
STEPS = 30

who = st.integers(0, len(DESKS) - 1)
picks = st.lists(st.integers(-1, 22), min_size=1, max_size=3).map(tuple)
folder = st.integers(0, len(FOLDERS) - 1)
few = st.integers(0, 7)
yes = st.booleans()
flags = st.integers(0, len(FLAGS) - 1)

COMMANDS = st.one_of(
    st.tuples(st.just("noop"), who),
    st.tuples(st.just("leave"), who, few),
    st.tuples(st.just("select"), who, folder, yes, yes),
    st.tuples(st.just("everything"), who),
    st.tuples(st.just("fetch"), who, yes, picks, st.integers(0, len(ITEMS) - 1), yes),
    st.tuples(st.just("store"), who, yes, picks, st.sampled_from("+-="), yes, flags, yes),
    st.tuples(st.just("store"), who, yes, picks, st.just("+"), yes, flags, yes),
    st.tuples(st.just("copy"), who, yes, picks, folder, yes),
    st.tuples(st.just("expunge"), who, st.just(()) | picks),
    st.tuples(st.just("append"), who, folder, yes, flags),
    st.tuples(st.just("search"), who, yes, few, few),
    st.tuples(st.just("saved"), who, yes, flags),
    st.tuples(st.just("status"), who, folder),
)
STEP = st.one_of(
    COMMANDS,
    COMMANDS,
    COMMANDS,
    st.tuples(st.just("burst"), who, st.lists(COMMANDS, min_size=2, max_size=4).map(tuple)),
    st.tuples(st.just("both"), COMMANDS, COMMANDS),
    st.tuples(st.just("mail"), few, few),
    st.tuples(st.just("webmail"), few, few, few),
    st.tuples(st.just("idle"), who),
    st.tuples(st.just("drop"), who),
    st.tuples(st.sampled_from(["quiet", "quiet", "restart"])),
)


def play(steps: list[Step]) -> Player:
    with tempfile.TemporaryDirectory() as directory:
        player = Player(Path(directory))
        asyncio.run(player.play(steps))
    return player


@pytest.mark.parametrize("steps", KEPT.values(), ids=KEPT.keys())
def test_what_once_failed(steps: list[Step]) -> None:
    play(steps)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=STEPS))
def test_every_desk_believes_the_truth(steps: list[Step]) -> None:
    play(steps)
