"""Who is writing an answer: a draft that answers, and was saved lately (docs/design.md §3 "By
acting"). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

# Mail clients save a draft every few minutes; who has not for so long does something else.
SHOWN_US = 15 * 60 * 1_000_000
# When an answer was saved that is written, and waits before it leaves: it shows until that is over.
WAITS_US = 1 << 62


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """``claims``: the conversation is this person's only because of the draft."""

    account_id: int
    at_us: int  # when the draft was saved
    claims: bool = False

    @property
    def waits(self) -> bool:
        """It is no draft any more, and has not left yet."""
        return self.at_us == WAITS_US

    def is_shown(self, now_us: int) -> bool:
        return now_us - self.at_us < SHOWN_US
