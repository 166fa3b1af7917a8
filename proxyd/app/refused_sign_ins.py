"""A line in the program's log for each refused sign-in, in a form that fail2ban reads.

``conf/fail2ban/filter.d/proxyd.conf`` knows the form; a test feeds it with these very lines. What
the peer says of itself is in none of them: the address is the socket's, the login that of an
account there is, all else words of ours. So nobody has another's address banned, and a password
that was typed as a login is not shown.

A flood is no flood of lines: an address has ``LINES_PER_ADDRESS`` a minute, more than any ban waits
for, and all together ``LINES``; how many more there were is said once a minute, in another form.
The access log has them all.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from proxyd.domain.networks import address_of
from proxyd.domain.types import Origin

_log = logging.getLogger(__name__)

MINUTE_S = 60.0
# fail2ban bans after five by default; who wants twenty still gets them.
LINES_PER_ADDRESS = 20
# journald drops what one service says beyond 10,000 lines in 30 s (RateLimitBurst). Beyond this
# many, no more addresses are remembered either.
LINES = 1000


class RefusedSignIns:
    """``later``: call this after so many seconds."""

    def __init__(self, later: Callable[[float, Callable[[], None]], object]) -> None:
        self._later = later
        self._lines: Counter[str] = Counter()  # of this minute, by address
        self._more = 0
        self._running = False

    def tell(self, origin: Origin, reason: str, login: str) -> None:
        """``reason``: a word of service/accounts/verdict.py; or, for which nobody is banned as a
        signature is not guessed, "passkey-" and one of domain/passkey.py, or "single-sign-on-" and
        one of service/accounts/single_sign_on.py. ``login``: of an account there is, or "".
        """
        address = str(address_of(origin.address) or "")
        if not self._running:
            self._running = True
            self._later(MINUTE_S, self._end)
        if self._lines[address] >= LINES_PER_ADDRESS or self._lines.total() >= LINES:
            self._more += 1
            return
        self._lines[address] += 1
        whose = f" ({login})" if login else ""
        where = address or "somewhere"
        _log.warning("sign-in refused: from %s at %s: %s%s", where, origin.door, reason, whose)

    def _end(self) -> None:
        if self._more:
            _log.warning("%d more sign-ins were refused within %.0f s", self._more, MINUTE_S)
        self._lines.clear()
        self._more = 0
        self._running = False
