"""Another password of the provider's (admin/web/mailboxes/password.py)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from proxyd.domain.types import Trouble
from proxyd.service.admin.mailbox_health import MailboxHealth
from proxyd.service.admin.mailbox_input import MailboxWishes
from tests.admin.web.conftest import BY, MAILBOX_PASSWORD
from tests.admin.web.played_probe import ended, held

NEW = "newer at the provider 2"


async def typed(ada, password):
    await ada.get("/mailboxes/support/password")
    return await ada.post("/mailboxes/support/password", password=password)


async def stored(company):
    """As who signs in upstream has it."""
    passwords = company.services.mailboxes.probing._passwords
    await passwords.load()
    mailbox = await company.services.mailboxes.admin.find("support")
    return passwords.password(mailbox.id)


async def test_it_is_tried_at_both_doors_and_then_in_use(ada, company):
    company.probe.password = NEW
    answer = await typed(ada, NEW)
    assert answer.url.path == "/mailboxes/support/test"
    answer = await ended(ada, "support")
    assert "The new password is in use." in answer.text
    assert await stored(company) == NEW
    assert [password for _, password in company.probe.asked] == [NEW]
    everything = str(await company.records())
    assert "'password': True" in everything and NEW not in everything + answer.text


async def test_what_one_door_refuses_changes_nothing_and_is_mended_there(ada, company):
    company.probe.password = NEW
    await typed(ada, "wr0ng one")
    answer = await ended(ada, "support")
    assert "does not take the password of \u2068support\u2069" in answer.text
    assert "Make an app password at the provider" in answer.text
    assert await stored(company) == MAILBOX_PASSWORD and "wr0ng" not in answer.text
    await ada.post("/mailboxes/support/password", password=NEW)
    assert "The new password is in use." in (await ended(ada, "support")).text
    assert await stored(company) == NEW


async def test_all_the_same_where_one_says_so(ada, company):
    company.probe.password = "something else"
    await typed(ada, NEW)
    await ended(ada, "support")
    answer = await ada.post("/mailboxes/support/test/store")
    assert "The new password is in use." in answer.text and await stored(company) == NEW


async def test_what_was_tried_of_other_servers_is_not_stored_for_these(ada, company):
    company.probe.held_up = asyncio.Event()
    await typed(ada, NEW)
    await held(company)
    other = MailboxWishes(imap="imap://support@127.0.0.1:2")
    await company.services.mailboxes.admin.change("support", other, by=BY)
    company.probe.held_up.set()
    answer = await ended(ada, "support")
    assert answer.text.count("That can&#39;t be stored as things are now.") == 1
    assert await stored(company) == MAILBOX_PASSWORD


async def test_a_test_of_what_is_stored_stores_nothing(ada, company):
    await ada.get("/mailboxes/support/test")
    await ada.post("/mailboxes/support/test")
    answer = await ended(ada, "support")
    assert "All is well." in answer.text and "Store all the same" not in answer.text
    assert company.probe.asked[0][1] == MAILBOX_PASSWORD
    company.probe.password = "another"
    await ada.post("/mailboxes/support/test")
    answer = await ended(ada, "support")
    assert "Not all is well." in answer.text and "Store all the same" not in answer.text
    answer = await ada.post("/mailboxes/support/test/store")
    assert await stored(company) == MAILBOX_PASSWORD
    failed = [r for r in await company.records(action="admin") if r.outcome == "failed"]
    assert [r.detail["step"] for r in failed] == ["ended"]


async def test_from_the_list_to_mail_that_works_again(ada, company):
    """T4: four clicks and one field."""
    mailbox = await company.services.mailboxes.admin.find("support")
    down = MailboxHealth(False, company.clock.now, True, (), "")
    told = "127.0.0.1 refuses the password of support: …"
    trouble = Trouble("support", "provider", "", (), company.clock.now, True, told)
    company.health[mailbox.id] = replace(down, troubles=(trouble,))
    company.probe.password = NEW
    answer = await ada.get("/mailboxes")
    assert "■ the provider does not take the password" in answer.text
    answer = await ada.get("/mailboxes/support")
    assert 'href="/mailboxes/support/password"' in answer.text
    answer = await ada.get("/mailboxes/support/password")
    assert "Make a new one at the provider" in answer.text
    await ada.post("/mailboxes/support/password", password=NEW)
    assert "The new password is in use." in (await ended(ada, "support")).text


async def test_what_is_no_password_is_told(ada, company):
    for password, problem in (("", "Type the password."), ("x" * 1025, "The password is too long")):
        answer = await typed(ada, password)
        assert answer.status_code == 422 and ada.problems()[0].startswith(problem)
    assert company.probe.asked == []
