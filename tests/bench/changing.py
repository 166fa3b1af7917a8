"""Changing a keyword, and how soon another client that idles hears of it."""

from __future__ import annotations

import threading
import time

from tests.bench.measure import Measure, at_most, timed_ms
from tests.bench.result import Goal
from tests.bench.sides import Side

SETTLE_S = 0.1  # until the idling client's folder is surely watched
HEARD_S = 10.0
SOON_MS = 5.0


def store(side: Side, round_: int) -> float:
    client = side.client()
    uid, keyword = side.change(round_)
    taken = timed_ms(lambda: client.command(f"UID STORE {uid} +FLAGS ({keyword})"))
    client.close()
    return taken


def store_label(side: Side, round_: int) -> float:
    assert side.label is not None
    client = side.client()
    uid, keyword = side.label(round_)
    taken = timed_ms(lambda: client.command(f"UID STORE {uid} +FLAGS ({keyword})"))
    client.close()
    return taken


def heard(side: Side, folder: str, uid: int, keyword: str) -> float:
    """From sending a STORE in the INBOX to an idling client of ``folder`` hearing of it."""
    idler, other = side.client(folder), side.client()
    idler.idle()
    time.sleep(SETTLE_S)
    at: list[float] = []

    def listen() -> None:
        idler.wait_for(keyword.encode())
        at.append(time.perf_counter())

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    start = time.perf_counter()
    other.command(f"UID STORE {uid} +FLAGS ({keyword})")
    thread.join(HEARD_S)
    idler.close()
    other.close()
    assert at, f"{keyword} was not heard of in {HEARD_S:.0f} s"
    return (at[0] - start) * 1000


def to_idler(side: Side, round_: int) -> float:
    return heard(side, "INBOX", *side.change(round_))


def to_virtual(side: Side, round_: int) -> float:
    return heard(side, side.still_folder, *side.change(round_))


def label_to_idler(side: Side, round_: int) -> float:
    assert side.label is not None
    return heard(side, "INBOX", *side.label(round_))


AT_ONCE = Goal("value", SOON_MS)
CHANGING = (
    Measure("store", "STORE of a status; of a keyword directly", store, goal=at_most(1.5)),
    Measure("store-label", "STORE of a keyword that the provider keeps", store_label),
    Measure("idle", "status seen by an idling client, INBOX", to_idler, goal=AT_ONCE, rounds=10),
    Measure(
        "idle-virtual", "the same, idling in a virtual folder; INBOX directly", to_virtual,
        goal=AT_ONCE, rounds=10,
    ),
    Measure(
        "idle-label", "the provider's keyword seen by an idling client", label_to_idler, rounds=10
    ),
)  # fmt: skip
