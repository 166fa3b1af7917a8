"""Reads IMAP wire values in tests: lists, strings, literals, atoms → nested Python values."""

from __future__ import annotations

import re
from typing import Any

_ATOM = re.compile(rb'[^ ()"{\r\n\[\]]+(?:\[[^\]]*\](?:<\d+>)?)?')
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_LITERAL = re.compile(rb"~?\{(\d+)\}\r\n")


def read(wire: bytes) -> Any:
    """The one value that ``wire`` is; fails when anything follows."""
    value, end = read_at(wire, 0)
    assert end == len(wire), wire[end : end + 80]
    return value


def read_at(wire: bytes, at: int) -> tuple[Any, int]:
    """The value at ``at`` and where it ends: bytes, int, None (NIL) or a list."""
    if wire[at : at + 1] == b"(":
        return _list(wire, at + 1)
    if match := _QUOTED.match(wire, at):
        return re.sub(rb"\\(.)", rb"\1", match[1], flags=re.DOTALL), match.end()
    if match := _LITERAL.match(wire, at):
        end = match.end() + int(match[1])
        assert end <= len(wire)
        return wire[match.end() : end], end
    match = _ATOM.match(wire, at)
    assert match, wire[at : at + 80]
    atom = match[0]
    if atom.upper() == b"NIL":
        return None, match.end()
    return (int(atom) if atom.isdigit() else atom), match.end()


def _list(wire: bytes, at: int) -> tuple[list[Any], int]:
    values = []
    while wire[at : at + 1] != b")":
        if wire[at : at + 1] == b" ":
            at += 1
            continue
        value, at = read_at(wire, at)
        values.append(value)
    return values, at + 1


def fetch_rows(answer: bytes) -> dict[int, dict[bytes, Any]]:
    """``* n FETCH (…)`` rows of a whole answer: number → attribute → value."""
    rows: dict[int, dict[bytes, Any]] = {}
    at = 0
    while match := re.compile(rb"\* (\d+) FETCH ").match(answer, at):
        values, at = read_at(answer, match.end())
        rows.setdefault(int(match[1]), {}).update(zip(values[::2], values[1::2], strict=True))
        assert answer[at : at + 2] == b"\r\n"
        at += 2
    return rows
