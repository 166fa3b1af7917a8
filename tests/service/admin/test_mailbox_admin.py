"""Shared mailboxes and their sealed password (service/admin/mailbox_admin.py); promise 8."""

from __future__ import annotations

import logging

import pytest

from proxyd.domain.errors import AlreadyExists, BadInput, NotFound, StoreUnavailable
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin, SeenMode, Server
from proxyd.service.actor import Actor
from proxyd.service.admin.mailbox_admin import MailboxAdmin, MailboxPasswords
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.store.secrets import Keys, Sealer

ROOT = Actor("root@cli", Origin("cli"))
SECRET = "upstream-geheim-1"
SUPPORT = MailboxWishes(
    address="support@example.test",
    imap="imaps://support@example.test@mail.example.test",
    smtp="smtp+starttls://smtp.example.test",
)


@pytest.fixture
def refreshed():
    return []


@pytest.fixture
def admin(database, sealer, refreshed):
    async def refresh():
        refreshed.append(True)

    return MailboxAdmin(database, sealer, refresh)


@pytest.fixture
async def support(admin):
    return await admin.add("support", SUPPORT, SECRET, by=ROOT)


async def last_record(database):
    (stored,) = await database.read(lambda tx: tx.log.search(LogQuery(newest_first=True, limit=1)))
    return stored.record


async def test_added_with_defaults_and_a_record(database, admin, support, refreshed):
    assert support.addresses == ("support@example.test",)
    assert (support.language, support.seen) == ("en", SeenMode.PERSON)
    assert support.imap == Server("mail.example.test", 993, "tls", "support@example.test")
    assert support.smtp == Server("smtp.example.test", 587, "starttls", "support@example.test")
    assert await admin.all() == [support] and await admin.find("support") == support
    record = await last_record(database)
    assert (record.action, record.actor, record.mailbox) == ("admin", "root@cli", "support")
    assert record.detail["did"] == "mailbox add"
    assert record.detail["imap"] == "imaps://support@example.test@mail.example.test:993"
    assert SECRET not in repr(record)
    assert refreshed == [True]


async def test_everything_that_can_be_given(admin):
    wanted = MailboxWishes(
        address="info@example.test",
        imap="imap://a@127.0.0.1:1143",
        smtp="smtp://b@127.0.0.1:2525",
        smtp_user="relay",
        imap_ca_file="/etc/a.pem",
        smtp_ca_file="/etc/b.pem",
        aliases=["help@example.test", "help@example.test"],
        language="ja",
        seen="shared",
    )
    added = await admin.add("サポート", wanted, SECRET, by=ROOT)
    assert added.aliases == ("help@example.test",)
    assert (added.language, added.seen) == ("ja", SeenMode.SHARED)
    assert added.imap == Server("127.0.0.1", 1143, "plain", "a", "/etc/a.pem")
    assert added.smtp == Server("127.0.0.1", 2525, "plain", "relay", "/etc/b.pem")


async def test_folders_of_new_mailboxes_are_numbered_and_no_others_are(admin, support):
    assert support.policy.folder_order == "numbered"
    plain = await admin.set_policy("support", {"folder-order": "plain"}, by=ROOT)
    assert plain.policy.folder_order == "plain"
    changed = await admin.change("support", MailboxWishes(language="ja"), by=ROOT)
    assert changed.policy.folder_order == "plain", "its folders are known to clients"


async def test_what_is_not_given_stays(database, admin, support):
    changed = await admin.change("support", MailboxWishes(imap_ca_file="/etc/a.pem"), by=ROOT)
    changed = await admin.change("support", MailboxWishes(imap="imaps://other@h"), by=ROOT)
    assert changed.imap == Server("h", 993, "tls", "other", "/etc/a.pem")
    assert changed.smtp == support.smtp
    assert (await last_record(database)).detail == {
        "did": "mailbox set",
        "imap": "imaps://other@h:993",
        "password": False,
    }
    changed = await admin.change("support", MailboxWishes(imap_ca_file="", smtp_user="x"), by=ROOT)
    assert (changed.imap.ca_file, changed.smtp.user) == (None, "x")
    changed = await admin.change("support", MailboxWishes(name="help", aliases=[]), by=ROOT)
    assert (changed.id, changed.name) == (support.id, "help")
    assert await admin.all() == [changed]


BAD = [
    ({"name": "a/b"}, {}, "mailbox name"),
    ({}, {"address": None}, "address"),
    ({}, {"imap": None}, "IMAP server"),
    ({}, {"smtp": None}, "SMTP server"),
    ({}, {"address": "support"}, "address"),
    ({}, {"aliases": ["x"]}, "address"),
    ({}, {"imap": "imap://a@mail.example.test"}, "IMAP server"),
    ({}, {"smtp": "imaps://a@h"}, "SMTP server"),
    ({}, {"language": "de"}, "language"),
    ({}, {"seen": "all"}, "seen"),
    ({"password": ""}, {}, "upstream password"),
    ({"password": "geheim\r\nRSET"}, {}, "upstream password"),
    ({"password": "x" * 2000}, {}, "upstream password"),
]


@pytest.mark.parametrize(("arguments", "wanted", "what"), BAD)
async def test_bad_input_names_what_and_leaves_nothing(database, admin, arguments, wanted, what):
    from dataclasses import replace

    given = {"name": "support", "password": SECRET} | arguments
    with pytest.raises(BadInput) as caught:
        await admin.add(given["name"], replace(SUPPORT, **wanted), given["password"], by=ROOT)
    assert caught.value.what == what and caught.value.instead
    assert not given["password"] or given["password"] not in str(caught.value)
    assert await admin.all() == []
    assert (await database.read(lambda tx: tx.log.head()))[0] == 0


async def test_names_and_addresses_are_taken_once(admin, support):
    from dataclasses import replace

    with pytest.raises(AlreadyExists):
        await admin.add("support", replace(SUPPORT, address="b@example.test"), SECRET, by=ROOT)
    with pytest.raises(BadInput, match="belongs to the mailbox support"):
        await admin.add("b", replace(SUPPORT, address="Support@Example.test"), SECRET, by=ROOT)
    await admin.add("b", replace(SUPPORT, address="b@example.test"), SECRET, by=ROOT)
    with pytest.raises(BadInput, match="belongs to the mailbox b"):
        await admin.change("support", MailboxWishes(aliases=["b@example.test"]), by=ROOT)
    with pytest.raises(AlreadyExists):
        await admin.change("b", MailboxWishes(name="support"), by=ROOT)
    await admin.change("b", MailboxWishes(aliases=["help@例え.test"]), by=ROOT)
    with pytest.raises(BadInput, match="belongs to the mailbox b"):
        await admin.change("support", MailboxWishes(aliases=["Help@xn--r8jz45g.test"]), by=ROOT)


async def test_removed(database, admin, support):
    assert await admin.remove("support", by=ROOT) == support
    assert await admin.all() == []
    assert (await last_record(database)).detail["did"] == "mailbox remove"
    for call in (
        admin.find("support"),
        admin.remove("support", by=ROOT),
        admin.change("support", MailboxWishes(), by=ROOT),
    ):
        with pytest.raises(NotFound):
            await call


# ---------------------------------------------------------------- passwords


async def test_the_password_opens_for_the_adapters_and_changes_are_noticed(
    database, sealer, admin, support
):
    passwords = MailboxPasswords(database, sealer)
    assert await passwords.load() == {support.id}
    assert passwords.password(support.id) == SECRET
    assert await passwords.load() == set()
    await admin.change("support", MailboxWishes(language="ja"), by=ROOT)
    assert await passwords.load() == set()
    await admin.change("support", MailboxWishes(), by=ROOT, password="another-1")
    assert await passwords.load() == {support.id}
    assert passwords.password(support.id) == "another-1"
    await admin.remove("support", by=ROOT)
    await passwords.load()
    with pytest.raises(StoreUnavailable):
        passwords.password(support.id)


async def test_a_sealed_password_does_not_open_in_another_row_or_under_another_key(
    database, sealer, admin, support
):
    from dataclasses import replace

    other = await admin.add("b", replace(SUPPORT, address="b@example.test"), "other-1", by=ROOT)

    def swap(tx):
        tx.mailboxes.set_sealed_password(other.id, tx.mailboxes.sealed_password(support.id))

    await database.write(swap)
    passwords = MailboxPasswords(database, sealer)
    await passwords.load()
    with pytest.raises(StoreUnavailable, match="--password-stdin"):
        passwords.password(other.id)
    stranger = MailboxPasswords(database, Sealer(Keys.of(bytes(32))))
    await stranger.load()
    with pytest.raises(StoreUnavailable, match="another master key"):
        stranger.password(support.id)


async def test_the_password_is_nowhere_in_clear(database, sealer, admin, support, caplog):
    caplog.set_level(logging.DEBUG)
    passwords = MailboxPasswords(database, sealer)
    await passwords.load()
    for text in (repr(support), repr(passwords), repr(vars(passwords)), caplog.text):
        assert SECRET not in text
    for file in database.file.parent.iterdir():
        assert SECRET.encode() not in file.read_bytes()


async def test_a_policy_is_chosen_in_words_and_recorded(database, admin, support):
    chosen = await admin.set_policy("support", {"zone": "Asia/Tokyo", "guard-hold": "no"}, by=ROOT)
    assert chosen.policy.zone == "Asia/Tokyo" and "hold" not in chosen.policy.guards
    assert await admin.find("support") == chosen
    record = await last_record(database)
    assert record.detail == {"did": "mailbox policy", "zone": "Asia/Tokyo", "guard-hold": "no"}
    kept = await admin.change("support", MailboxWishes(language="ja"), by=ROOT)
    assert kept.policy == chosen.policy


async def test_a_policy_that_is_no_good_changes_nothing(admin, support):
    with pytest.raises(BadInput):
        await admin.set_policy("support", {"guard-hold": "no", "zone": "Mars/X"}, by=ROOT)
    assert await admin.find("support") == support
