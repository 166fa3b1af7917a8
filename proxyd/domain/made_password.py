"""Passwords that proxyd makes: what they look like. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

# Read aloud and typed on a phone: no i, l, o, 0, 1, no capitals.
CLEAR_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
GROUP: Final = 6  # letters that are read at once


def made_password(groups: int, choose: Callable[[str], str] = secrets.choice) -> str:
    """Readable and typeable, e.g. ``k7mqp2-x3w8nd-f4vbt9``: 29.7 bits a group."""
    return "-".join("".join(choose(CLEAR_LETTERS) for _ in range(GROUP)) for _ in range(groups))
