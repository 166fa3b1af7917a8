"""Commands drawn from the grammar: each is read as what was written, and framed as one command."""

from __future__ import annotations

import budget
import pytest
import wire_commands
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyd.imapwire.command import COMMAND_NAMES, Tagged, parse_command
from proxyd.imapwire.frame import Frame
from proxyd.imapwire.framer import CommandFramer


def frame_of(wire: bytes) -> Frame:
    framer = CommandFramer()
    framer.authenticated = True
    framer.feed(wire)
    frame = framer.next()
    assert isinstance(frame, Frame), frame
    assert framer.next() is None
    assert framer.pending == 0
    return frame


def test_all_commands_are_drawn() -> None:
    assert {name.removeprefix("UID ") for name in wire_commands.COMMANDS} == COMMAND_NAMES


@pytest.mark.parametrize("name", sorted(wire_commands.COMMANDS))
@settings(max_examples=budget.examples(25), deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(name: str, data: st.DataObject) -> None:
    wire, utf8, tagged = data.draw(wire_commands.commands(name))
    budget.tried["commands drawn from the grammar"] += 1
    assert parse_command(frame_of(wire), utf8=utf8) == tagged


@settings(max_examples=budget.examples(100), deadline=None)
@given(st.lists(wire_commands.commands(), min_size=2, max_size=5))
def test_pipelined_commands_do_not_touch_each_other(
    written: list[tuple[bytes, bool, Tagged]],
) -> None:
    budget.tried["pipelines of commands"] += 1
    framer = CommandFramer()
    framer.authenticated = True
    framer.feed(b"".join(wire for wire, _, _ in written))
    for _, utf8, tagged in written:
        frame = framer.next()
        assert isinstance(frame, Frame)
        assert parse_command(frame, utf8=utf8) == tagged
    assert framer.next() is None
