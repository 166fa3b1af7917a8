"""Tokens with which a client is told of colleagues (service/admin/tag_tokens.py); promise 6."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.domain.client_facts import ClientServer
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import Right, SeenMode, Server, SharedMailbox
from proxyd.domain.workflow import SHIPPED
from proxyd.service.admin.client_setup import ClientSetup, Reached
from proxyd.service.admin.tag_tokens import TagTokens
from proxyd.store.database import Database
from proxyd.store.secrets import Keys

SERVER = Server("mail.example.test", 993, "tls", "user")
REACHED = Reached(
    "Aoba", ClientServer("mail.test", 993, "tls"), ClientServer("mail.test", 465, "tls"), "", ""
)


@pytest.fixture
async def setup(database: Database) -> ClientSetup:
    def add(tx: Transaction) -> None:
        for name in ("support", "sales"):
            address = f"{name}@example.test"
            box = SharedMailbox(0, name, address, (), "en", SeenMode.PERSON, SERVER, SERVER)
            tx.mailboxes.add(box, b"s")
        boxes = {box.name: box.id for box in tx.mailboxes.all()}
        for login, mailbox in {"anna": "support", "ben": "sales", "carol": "support"}.items():
            account = tx.accounts.add(login, login.title(), "staff", "hash")
            tx.accounts.grant(account.id, boxes[mailbox], Right.RESPOND)
        tx.accounts.add("root", "Root", "admin", "hash")

    await database.write(add)
    return ClientSetup(database, SHIPPED, REACHED)


@pytest.fixture
def tokens(database: Database, setup: ClientSetup, keys: Keys) -> TagTokens:
    return TagTokens(database, setup, keys.tags)


def people(told: object) -> list[str]:
    tags = told.tags  # type: ignore[attr-defined]
    return [tag.keyword for tag in tags if tag.keyword.startswith("$assignee-")]


async def test_a_person_is_told_of_colleagues_in_the_same_mailboxes(tokens: TagTokens) -> None:
    told = await tokens.told(await tokens.of_person("anna"))
    assert told is not None
    assert (told.login, told.organisation) == ("anna", "Aoba")
    assert [box.address for box in told.mailboxes] == ["support@example.test"]
    assert people(told) == ["$assignee-anna", "$assignee-carol"]


async def test_a_mailbox_s_token_names_nobody_as_its_owner(tokens: TagTokens) -> None:
    told = await tokens.told(await tokens.of_mailbox("sales"))
    assert told is not None
    assert (told.login, people(told)) == ("", ["$assignee-ben"])
    assert [box.address for box in told.mailboxes] == ["sales@example.test"]


Change = Callable[[Transaction, int], None]


@pytest.mark.parametrize(
    "change",
    [
        lambda tx, id_: tx.accounts.set_disabled(id_, True),
        lambda tx, id_: tx.accounts.remove(id_),
        lambda tx, id_: [tx.accounts.revoke(id_, box.id) for box in tx.mailboxes.all()],
    ],
    ids=["switched off", "removed", "without a mailbox"],
)
async def test_who_may_not_come_in_is_told_nothing(
    database: Database, tokens: TagTokens, change: Change
) -> None:
    token = await tokens.of_person("anna")
    found = await database.read(lambda tx: tx.accounts.find("anna"))
    assert found is not None
    await database.write(lambda tx: change(tx, found[0].id))
    assert await tokens.told(token) is None


async def test_whoever_gets_the_login_again_does_not_get_the_token(
    database: Database, tokens: TagTokens
) -> None:
    former = await tokens.of_person("anna")

    def again(tx: Transaction) -> None:
        found = tx.accounts.find("anna")
        assert found is not None
        tx.accounts.remove(found[0].id)
        tx.accounts.add("anna", "Anna", "staff", "hash")

    await database.write(again)
    assert await tokens.told(former) is None
    assert await tokens.of_person("anna") != former


async def test_a_mailbox_that_is_removed(database: Database, tokens: TagTokens) -> None:
    token = await tokens.of_mailbox("sales")
    found = await database.read(lambda tx: tx.mailboxes.find("sales"))
    assert found is not None
    await database.write(lambda tx: tx.mailboxes.remove(found.id))
    assert await tokens.told(token) is None


async def test_no_other_is_taken_and_none_is_made_of_another(
    database: Database, setup: ClientSetup, tokens: TagTokens
) -> None:
    token = await tokens.of_person("anna")
    kind, number, digest = token[0], token[1:].partition(".")[0], token.partition(".")[2]
    foreign = TagTokens(database, setup, b"another installation's key......")
    wrong = [
        "",
        token[:-1],
        token + "A",
        token + "\n",
        token.upper(),
        f"m{number}.{digest}",
        f"{kind}{int(number) + 1}.{digest}",
        f"{kind}0{number}.{digest}",
        f"{kind}{'9' * 19}.{digest}",
        f"{kind}{number}.{'A' * 43}",
        f"{kind}{number}.{'é' * 43}",
        await foreign.of_person("anna"),
        "x" * 8000,
    ]
    assert [await tokens.told(one) for one in wrong] == [None] * len(wrong)
    assert await tokens.told(token) is not None


async def test_a_wrong_one_asks_no_store(
    database: Database, tokens: TagTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = await tokens.of_person("anna")
    monkeypatch.setattr(database, "read", None)
    assert await tokens.told("p1." + "A" * 43) is None
    with pytest.raises(TypeError):
        await tokens.told(good)


async def test_nobody_is_given_one_who_is_not_there(tokens: TagTokens) -> None:
    with pytest.raises(KeyError):
        await tokens.of_person("nobody")
    with pytest.raises(KeyError):
        await tokens.of_mailbox("nowhere")
