"""Annotations as rows: whose, of what, and when they go."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert

from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.store.schema import views

SERVER = Server("127.0.0.1", 1, "plain", "support")
MAILBOX = SharedMailbox(
    0, "support", "support@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
)


@pytest.fixture
async def write(database):
    def prepare(tx):
        for login in ("anna", "ben"):
            tx.accounts.add(login, login, "staff", "hash")
        mailbox = tx.mailboxes.add(MAILBOX, b"sealed")
        for number in (1, 2):
            row = {"id": number, "mailbox_id": mailbox.id, "kind": "status", "subject": f"{number}"}
            tx.connection.execute(insert(views).values(uidvalidity=1, uidnext=1, **row))

    await database.write(prepare)
    return database.write


async def test_each_has_its_own_and_all_have_the_shared(write):
    def work(tx):
        kept = tx.annotations
        kept.change(1, 1, {"/private/a": b"anna's", "/private/b": b"\0\xff"})
        kept.change(1, 2, {"/private/a": b"ben's"})
        kept.change(1, None, {"/shared/a": b"ours"})
        kept.change(None, 1, {"/private/a": b"of the server"})
        return [kept.of_view(1, 1), kept.of_view(1, 2), kept.of_view(2, 1), kept.of_view(None, 1)]

    anna, ben, elsewhere, server = await write(work)
    assert anna == {"/private/a": b"anna's", "/private/b": b"\0\xff", "/shared/a": b"ours"}
    assert ben == {"/private/a": b"ben's", "/shared/a": b"ours"}
    assert elsewhere == {}
    assert server == {"/private/a": b"of the server"}


async def test_setting_replaces_and_none_removes(write):
    def work(tx):
        kept = tx.annotations
        kept.change(1, 1, {"/private/a": b"1", "/private/b": b"2"})
        kept.change(1, 1, {"/private/a": b"3", "/private/b": None, "/private/c": None})
        return kept.of_view(1, 1), kept.count_of_account(1), kept.count_shared(1)

    assert await write(work) == ({"/private/a": b"3"}, 1, 0)


async def test_they_go_with_the_view_and_with_the_account(write):
    def work(tx):
        kept = tx.annotations
        kept.change(1, 1, {"/private/a": b"1"})
        kept.change(2, 1, {"/private/a": b"2"})
        kept.change(1, None, {"/shared/a": b"3"})
        tx.connection.execute(delete(views).where(views.c.id == 1))
        before = kept.count_of_account(1), kept.count_shared(1)
        tx.accounts.remove(1)
        return before, kept.count_of_account(1)

    assert await write(work) == ((1, 0), 0)
