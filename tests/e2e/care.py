"""Watching a proxy while it is mistreated: is a colleague served, and what does it cost?"""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.installation import Installation
from tests.e2e.raw_line import memory_kib
from tests.effort import effort_of_process_below

# Of processor time: a sign-in, a SELECT and a FETCH of somebody else, and what else goes on.
# Who holds the loop takes it all.
LITTLE_S = 2.0
# What all bad input of a file may cost for good; gigabytes are sent.
GROWTH_KIB = 32 * 1024


def served(proxy: Installation) -> None:
    """A colleague is served as on any other day."""
    with effort_of_process_below(proxy.pid, LITTLE_S), proxy.imap("ben") as client:
        assert client.select("INBOX")[0] == "OK"
        assert client.fetch("1:*", "(UID FLAGS)")[0] == "OK"
        assert len(client.fetch("1", "(BODY.PEEK[])")[1]) == 2


def grown_kib(proxy: Installation, act: Callable[[], None]) -> int:
    """What stays in memory of ``act``."""
    before = memory_kib(proxy)
    act()
    return memory_kib(proxy) - before


def unharmed(proxy: Installation, pid: int, before_kib: int) -> None:
    """It is the same process, not much bigger, without a fault of ours in its log."""
    assert proxy.pid == pid
    assert "Traceback" not in proxy.log()
    assert memory_kib(proxy) - before_kib < GROWTH_KIB
    proxy.typed("audit", "verify")
