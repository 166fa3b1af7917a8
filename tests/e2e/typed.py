"""Commands of ``proxyd`` as they are typed, in this process: to start Python and load all libraries
takes longer than what most of them do.

For what a test needs and does not ask about; that a command does what it says as a program of its
own is what tests/commands, tests/test_cli*.py and ``Installation.command`` are for.
"""

from __future__ import annotations

import io
import sys
import threading

import pytest

from proxyd import cli

_streams = threading.Lock()  # of the process; companies are set up side by side (providers.py)


def typed(words: list[str], stdin: str = "") -> str:
    """What it prints. Raises AssertionError where it does not do what it says."""
    out, err = io.StringIO(), io.StringIO()
    with _streams, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["proxyd", *words])
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            cli.main()
        except SystemExit as left:
            assert not left.code, f"{words}: exit {left.code}\n{err.getvalue()}"
    return out.getvalue()
