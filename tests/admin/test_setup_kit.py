"""What sets up mail clients, made of how things are now (admin/setup_kit.py)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from admin.setup_kit import SetupKit
from proxyd.domain.client_facts import ClientServer
from proxyd.domain.errors import NotFound, StoreUnavailable
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin, Right, SeenMode, Server, SharedMailbox
from proxyd.domain.workflow import SHIPPED
from proxyd.service.actor import Actor
from proxyd.service.admin.client_setup import ClientSetup, Reached
from proxyd.service.admin.tag_tokens import TagTokens

ADA = Actor("ada", Origin("web"))
SERVER = Server("mail.example.test", 993, "tls", "user")
REACHED = Reached(
    "Aoba",
    ClientServer("mail.example.test", 993, "tls"),
    ClientServer("mail.example.test", 465, "tls"),
    "",
    "",
)


def kit_of(database, keys, reached=REACHED):
    setup = ClientSetup(database, SHIPPED, reached)
    return SetupKit(setup, TagTokens(database, setup, keys.tags))


@pytest.fixture
async def kit(database, keys):
    def fill(tx):
        box = SharedMailbox(
            0, "support", "support@example.test", (), "ja", SeenMode.PERSON, SERVER, SERVER
        )
        tx.mailboxes.add(box, b"s")
        (made,) = tx.mailboxes.all()
        for login in ("anna", "ben", "root"):
            account = tx.accounts.add(login, login.title(), "staff", "hash")
            if login != "root":
                tx.accounts.grant(account.id, made.id, Right.RESPOND)

    await database.write(fill)
    return kit_of(database, keys)


async def records(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery(action="admin")))
    return [one.record.detail for one in found]


async def test_a_sheet_for_each_who_reads_mail(kit, database):
    sheets = await kit.sheets({"anna": "seven green", "ben": "", "root": "x", "nobody": "x"})
    assert sheets.keys() == {"anna", "ben"}
    assert sheets["anna"].password == "anna:seven green" and sheets["anna"].language == "ja"
    assert sheets["ben"].password == "" and "ben:PASSWORD" in sheets["ben"].instead
    assert await records(database) == [], "it is shown, not handed out"


async def test_one_file_for_several_on_record_first(kit, database):
    made = await kit.file({"anna": "seven green", "ben": ""}, by=ADA)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        names = set(archive.namelist())
        assert "anna:seven green" in archive.read("anna/sheet.html").decode()
    assert {"anna/sheet.pdf", "ben/sheet.pdf", "ben/ben.mobileconfig", "README.txt"} <= names
    assert await records(database) == [{"did": "client setup", "logins": ["anna", "ben"]}]


async def test_for_nobody_there_is_nothing(kit, database):
    with pytest.raises(NotFound):
        await kit.file({"root": "x"}, by=ADA)
    assert await records(database) == []


async def test_where_clients_could_be_told_no_port_there_is_no_sheet(kit, database, keys):
    shut = replace(REACHED, smtp=ClientServer("mail.example.test", 0, "starttls"))
    assert await kit_of(database, keys, shut).sheets({"anna": "x"}) == {}


async def test_without_a_record_nothing_is_made(kit, database, monkeypatch):
    async def full(_work):
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(database, "write", full)
    with pytest.raises(StoreUnavailable):
        await kit.file({"anna": "x"}, by=ADA)
