"""What 500 clients that idle cost: memory for each, and connections to the provider."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.bench.measure import told
from tests.bench.result import Goal, Row, Spread, Unit
from tests.bench.sides import Pair, Side, pss_kib

CLIENTS = 500
MOST_KB = 60
CONNECTIONS = 3
SETTLE_S = 1.0
LOOKED_AT = 50  # newest mails whose flags a client knows when it begins to idle


def idling_rows(pair: Pair) -> Iterator[Row]:
    """``pair``'s proxy is started anew in between, so that freed memory is not used twice."""
    direct = pair.direct
    dovecot_kb, _ = _each(direct, lambda: _tree_kib(pair.dovecot.pid), tls=False)
    ours_kb, connections = _each(
        pair.proxy.side(pair.mails), pair.proxy.pss_kib, tls=False,
        held=pair.dovecot.connections,
    )  # fmt: skip
    yield _row("idlers", "memory of each", "KB", ours_kb, dovecot_kb, MOST_KB, pair)
    yield _row(
        "idlers", "connections to the provider", "connections", connections, CLIENTS, CONNECTIONS,
        pair,
    )  # fmt: skip
    pair.proxy.stop()
    pair.proxy.start_synced(pair.mails)
    dovecot_kb, _ = _each(direct, lambda: _tree_kib(pair.dovecot.pid), tls=True)
    ours_kb, _ = _each(pair.proxy.side(pair.mails), pair.proxy.pss_kib, tls=True)
    yield _row("idlers", "memory of each over TLS", "KB", ours_kb, dovecot_kb, None, pair)


def _row(
    name: str, what: str, unit: Unit, ours: float, direct: float, limit: float | None, pair: Pair
) -> Row:
    row = Row(
        name, f"{CLIENTS} clients idling: {what}", pair.mails, unit, Spread.of([ours]),
        Spread.of([direct]), Goal("value", limit) if limit is not None else None,
    )  # fmt: skip
    told(row)
    return row


def _each(
    side: Side, memory: Callable[[], int], *, tls: bool, held: Callable[[], int] = lambda: 0
) -> tuple[float, int]:
    """(kilobytes a client, what ``held`` counted meanwhile)."""
    with ExitStack() as first:
        _idle(side, first, tls=tls)  # what one client makes the server load, all share
        before = memory()
        with ExitStack() as open_clients:
            for _ in range(CLIENTS - 1):
                _idle(side, open_clients, tls=tls)
            time.sleep(SETTLE_S)
            return (memory() - before) * 1.024 / (CLIENTS - 1), held()


def _idle(side: Side, open_clients: ExitStack, *, tls: bool) -> None:
    client = side.client(tls=tls)
    open_clients.callback(client.close)
    client.drain(f"UID FETCH {max(1, side.mails - LOOKED_AT + 1)}:* (FLAGS RFC822.SIZE)")
    client.idle()


def _tree_kib(pid: int) -> int:
    """PSS of a process and all below it."""
    total = 0
    try:
        total = pss_kib(pid)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError, IndexError):  # ended while we looked
        return total
    return total + sum(_tree_kib(int(child)) for child in children)
