"""How often the disk is waited for: counted, since each transaction is a wait of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.service.sending.sending_bench import answer_mail, make_bench, until


@pytest.fixture
async def counts(database, monkeypatch) -> Counter[str]:
    counted: Counter[str] = Counter()

    def counting(name: str) -> Callable[..., Awaitable[Any]]:
        one = getattr(database, name)

        def run(work: Callable[..., Any]) -> Awaitable[Any]:
            counted[name] += 1
            return one(work)

        return run

    for name in ("read", "write"):
        monkeypatch.setattr(database, name, counting(name))
    return counted


async def test_a_mail_is_two_transactions_until_its_250(database, clock, counts) -> None:
    bench = await make_bench(database, clock)
    counts.clear()
    await bench.send(bench.anna, answer_mail())
    assert counts == {"read": 1, "write": 2}


async def test_copies_that_wait_are_filed_in_one_transaction(database, clock, counts) -> None:
    bench = await make_bench(database, clock)
    for number in range(5):
        await bench.send(bench.anna, answer_mail(f"{number}@pc", f"text {number}"))
    counts.clear()
    await bench.submission.resume()
    await until(lambda: len(bench.conversations.filed) == 5 and counts["write"] >= 3)
    await bench.submission.close()
    # Whether one of the five answered without naming what, and that no more wait; what waits, and
    # that no more does; what is to leave later; what a former process left, the five, what is old.
    assert counts == {"read": 9, "write": 3}
