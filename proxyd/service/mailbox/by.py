"""Who has typed a command about a conversation: no login of a colleague."""

from __future__ import annotations

from dataclasses import dataclass, field

from proxyd.domain.types import Origin


@dataclass(frozen=True, slots=True)
class By:
    """Who typed it, and where."""

    name: str
    origin: Origin = field(default_factory=lambda: Origin("cli"))
