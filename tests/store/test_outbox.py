"""The outbox's rows: what is found again, what is forgotten, and when."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, update

from proxyd.domain.guard import Refusal
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.types import Right, SeenMode, Server, SharedMailbox
from proxyd.store.database import Database
from proxyd.store.schema import conversations, meta, outbox

SERVER = Server("127.0.0.1", 1, "plain", "support")
WORDS = b"marked words"
MAILBOX = SharedMailbox(
    0, "support", "support@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
)


def sending(message_id="1@x", digest="d", **changes) -> Sending:
    facts = {
        "mailbox_id": 1,
        "account_id": 1,
        "login": "anna",
        "conversation_id": 7,
        "message_id": message_id,
        "digest": digest,
        "sender": "support@example.test",
        "recipients": ("佐藤@x.example", "b@x.example"),
        "created_us": 1000,
        "message": b"octets\0\xff",
    }
    return Sending(**{**facts, **changes})


@pytest.fixture
async def write(database):
    def prepare(tx):
        account = tx.accounts.add("anna", "Anna", "staff", "hash")
        mailbox = tx.mailboxes.add(MAILBOX, b"sealed")
        tx.accounts.grant(account.id, mailbox.id, Right.RESPOND)
        row = {"id": 7, "mailbox_id": mailbox.id, "status": "open", "changed_us": 0}
        tx.connection.execute(insert(conversations).values(row))

    await database.write(prepare)
    return database.write


async def test_a_row_comes_back_as_it_went_in(write):
    number = await write(lambda tx: tx.outbox.begin(sending()))
    [row] = await write(lambda tx: tx.outbox.pending(1))
    assert row == sending(id=number, message=None)


async def test_the_states_on_the_way(write):
    number = await write(lambda tx: tx.outbox.begin(sending()))
    assert await write(lambda tx: tx.outbox.next_unfiled(1, 0)) is None
    await write(lambda tx: tx.outbox.relayed(number))
    unfiled = await write(lambda tx: tx.outbox.next_unfiled(1, 0))
    assert unfiled == await write(lambda tx: tx.outbox.last_unfiled(1, None))
    assert await write(lambda tx: tx.outbox.last_unfiled(1, number)) is None
    assert unfiled.message == b"octets\0\xff"
    assert await write(lambda tx: tx.outbox.next_unfiled(1, number)) is None
    assert await write(lambda tx: tx.outbox.next_unfiled(2, 0)) is None
    await write(lambda tx: tx.outbox.filed(number))
    assert await write(lambda tx: tx.outbox.next_unfiled(1, 0)) is None
    assert await write(lambda tx: tx.outbox.pending(1)) == []
    assert await write(lambda tx: tx.connection.execute(select(outbox.c.message)).scalar()) is None


async def test_octets_are_kept_while_they_may_be_needed(write):
    for state, kept in (("uncertain", True), ("refused", False), ("relayed", True)):
        number = await write(lambda tx: tx.outbox.begin(sending()))
        await write(lambda tx, n=number, s=state: getattr(tx.outbox, s)(n))
        query = select(outbox.c.message).where(outbox.c.id == number)
        octets = await write(lambda tx, q=query: tx.connection.execute(q).scalar())
        assert (octets is not None) is kept


@pytest.mark.parametrize("state", ["relayed", "filed", "uncertain", None])
async def test_the_same_mail_is_found(write, state):
    number = await write(lambda tx: tx.outbox.begin(sending()))
    if state:
        await write(lambda tx: getattr(tx.outbox, state)(number))
    found = await write(lambda tx: tx.outbox.find_sent(1, "1@x", "d"))
    assert found.id == number
    assert found.state == (state or SendState.RELAYING)


@pytest.mark.parametrize(
    ("state", "found"),
    [(None, True), ("uncertain", True), ("relayed", False), ("filed", False), ("refused", False)],
)
async def test_what_may_have_gone_out_in_a_conversation(write, state, found):
    number = await write(lambda tx: tx.outbox.begin(sending()))
    await write(lambda tx: tx.outbox.begin(sending(conversation_id=None)))
    if state:
        await write(lambda tx: getattr(tx.outbox, state)(number))
    rows = await write(lambda tx: tx.outbox.unsettled(7))
    assert [(row.id, row.message) for row in rows] == [(number, None)] * found
    assert await write(lambda tx: tx.outbox.unsettled(8)) == []


async def test_what_waits_in_a_conversation(write):
    number = await write(lambda tx: tx.outbox.begin(sending(state=SendState.HELD)))
    assert [row.id for row in await write(lambda tx: tx.outbox.unsettled(7))] == [number]
    assert await write(lambda tx: tx.outbox.withdraw(number))
    assert await write(lambda tx: tx.outbox.unsettled(7)) == []


@pytest.mark.parametrize(
    ("state", "message_id", "digest", "found"),
    [
        ("refused", "1@x", "d", False),
        ("relayed", "1@x", "other", False),
        ("relayed", "2@x", "d", False),  # the same text again, on purpose
        ("filed", "2@x", "d", False),
        ("uncertain", "2@x", "d", True),  # may have gone out, whatever the program calls it now
        (None, "2@x", "d", True),
        ("uncertain", "2@x", "other", False),
    ],
)
async def test_what_counts_as_the_same_mail(write, state, message_id, digest, found):
    number = await write(lambda tx: tx.outbox.begin(sending()))
    if state:
        await write(lambda tx: getattr(tx.outbox, state)(number))
    result = await write(lambda tx: tx.outbox.find_sent(1, message_id, digest))
    assert (result is not None) is found
    assert await write(lambda tx: tx.outbox.find_sent(2, message_id, digest)) is None


async def test_the_latest_refusal_of_each_guard(write):
    def add(tx):
        tx.outbox.add_refusal(1, 7, "d", Refusal("answered", 10))
        tx.outbox.add_refusal(1, 7, "d", Refusal("answered", 20))
        tx.outbox.add_refusal(1, 7, "d", Refusal("uncertain", 15))
        tx.outbox.add_refusal(1, None, "d", Refusal("uncertain", 30))
        tx.outbox.add_refusal(1, 7, "other", Refusal("answered", 40))

    await write(add)
    latest = await write(lambda tx: tx.outbox.latest_refusals(1, 7, "d"))
    assert latest == {"answered": Refusal("answered", 20), "uncertain": Refusal("uncertain", 15)}
    without = await write(lambda tx: tx.outbox.latest_refusals(1, None, "d"))
    assert without == {"uncertain": Refusal("uncertain", 30)}
    assert await write(lambda tx: tx.outbox.latest_refusals(2, 7, "d")) == {}


async def test_a_consent_is_spent_once(write):
    def add(tx):
        tx.outbox.add_refusal(1, 7, "d", Refusal("answered", 10))
        tx.outbox.add_refusal(1, 7, "d", Refusal("answered", 20))
        tx.outbox.add_refusal(1, 7, "d", Refusal("uncertain", 15))
        tx.outbox.add_refusal(1, None, "d", Refusal("answered", 20))

    told = [Refusal("answered", 20)]
    await write(add)
    assert not await write(lambda tx: tx.outbox.spend_refusals(1, 7, "d", [Refusal("answered", 9)]))
    assert not await write(
        lambda tx: tx.outbox.spend_refusals(1, 7, "d", [*told, Refusal("uncertain", 1)])
    )
    assert await write(lambda tx: tx.outbox.spend_refusals(1, 7, "d", told))
    assert not await write(lambda tx: tx.outbox.spend_refusals(1, 7, "d", told))
    assert set(await write(lambda tx: tx.outbox.latest_refusals(1, 7, "d"))) == {"uncertain"}
    assert await write(lambda tx: tx.outbox.spend_refusals(1, None, "d", told))


async def test_a_refusal_that_is_given_back_keeps_its_time(write):
    def add(tx):
        tx.outbox.add_refusal(1, 7, "d", Refusal("answered", 30))
        tx.outbox.add_refusal(1, 7, "d", Refusal("answered", 10))

    await write(add)
    latest = await write(lambda tx: tx.outbox.latest_refusals(1, 7, "d"))
    assert latest == {"answered": Refusal("answered", 30)}


async def test_doubtful_ones_count_as_gone_out_after_a_repeat(write):
    states = {}
    for state in ("uncertain", "refused", "relayed", None):
        states[state] = await write(lambda tx, s=state: tx.outbox.begin(sending(f"{s}@x")))
        if state:
            number = states[state]
            await write(lambda tx, n=number, s=state: getattr(tx.outbox, s)(n))
    other = await write(lambda tx: tx.outbox.begin(sending("o@x", "other")))
    await write(lambda tx: tx.outbox.uncertain(other))
    await write(lambda tx: tx.outbox.went_after_all(2, "d"))
    assert (await write(lambda tx: tx.outbox.find_sent(1, "uncertain@x", "d"))).state == "uncertain"
    await write(lambda tx: tx.outbox.went_after_all(1, "d"))
    rows = await write(lambda tx: tx.connection.execute(select(outbox.c.id, outbox.c.state)).all())
    assert {tuple(row) for row in rows} == {
        (states["uncertain"], "filed"),
        (states["refused"], "refused"),
        (states["relayed"], "relayed"),
        (states[None], "relaying"),
        (other, "uncertain"),
    }


async def test_pruning_keeps_what_is_young_or_unsettled(write):
    numbers = {}
    for state in ("relayed", "filed", "refused", "uncertain"):
        for created in (100, 900):
            row = sending(created_us=created)
            number = await write(lambda tx, r=row: tx.outbox.begin(r))
            await write(lambda tx, n=number, s=state: getattr(tx.outbox, s)(n))
            numbers[number] = (state, created)
    await write(lambda tx: tx.outbox.add_refusal(1, 7, "d", Refusal("answered", 100)))
    await write(lambda tx: tx.outbox.add_refusal(1, 7, "d", Refusal("uncertain", 900)))
    await write(lambda tx: tx.outbox.prune(500))
    left = await write(lambda tx: tx.connection.execute(select(outbox.c.id)).scalars().all())
    assert {numbers[number] for number in left} == {
        ("relayed", 100),
        *((state, 900) for state in ("relayed", "filed", "refused", "uncertain")),
    }
    assert set(await write(lambda tx: tx.outbox.latest_refusals(1, 7, "d"))) == {"uncertain"}


async def test_rows_outlive_person_and_conversation(write):
    number = await write(lambda tx: tx.outbox.begin(sending()))
    await write(lambda tx: tx.accounts.remove(1))
    await write(lambda tx: tx.connection.execute(conversations.delete()))
    [row] = await write(lambda tx: tx.outbox.pending(1))
    assert (row.id, row.account_id, row.conversation_id) == (number, None, None)
    assert row.login == "anna"


class TestWhatAMailSays:
    async def test_is_in_no_file_in_clear(self, database, write, tmp_path):
        await write(lambda tx: tx.outbox.begin(sending(message=b"marked words " * 9000)))
        assert not [f for f in tmp_path.iterdir() if f.is_file() and WORDS in f.read_bytes()]
        await database.close()
        assert not [f for f in tmp_path.iterdir() if f.is_file() and WORDS in f.read_bytes()]

    async def test_of_a_former_version_is_sealed_and_forgotten(
        self, database, write, tmp_path, keys, clock
    ):
        number = await write(lambda tx: tx.outbox.begin(sending(message=b"x")))
        gone = await write(lambda tx: tx.outbox.begin(sending(message=b"x")))

        def as_before(tx):
            for id_ in (number, gone):
                row = outbox.c.id == id_
                values = {"message": b"Subject: marked words " * 9000, "state": "relayed"}
                tx.connection.execute(update(outbox).where(row).values(values))
            tx.connection.execute(delete(meta).where(meta.c.key == "outbox-sealed"))

        await write(as_before)
        await write(lambda tx: tx.connection.execute(delete(outbox).where(outbox.c.id == gone)))
        await database.close()
        file = tmp_path / "proxyd.db"
        assert WORDS in file.read_bytes()
        for _ in range(2):
            again = Database(file, keys=keys, clock=clock)
            await again.open()
            found = await again.read(lambda tx: tx.outbox.next_unfiled(1, 0))
            assert found.message == b"Subject: marked words " * 9000
            assert not [f for f in tmp_path.iterdir() if f.is_file() and WORDS in f.read_bytes()]
            await again.close()

    async def test_cannot_be_put_into_another_row(self, database, write):
        first = await write(lambda tx: tx.outbox.begin(sending(message=b"one")))
        await write(lambda tx: tx.outbox.relayed(first))
        await write(lambda tx: tx.connection.execute(update(outbox).values(message_id="other@pc")))
        found = await database.read(lambda tx: tx.outbox.next_unfiled(1, 0))
        assert found.message is None
