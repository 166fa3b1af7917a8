"""Seeds that once failed, by what was wrong. None is ever taken out."""

from __future__ import annotations

KEPT: dict[int, str] = {}
