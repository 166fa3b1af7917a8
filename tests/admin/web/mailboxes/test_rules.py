"""A mailbox's rules (admin/web/mailboxes/rules.py)."""

from __future__ import annotations

from proxyd.domain.rule_reader import MOST_OCTETS
from tests.admin.web.conftest import BY

RULES = "/mailboxes/support/rules"
TEXT = """\
[[rule]]
name = "Invoices <b>"
subject = ["請求書"]
assignee = "anna"
status = "checking"
"""
MAIL = "From: a@customer.example\r\nSubject: 請求書 from a customer\r\n\r\nhello\r\n"


async def test_tried_first_and_then_in_force(ada, company):
    await ada.get(RULES)
    answer = await ada.post(f"{RULES}/try", rules=TEXT.replace("\n", "\r\n"), mail=MAIL)
    assert "<bdi>Invoices &lt;b&gt;</bdi>" in answer.text and "<bdi>Anna Sato</bdi>" in answer.text
    assert "<bdi>checking</bdi>" in answer.text
    assert await company.services.mailboxes.rules.version("support") is None
    answer = await ada.post(RULES, rules=TEXT.replace("\n", "\r\n"), mail=MAIL)
    assert "The rules count from now on." in answer.text
    found = await company.services.mailboxes.rules.version("support")
    assert found is not None and found.text == TEXT and found.actor == "ada"
    text = (await ada.get("/mailboxes/support")).text
    assert "version 1" in text and "\u2068ada\u2069" in text
    answer = await ada.post(f"{RULES}/try", rules=TEXT, mail=MAIL.replace("請求書", "x"))
    assert "No rule fits." in answer.text


async def test_the_mail_is_kept_nowhere(ada, company):
    await ada.get(RULES)
    await ada.post(f"{RULES}/try", rules=TEXT, mail=MAIL)
    assert "from a customer" not in (await ada.get(RULES)).text
    assert "customer" not in str(await company.records())
    company.clock.advance(seconds=31 * 60)
    answer = await ada.post(f"{RULES}/try", rules=TEXT, mail=MAIL)
    assert answer.status_code == 401 and "from a customer" not in answer.text
    assert "Invoices" in answer.text  # the rules are


async def test_what_is_wrong_with_them_is_told_with_what_was_typed(ada, company):
    await ada.get(RULES)
    wrong = TEXT.replace("anna", "nobody").replace("checking", "chekcing")
    answer = await ada.post(RULES, rules=wrong)
    assert answer.status_code == 422 and len(ada.problems()) == 2
    assert "Invoices <b>" in ada.problems()[0] and "chekcing" in answer.text
    answer = await ada.post(f"{RULES}/try", rules="[[", mail=MAIL)
    assert answer.status_code == 422 and "no TOML" in ada.problems()[0]
    assert "from a customer" in answer.text  # so that it need not be pasted again


async def test_what_is_no_mail_and_what_is_too_much(ada):
    await ada.get(RULES)
    await ada.post(f"{RULES}/try", rules=TEXT, mail="hello")
    assert ada.problems()[0].startswith("That is no mail.")
    await ada.post(f"{RULES}/try", rules=TEXT, mail=MAIL + "あ" * 30_000)
    assert ada.problems() == ["The mail is longer than 64 KB. Its header alone is enough."]
    answer = await ada.post(f"{RULES}/try", rules="x" * (MOST_OCTETS + 2), mail=MAIL)
    assert answer.status_code == 413


async def test_none_counts_any_more_and_the_versions_stay(ada, company):
    await company.services.mailboxes.rules.set("support", TEXT, by=BY)
    await ada.get(RULES)
    answer = await ada.post(f"{RULES}/clear")
    assert "No rule counts any more." in answer.text and "no rules" in answer.text
    assert len(await company.services.mailboxes.rules.history("support")) == 2
    assert f'action="{RULES}/clear"' not in answer.text
    assert "Invoices &lt;b" not in answer.text
    assert "Invoices &lt;b" in (await ada.get(f"{RULES}?version=1")).text
    assert "Invoices &lt;b" not in (await ada.get(f"{RULES}?version=7")).text
