"""How long a webhook is left alone after it could not be told, and what of that is logged: growing
pauses, whoever's fault it was, and each cause once until it is told again.

What the database says too is forgotten here once it says that all is well: a person has resumed it.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace

from proxyd.domain.webhook import retry_s

# Of what could not be written down, so that nobody can say "now": a disk that has room again is
# noticed within it.
UNWRITTEN_MOST_S = 300.0


@dataclass(frozen=True, slots=True)
class _Pause:
    """``count``: failures one after the other. ``written``: the database says that it fails."""

    since_us: int
    count: int = 0
    next_us: int = 0
    causes: frozenset[str] = frozenset()
    written: bool = False


class Pauses:
    def __init__(self) -> None:
        self._of: dict[int, _Pause] = {}  # by webhook

    def is_due(self, webhook_id: int, now_us: int) -> bool:
        pause = self._of.get(webhook_id)
        return pause is None or pause.next_us <= now_us

    def failed(
        self, webhook_id: int, now_us: int, since_us: int | None, cause: str
    ) -> tuple[int, bool]:
        """One more failure; ``since_us``: as the database knows it. Returns since when it fails,
        and whether this cause is a new one.
        """
        since_us = now_us if since_us is None else since_us
        former = self._of.get(webhook_id, _Pause(since_us))
        pause_us = int(min(retry_s(former.count + 1), UNWRITTEN_MOST_S) * 1_000_000)
        self._of[webhook_id] = replace(
            former,
            count=former.count + 1,
            next_us=now_us + pause_us,
            causes=former.causes | {cause},
            written=False,
        )
        return former.since_us, cause not in former.causes

    def written(self, webhook_id: int, now_us: int) -> None:
        """The last failure is in the database."""
        pause = self._of[webhook_id]
        next_us = now_us + int(retry_s(pause.count) * 1_000_000)
        self._of[webhook_id] = replace(pause, next_us=next_us, written=True)

    def well(self, webhook_id: int) -> None:
        self._of.pop(webhook_id, None)

    def seen_well(self, webhook_id: int) -> None:
        """The database says so: what was written there counts no more."""
        pause = self._of.get(webhook_id)
        if pause is not None and pause.written:
            self.well(webhook_id)


def cause_of(error: BaseException) -> str:
    """What went wrong and where, of which all that is the same fault is the same."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
