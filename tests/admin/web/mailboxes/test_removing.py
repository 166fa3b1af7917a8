"""Taking a mailbox out of the proxy (admin/web/mailboxes/removing.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import NotFound
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.web_session import STEP_UP_S
from tests.admin.web.conftest import PASSWORD

REMOVE = "/mailboxes/support/remove"


async def test_its_name_is_typed_and_who_it_is_shown(ada, company):
    text = (await ada.get(REMOVE)).text
    assert "This can&#39;t be undone." in text
    await ada.post(REMOVE, typed_name="suport")
    assert ada.problems() == ["That is not its name."]
    company.clock.advance(seconds=STEP_UP_S)
    await ada.get(REMOVE)
    answer = await ada.post(REMOVE, typed_name="support")
    assert answer.status_code == 401
    assert await company.services.mailboxes.admin.find("support")
    answer = await ada.post(REMOVE, typed_name="support", confirm_password=PASSWORD)
    assert "The mailbox is removed." in answer.text
    with pytest.raises(NotFound):
        await company.services.mailboxes.admin.find("support")
    (last, *_) = [r for r in await company.records(action="admin") if r.actor == "ada"]
    assert last.detail["did"] == "mailbox remove"


async def test_accepted_mails_are_in_the_way_until_they_are_given_up(ada, company):
    mailbox = await company.services.mailboxes.admin.find("support")
    mail = Sending(
        mailbox_id=mailbox.id,
        account_id=None,
        login="anna",
        conversation_id=None,
        message_id="<m1@x>",
        digest="d",
        sender="support@example.test",
        recipients=("c@customer.example",),
        created_us=1,
        state=SendState.RELAYING,
        message=b"Subject: x\r\n\r\nText\r\n",
    )
    await company.database.write(lambda tx: tx.outbox.begin(mail))
    assert 'name="discard"' not in (await ada.get(REMOVE)).text
    answer = await ada.post(REMOVE, typed_name="support")
    assert ada.problems()[0].startswith("Mails that were accepted have not gone out yet")
    assert 'name="discard"' in answer.text and 'value="support"' in answer.text
    answer = await ada.post(REMOVE, typed_name="support", discard="on")
    assert "The mailbox is removed." in answer.text
    (lost,) = await company.records(action="leaving")
    assert lost.detail["step"] == "discarded" and lost.message_id == "<m1@x>"
