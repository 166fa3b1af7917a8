"""Strings on their way into the access log: visible, and of bounded length.

Clients choose many of them (Message-ID, client name, folder). Whoever reads the log in a terminal
or a page must see what stands there and not what it does: no line breaks, no escape sequences, no
text that runs backwards. Must never refuse a string: a strange access is recorded all the more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from proxyd.domain.visible import shown

# A line of a mail has at most 998 characters (RFC 5322 §2.1.1), so a Message-ID has no more.
TEXT_LIMIT = 998

# What a client says of itself; RFC 2971 §3.3 allows 1,024 octets a value, a screen shows less.
CLIENT_LIMIT = 200

# All of ``detail``: a record is a line about an access, not its content.
DETAIL_LIMIT = 4096
DETAIL_ITEMS = 200
DETAIL_DEPTH = 4

CUT = "…"

# Whole numbers that every reader of JSON takes; Python refuses to write very long ones.
_INT_LIMIT = 2**63

# Made once: ``json.dumps`` makes one for each call that wants anything of its own.
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def visible(text: str, limit: int = TEXT_LIMIT) -> str:
    """``text`` with what is not seen written as ``\\u202e``, cut to ``limit`` characters."""
    visible_ = shown(str(text[: limit + 1]))
    return visible_ if len(visible_) <= limit else visible_[: limit - 1] + CUT


def detail_text(detail: Mapping[str, object]) -> str:
    """The JSON object of a record's ``detail``, keys sorted."""
    if not detail:
        return "{}"
    text = _encode(_bounded(detail, DETAIL_DEPTH))
    if len(text) <= DETAIL_LIMIT:
        return text
    return _encode({"cut": visible(text, DETAIL_LIMIT // 2)})


def _bounded(value: object, depth: int) -> object:
    if value is None or (isinstance(value, int) and -_INT_LIMIT <= value < _INT_LIMIT):
        return value
    if depth > 0 and isinstance(value, Mapping):
        items = list(value.items())[:DETAIL_ITEMS]
        return {visible(str(key)): _bounded(item, depth - 1) for key, item in items}
    if depth > 0 and isinstance(value, list | tuple | set | frozenset):
        ordered = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        return [_bounded(item, depth - 1) for item in ordered[:DETAIL_ITEMS]]
    if isinstance(value, Mapping | list | tuple | set | frozenset | int):
        return CUT  # too deep or too big
    return visible(str(value))
