"""Shared mailboxes, their policy and rules by the API (admin/api: mailboxes, policy, rules)."""

from __future__ import annotations

import pytest

from admin.api.route import BODY_OCTETS, IMPORT_OCTETS

NEW = {
    "name": "info",
    "address": "info@example.test",
    "imap": "imaps://info@imap.example.test",
    "smtp": "smtp+starttls://smtp.example.test",
    "password": "s3cret-of-the-provider",
}
MAIL = "From: a@customer.example\nTo: support@example.test\nSubject: Invoice 7\n\nText\n"
RULES = """
[[rule]]
name = "invoices"
subject = ["invoice"]
status = "checking"
"""


async def test_added_changed_and_removed(company, ada, sealer):
    made = await ada.post("/mailboxes", NEW)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/api/v1/mailboxes/info"
    told = (await ada.get("/mailboxes/info")).json()
    assert told == made.json() and "s3cret" not in made.text
    assert told["imap"] == "imaps://info@imap.example.test:993"
    changed = await ada.ask("PATCH", "/mailboxes/info", json={"aliases": ["hello@example.test"]})
    assert changed.json() == {**told, "aliases": ["hello@example.test"]}
    page = (await ada.get("/mailboxes", limit=1)).json()
    assert [one["name"] for one in page["items"]] == ["info"] and page["next"] == "info"
    page = (await ada.get("/mailboxes", limit=1, after="info")).json()
    assert [one["name"] for one in page["items"]] == ["support"] and page["next"] is None
    answer = await ada.put("/mailboxes/info/password", {"password": "another-one"})
    assert answer.status_code == 204
    box = await company.services.mailboxes(company.database).find("info")
    sealed = await company.database.read(lambda tx: tx.mailboxes.sealed_password(box.id))
    assert sealer.open(sealed, f"mailbox {box.id} upstream password") == "another-one"
    assert (await ada.delete("/mailboxes/info")).status_code == 204
    assert (await ada.get("/mailboxes/info")).status_code == 404
    records = await company.records(action="admin", actor="ada")
    did = [one.detail["did"] for one in records]
    assert did == ["mailbox add", "mailbox set", "mailbox set", "mailbox remove"]
    assert "another-one" not in repr(records) and "s3cret" not in repr(records)


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"address": "nobody"}, 422, "address"),
        ({"address": "support@example.test"}, 422, "support"),
        ({"imap": "http://x"}, 422, "imap"),
        ({"password": ""}, 422, "password"),
        ({"language": "fr"}, 422, "language"),
        ({"name": "a/b"}, 422, "name"),
        ({"name": "support", "address": "b@example.test"}, 409, "support"),
    ],
)
async def test_what_is_wrong_is_said(ada, change, status, word):
    answer = await ada.post("/mailboxes", {**NEW, **change})
    assert (answer.status_code, word in answer.text.lower()) == (status, True), answer.text
    assert "s3cret" not in answer.text


async def test_a_name_in_any_script_has_an_address(ada):
    made = await ada.post("/mailboxes", {**NEW, "name": "受付 1"})
    assert made.headers["location"] == "/api/v1/mailboxes/%E5%8F%97%E4%BB%98%201"
    answer = await ada.http.get(made.headers["location"], headers=ada.authorized)
    assert answer.json()["name"] == "受付 1"


async def test_policy(company, ada):
    choices = {
        one["key"]: one["value"]
        for one in (await ada.get("/mailboxes/support/policy")).json()["items"]
    }
    assert choices["zone"] == ""
    body = {"choices": {"zone": "Asia/Tokyo"}}
    changed = (await ada.ask("PATCH", "/mailboxes/support/policy", json=body)).json()
    told = {one["key"]: one["value"] for one in changed["items"]}
    assert told == {**choices, "zone": "Asia/Tokyo"}
    for bad in ({"zone": "Mars"}, {"colour": "red"}, {}):
        answer = await ada.ask("PATCH", "/mailboxes/support/policy", json={"choices": bad})
        assert answer.status_code == 422
    *_, record = await company.records(action="admin")
    assert record.detail["did"] == "mailbox policy" and record.mailbox == "support"


async def test_rules(company, ada):
    assert (await ada.get("/mailboxes/support/rules")).json()["version"] == 0
    path = "/mailboxes/support/rules"
    tried = await ada.post(f"{path}/test", {"mail": MAIL, "text": RULES})
    assert tried.json()["rules"] == ["invoices"], tried.text
    assert (await ada.get(path)).json()["version"] == 0, "tried alone"
    stored = await ada.put(path, {"text": RULES})
    assert (stored.json()["version"], stored.json()["text"]) == (1, RULES)
    assert stored.json()["by"] == "ada"
    tried = (await ada.post(f"{path}/test", {"mail": MAIL})).json()
    assert tried == {
        "version": 1,
        "rules": ["invoices"],
        "status": "checking",
        "assignee": "",
        "until": None,
    }
    assert (await ada.put(path, {"text": "nonsense"})).status_code == 422
    assert (await ada.post(f"{path}/test", {"mail": "hello"})).status_code == 422
    assert (await ada.delete(path)).status_code == 204
    versions = (await ada.get(f"{path}/versions")).json()["items"]
    assert [one["version"] for one in versions] == [2, 1]


async def test_an_import_may_be_larger_than_the_rest(ada):
    text = "# " + "x" * (BODY_OCTETS * 2)
    assert (await ada.put("/mailboxes/support/rules", {"text": text})).status_code in (200, 422)
    answer = await ada.put("/mailboxes/support/rules", {"text": "x" * IMPORT_OCTETS})
    assert answer.status_code == 413
