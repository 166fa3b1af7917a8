"""Where a line of a sheet may end, in English and in Japanese. Pure.

The library that writes PDFs breaks at spaces alone; Japanese has none, and Japanese offices read a
line that begins with 。 as a mistake (JIS X 4051, kinsoku shori).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

_NOT_FIRST: Final = frozenset(
    "、。，．・：；？！）」』】〉》〕］｝’”ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々,.:;?!)]}"
)
_NOT_LAST: Final = frozenset("（「『【〈《〔［｛‘“([{")


def wrapped(text: str, width: float, width_of: Callable[[str], float]) -> list[str]:
    """Lines no wider than ``width``, as ``width_of`` measures them; a word that is wider than a
    whole line is broken anywhere. A single character is never broken.
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if width_of((line + piece).rstrip(" ")) <= width:
            line += piece
            continue
        if line.strip(" "):
            lines.append(line.rstrip(" "))
        *full, line = _broken(piece.lstrip(" "), width, width_of)
        lines += full
    return [*lines, line.rstrip(" ")]


def _pieces(text: str) -> list[str]:
    """What is never parted unless it is wider than a line; together they are the text."""
    pieces: list[str] = []
    for character in text:
        if pieces and not _may_part(pieces[-1][-1], character):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _may_part(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST or unicodedata.combining(after) or after == " ":
        return False
    return before == " " or _is_wide(before) or _is_wide(after)


def _is_wide(character: str) -> bool:
    """Of a script that is written without spaces (UAX #11)."""
    return unicodedata.east_asian_width(character) in "WF"


def _broken(piece: str, width: float, width_of: Callable[[str], float]) -> list[str]:
    parts = [""]
    for character in piece:
        if parts[-1] and width_of(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts
