"""Seeds that once failed, by what was wrong. None is ever taken out."""

from __future__ import annotations

KEPT: dict[int, str] = {
    29: "a delivery of owed flags that nobody waited for any more failed with a traceback",
}
