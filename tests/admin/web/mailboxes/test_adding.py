"""One more shared mailbox (admin/web/mailboxes/adding.py, testing.py)."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import NotFound
from proxyd.domain.probe import ProbeFault, ProbeStep
from proxyd.domain.types import Server
from proxyd.domain.web_session import STEP_UP_S
from proxyd.service.actor import Actor
from proxyd.service.admin.mailbox_probing import ProbeState
from tests.admin.web.conftest import BY, PASSWORD
from tests.admin.web.played_probe import ended, eventually, held

SECRET = "the provider's own 7"
TYPED = {"address": "info@example.test", "password": SECRET, "language": "en", "zone": ""}


async def added(ada, **more):
    await ada.get("/mailboxes/add")
    return await ada.post("/mailboxes/add", **{**TYPED, **more})


async def test_an_address_and_a_password_are_enough(ada, company):
    answer = await added(ada)
    assert answer.url.path == "/mailboxes/info/test"
    answer = await ended(ada)
    assert "the mailbox is added" in answer.text and "TLSv1.3" in answer.text
    assert "Folders: \u20686\u2069; mails in the inbox: \u206812\u2069" in answer.text
    assert "Takes mails of up to \u206835\u2069 MiB" in answer.text
    mailbox = await company.services.mailboxes.admin.find("info")
    assert mailbox.imap == Server("imap.example.test", 993, "tls", "info@example.test")
    assert mailbox.smtp == Server("smtp.example.test", 465, "tls", "info@example.test")
    assert company.probe.asked[0][1] == SECRET
    assert (await ada.get("/mailboxes/info")).status_code == 200


async def test_all_that_can_be_typed(ada, company):
    await added(
        ada,
        name="Büro 1",
        language="ja",
        zone="Asia/Tokyo",
        user="office",
        imap_host="mail.example.test",
        imap_port="1993",
        imap_security="starttls",
        smtp_host="::1",
        smtp_security="plain",
        smtp_user="relay",
    )
    assert "is added" in (await ended(ada, "B%C3%BCro%201")).text
    mailbox = await company.services.mailboxes.admin.find("Büro 1")
    assert mailbox.imap == Server("mail.example.test", 1993, "starttls", "office")
    assert mailbox.smtp == Server("::1", 587, "plain", "relay")
    assert (mailbox.language, mailbox.policy.zone) == ("ja", "Asia/Tokyo")
    assert (await ada.get("/mailboxes/B%C3%BCro%201")).status_code == 200


async def test_the_log_knows_before_anybody_is_asked_and_of_the_end(ada, company):
    company.probe.held_up = asyncio.Event()
    await added(ada)
    (begun,) = [r for r in await company.records(action="admin") if "step" in r.detail]
    assert begun.detail["did"] == "mailbox test" and begun.detail["for"] == "add"
    assert (begun.actor, begun.origin.door, begun.mailbox) == ("ada", "web", "info")
    company.probe.held_up.set()
    await ended(ada)
    everything = str(await company.records())
    assert "'step': 'ended'" in everything and "mailbox add" in everything
    assert SECRET not in everything


async def test_lines_come_as_they_end_and_the_page_looks_again_by_itself(ada, company):
    company.probe.held_up = asyncio.Event()
    answer = await added(ada)
    assert '<meta http-equiv="refresh" content="1">' in answer.text
    await held(company)
    answer = await ada.get("/mailboxes/info/test")
    assert "Found \u2068imap.example.test\u2069" in answer.text and "… Folders" in answer.text
    with pytest.raises(NotFound):
        await company.services.mailboxes.admin.find("info")
    company.probe.held_up.set()
    answer = await ended(ada)
    assert "http-equiv" not in answer.text and "is added" in answer.text


async def test_nothing_is_stored_before_it_passed_unless_one_says_so(ada, company):
    company.probe.faults[ProbeStep.SENDING_FOUND] = (ProbeFault.NOBODY_LISTENS, {})
    await added(ada)
    answer = await ended(ada)
    assert "nothing listens on port \u2068465\u2069" in answer.text
    assert "Usual ports" in answer.text and "Nothing was stored" in answer.text
    assert SECRET not in answer.text
    with pytest.raises(NotFound):
        await company.services.mailboxes.admin.find("info")
    answer = await ada.get("/mailboxes/add?from=info")
    assert 'value="smtp.example.test"' in answer.text and SECRET not in answer.text
    await ada.get("/mailboxes/info/test")
    answer = await ada.post("/mailboxes/info/test/store")
    assert "the mailbox is added" in answer.text
    assert (await company.services.mailboxes.admin.find("info")).address == "info@example.test"
    assert "Store all the same" not in (await ended(ada)).text


async def test_a_try_is_its_person_s(ada, company):
    company.probe.faults[ProbeStep.FOUND] = (ProbeFault.NO_DNS, {})
    await added(ada)
    await company.services.people.add("eve", "Eve", by=BY, role="admin", password=PASSWORD)
    eve = company.browser()
    await eve.sign_in("eve")
    assert (await eve.get("/mailboxes/info/test")).status_code == 404
    answer = await eve.get("/mailboxes/add?from=info")
    assert "info@example.test" not in answer.text
    answer = await eve.post("/mailboxes/info/test/store")
    assert answer.status_code == 404


async def test_who_is_shut_out_meanwhile_stores_nothing(ada, company):
    company.probe.held_up = asyncio.Event()
    await added(ada)
    await held(company)
    await company.services.people.add("eve", "Eve", by=BY, role="admin", password=PASSWORD)
    await company.services.people.disable("ada", by=BY)
    company.probe.held_up.set()
    tried = company.services.mailboxes.probing.of("info", Actor("ada"))
    await eventually(lambda: tried.state is not ProbeState.RUNNING)
    with pytest.raises(NotFound):
        await company.services.mailboxes.admin.find("info")


@pytest.mark.parametrize(
    ("typed", "problem", "field"),
    [
        ({"address": "info"}, "Write a mail address such as support@example.com.", "address"),
        ({"password": ""}, "Type the password.", "password"),
        ({"password": "a\nb"}, "The password is too long, or has a line break in it.", "password"),
        (
            {"address": "support@example.test", "name": "other"},
            "The address belongs to another mailbox here.",
            "address",
        ),
        ({"name": "support"}, "There is a mailbox of that name. Write another.", "name"),
        ({"name": "a/b"}, "Write 1 to 63 letters, digits, spaces or . _ -", "name"),
        ({"name": "Add"}, "Write 1 to 63 letters, digits, spaces or . _ -", "name"),
        ({"imap_host": "a b"}, "Write the server's name, such as imap.example.com.", "imap_host"),
        ({"smtp_port": "70000"}, "Write a number from 1 to 65535, or nothing.", "smtp_port"),
        ({"smtp_security": "plain"}, "Without TLS the password would cross", "smtp_security"),
        ({"imap_security": "x"}, "Write the server's name, such as imap.example.com.", "imap_host"),
        ({"zone": "Mars/Base"}, "There is no such time zone.", "zone"),
    ],
)
async def test_what_is_no_good_is_told_at_its_field(ada, company, typed, problem, field):
    answer = await added(ada, **typed)
    assert answer.status_code == 422
    assert [one for one in ada.problems() if one.startswith(problem)], ada.problems()
    assert f'href="#{field}"' in answer.text and f'id="{field}"' in answer.text
    assert company.probe.asked == [] and SECRET not in answer.text


async def test_all_that_is_wrong_is_told_at_once(ada):
    await added(ada, address="x", password="", imap_port="x", zone="y")
    assert len(ada.problems()) == 4


async def test_who_it_is_is_asked_with_the_secret_that_would_not_survive(ada, company):
    company.clock.advance(seconds=STEP_UP_S)
    answer = await ada.get("/mailboxes/add")
    assert 'name="confirm_password"' in answer.text
    await ada.post("/mailboxes/add", confirm_password="wrong", **TYPED)
    assert ada.problems() == ["Password or code is wrong."] and company.probe.asked == []
    answer = await ada.post("/mailboxes/add", confirm_password=PASSWORD, address="a@b.test")
    assert answer.status_code == 422 and 'name="confirm_password"' not in answer.text
    answer = await added(ada)
    assert answer.url.path == "/mailboxes/info/test"


async def test_a_fault_of_ours_ends_the_page_too(ada, company, caplog):
    company.probe.broken = RuntimeError("inside")
    await added(ada)
    answer = await ended(ada)
    assert "on our side" in answer.text and "inside" not in answer.text
    assert "http-equiv" not in answer.text


@pytest.mark.parametrize("fault", ProbeFault)
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_each_fault_has_a_sentence_and_a_remedy(ada, company, fault, language):
    hostile = "<b>x</b>\"'\u202egpj"
    company.probe.faults[ProbeStep.FOUND] = (fault, {"said": hostile, "names": hostile})
    await ada.get("/me")
    await ada.post("/language", language=language, back="/me")
    await added(ada)
    answer = await ended(ada)
    assert answer.status_code == 200 and "✗" in answer.text and "→" in answer.text
    assert "<b>" not in answer.text and "&lt;b&gt;x" in answer.text
