"""Rules are kept in versions, turns by rule; a running proxy hears of a new version."""

from __future__ import annotations

from proxyd.domain.types import Role, SeenMode, Server, SharedMailbox
from proxyd.store.database import Database

SERVER = Server("127.0.0.1", 1, "plain", "support")


async def test_versions_and_turns(database: Database) -> None:
    box = SharedMailbox(0, "support", "s@x.test", (), "en", SeenMode.PERSON, SERVER, SERVER)
    box = await database.write(lambda tx: tx.mailboxes.add(box, b"sealed"))
    assert await database.read(lambda tx: tx.rules.newest(box.id)) is None
    epoch = await database.read(lambda tx: tx.mailboxes.epoch())
    for number, text in enumerate(("a", "", "b"), 1):
        assert await database.write(lambda tx, t=text: tx.rules.add(box.id, "x", t)) == number
    assert await database.read(lambda tx: tx.mailboxes.epoch()) == epoch + 3
    newest = await database.read(lambda tx: tx.rules.newest(box.id))
    assert newest is not None and (newest.version, newest.text) == (3, "b")
    history = await database.read(lambda tx: tx.rules.history(box.id))
    assert [(one.version, one.text) for one in history] == [(3, "b"), (2, ""), (1, "a")]
    for login in ("anna", "ben"):
        person = await database.write(
            lambda tx, login=login: tx.accounts.add(login, login, Role.STAFF, "hash")
        )
        await database.write(lambda tx, id_=person.id: tx.rules.give(box.id, "turn", id_))
    assert await database.read(lambda tx: tx.rules.last_given(box.id)) == {"turn": person.id}
    await database.write(lambda tx: tx.accounts.remove(person.id))
    assert await database.read(lambda tx: tx.rules.last_given(box.id)) == {}
