"""Once, whatever dies in between (service/once.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import AnswerLost, AskedOtherwise, NotFound, StillAsked
from proxyd.domain.ports.api_answers import Asked
from proxyd.service.once import KEPT_US, Once, reseal_answers
from proxyd.store.secrets import KEY_BYTES, Keys, Sealer


@pytest.fixture
async def asked(database) -> Asked:
    def add(tx):
        account = tx.accounts.add("anna", "Anna", "staff", "h")
        return tx.api_tokens.add(account.id, "robot", (), b"1" * 32, 5_000)

    return Asked(await database.write(add), "key", b"d" * 32)


@pytest.fixture
def once(database, sealer, clock) -> Once:
    return Once(database, sealer, clock)


def rename(name):
    return lambda tx: tx.accounts.set_name(1, name)


async def name(database):
    return (await database.read(lambda tx: tx.accounts.find("anna")))[0].name


async def test_done_answered_and_answered_again(once, database, asked):
    assert await once.known(asked) is None
    await once.store(asked).write(rename("Anna Sato"))
    await once.keep(asked, "the answer")
    once.end(asked)
    assert await once.known(asked) == "the answer"
    with pytest.raises(AskedOtherwise):
        await once.known(Asked(asked.token, asked.key, b"e" * 32))


async def test_the_change_and_the_key_are_one_transaction(once, database, asked):
    def fails(tx):
        rename("Nobody")(tx)
        raise NotFound("user", "x")

    with pytest.raises(NotFound):
        await once.store(asked).write(fails)
    assert await name(database) == "Anna"
    assert await once.known(asked) is None, "as if nobody had asked"
    once.end(asked)
    store = once.store(asked)
    await store.write(rename("One"))
    await store.write(rename("Two"))
    assert await name(database) == "Two", "the same request may change more"
    with pytest.raises(StillAsked):
        await once.store(asked).write(rename("Three"))
    assert await name(database) == "Two"
    with pytest.raises(AnswerLost):
        await once.known(asked)


async def test_only_one_at_a_time(once, asked):
    assert await once.known(asked) is None
    with pytest.raises(StillAsked):
        await once.known(asked)
    once.end(asked)
    assert await once.known(asked) is None


async def test_for_a_day(once, database, clock, asked):
    await once.store(asked).write(rename("One"))
    await once.keep(asked, "the answer")
    clock.advance(us=KEPT_US - 1)
    assert await once.known(asked) == "the answer"
    clock.advance(us=1)
    assert await once.known(asked) is None
    await once.keep(Asked(asked.token, "other", b"d"), "x")
    rows = await database.read(lambda tx: tx.api_answers.all())
    assert [key for _, key, _ in rows] == ["other"], "what is too old goes"


async def test_under_another_master_key(once, database, clock, sealer, asked):
    await once.store(asked).write(rename("One"))
    await once.keep(asked, "the answer")
    other = Sealer(Keys.of(bytes(KEY_BYTES)))
    lost = Once(database, other, clock)
    with pytest.raises(AnswerLost):
        await lost.known(asked)
    await database.write(lambda tx: reseal_answers(tx, sealer, other))
    assert await Once(database, other, clock).known(asked) == "the answer"
