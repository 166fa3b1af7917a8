"""Answers under an Idempotency-Key as rows (store/api_answers.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.ports.api_answers import Asked, KnownAnswer


@pytest.fixture
async def token(database):
    def add(tx):
        account = tx.accounts.add("anna", "Anna", "staff", "h")
        return tx.api_tokens.add(account.id, "SIEM", (), b"1" * 32, 5_000)

    return await database.write(add)


async def test_begun_once_then_answered(database, token, clock):
    asked, since = Asked(token, "k", b"d"), clock.now - 10
    begin = lambda tx: tx.api_answers.begin(asked, since)  # noqa: E731
    find = lambda tx: tx.api_answers.find(token, "k", since)  # noqa: E731
    assert await database.read(find) is None
    assert await database.write(begin)
    assert not await database.write(begin)
    assert await database.read(find) == KnownAnswer(b"d", None)
    await database.write(lambda tx: tx.api_answers.answered(asked, b"sealed"))
    assert await database.read(find) == KnownAnswer(b"d", b"sealed")
    assert await database.read(lambda tx: tx.api_answers.all()) == [(token, "k", b"sealed")]
    assert await database.read(lambda tx: tx.api_answers.find(token, "K", since)) is None


async def test_answered_without_having_begun(database, token, clock):
    asked = Asked(token, "k", b"d")
    await database.write(lambda tx: tx.api_answers.answered(asked, b"sealed"))
    found = await database.read(lambda tx: tx.api_answers.find(token, "k", clock.now - 1))
    assert found == KnownAnswer(b"d", b"sealed")


async def test_an_old_one_makes_room(database, token, clock):
    begun = clock.now
    await database.write(lambda tx: tx.api_answers.begin(Asked(token, "k", b"d"), begun - 1))
    clock.advance(us=5)
    assert await database.read(lambda tx: tx.api_answers.find(token, "k", begun)) is None
    assert await database.write(lambda tx: tx.api_answers.begin(Asked(token, "k", b"e"), begun))
    found = await database.read(lambda tx: tx.api_answers.find(token, "k", begun))
    assert found == KnownAnswer(b"e", None)


async def test_forgotten(database, token, clock):
    await database.write(lambda tx: tx.api_answers.begin(Asked(token, "k", b"d"), 0))
    assert await database.write(lambda tx: tx.api_answers.forget(clock.now - 1)) == 0
    assert await database.write(lambda tx: tx.api_answers.forget(clock.now)) == 1


async def test_gone_with_the_token(database, token):
    await database.write(lambda tx: tx.api_answers.begin(Asked(token, "k", b"d"), 0))
    await database.write(lambda tx: tx.api_tokens.remove(token))
    assert await database.read(lambda tx: tx.api_answers.find(token, "k", 0)) is None
