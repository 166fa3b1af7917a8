"""The end of the access log, told in the program's log now and then: ``access log head: 42 9f…``.

Whoever has the machine can make database and ``log-head`` agree on a shorter past. A line that the
system's log has sent to another machine meanwhile can't be taken back: ``proxyd audit verify
--anchor`` takes it as it stands there. It tells a number and a digest, and nothing of a record.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from proxyd.domain.ports.log_anchor import Anchor

# A day's 24 lines; what is cut between two of them is younger than an hour.
TOLD_EACH_S = 3600.0

_log = logging.getLogger(__name__)


class HeadTold:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        """``monotonic``: seconds, of a clock that only goes on."""
        self._monotonic = monotonic
        self._told: Anchor | None = None
        self._next_s = float("-inf")

    def maybe_tell(self, head: Anchor | None, *, last: bool = False) -> None:
        """The first time, then once an hour where it has moved; ``last``: the server stops."""
        if head is None or head == self._told:
            return
        now_s = self._monotonic()
        if now_s < self._next_s and not last:
            return
        self._told, self._next_s = head, now_s + TOLD_EACH_S
        _log.info("access log head: %d %s", head.number, head.chain.hex())
