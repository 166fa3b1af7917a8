"""The tests look at no clock: what fails on a busy machine is no test of ours.

They count steps, calls or processor time beside a measure of the machine (``effort.py``); a wait
has a bound (``patience.py``), and each test has one too (pytest-timeout). ``bench`` measures, and
asserts nothing of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "time", "time_ns"}
CLOCKS |= {"process_time", "thread_time"}  # see ``require_below``


def _reads_clock(node: ast.AST) -> bool:
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in CLOCKS
        and _is_a_clock(call.func.value)
        for call in ast.walk(node)
    )


def _is_a_clock(owner: ast.expr) -> bool:
    """``time``, ``loop``, ``asyncio.get_running_loop()``."""
    if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute):
        return owner.func.attr == "get_running_loop"
    return isinstance(owner, ast.Name) and owner.id in {"time", "loop"}


def _claims(tree: ast.AST) -> Iterator[int]:
    """Lines that assert that something took less than so long."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and not _is_a_least(node.test):
            elapsed = (part for part in ast.walk(node.test) if _is_difference(part))
            if any(map(_reads_clock, elapsed)):
                yield node.lineno


def _is_difference(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _is_a_least(test: ast.AST) -> bool:
    """``elapsed >= x`` holds on any machine."""
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Gt | ast.GtE)


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("assert time.monotonic() - began < 2", True),
        ("assert 1 < time.perf_counter() - began < 2", True),
        ("assert asyncio.get_running_loop().time() - began < 2", True),
        ("assert time.monotonic() - began >= 2", False),
        ("assert time.monotonic() < deadline", False),
        ("assert time.process_time() - began < 2", True),
    ],
)
def test_the_rule_catches(line: str, *, caught: bool) -> None:
    assert bool(list(_claims(ast.parse(line)))) is caught


def test_no_test_asserts_on_the_wall_clock() -> None:
    found = [
        f"{file.relative_to(TESTS)}:{line}"
        for file in sorted(TESTS.rglob("*.py"))
        if "bench" not in file.relative_to(TESTS).parts
        for line in _claims(ast.parse(file.read_text()))
    ]
    assert not found
