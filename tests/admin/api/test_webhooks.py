"""Webhooks by the API (admin/api/webhooks.py), and health (health.py)."""

from __future__ import annotations

import json

import pytest

URL = "https://chat.example.com/hooks/x"


async def test_added_tried_and_removed(company, ada):
    made = await ada.post("/webhooks", {"mailbox": "support", "url": URL, "kinds": ["alarm"]})
    assert made.status_code == 201 and made.headers["location"] == "/api/v1/webhooks/1"
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    (one,) = (await ada.get("/webhooks")).json()["items"]
    assert one == (await ada.get("/webhooks/1")).json()
    assert (one["mailbox"], one["url"], one["kinds"]) == ("support", URL, ["alarm"])
    assert "whsec" not in json.dumps(one)
    assert (await ada.post("/webhooks/1/test")).status_code == 204
    assert json.loads(company.chat.taken[0])["type"] == "test"
    company.chat.refuses = "it answered 500"
    failed = await ada.post("/webhooks/1/test")
    assert failed.status_code == 502 and failed.json()["detail"] == "it answered 500"
    assert (await ada.post("/webhooks/1/secret")).json()["secret"] != secret
    assert (await ada.post("/webhooks/1/resume", {"skip": True})).status_code == 204
    assert (await ada.delete("/webhooks/1")).status_code == 204
    assert (await ada.get("/webhooks")).json()["items"] == []
    did = [one.detail["did"] for one in await company.records(action="admin", actor="ada")]
    assert did == ["webhook add", "webhook secret", "webhook resume", "webhook remove"]


@pytest.mark.parametrize("number", ["7", "x", "-1", "9" * 40, "١"])
async def test_numbers_that_are_none(ada, number):
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/secret")):
        assert (await ada.ask(method, f"/webhooks/{number}{path}")).status_code == 404


async def test_what_is_wrong_is_said(ada):
    for body, status in (
        ({"mailbox": "nowhere", "url": URL}, 404),
        ({"mailbox": "support", "url": "http://chat.example.com"}, 422),
        ({"mailbox": "support", "url": URL, "kinds": ["opened"]}, 422),
    ):
        assert (await ada.post("/webhooks", body)).status_code == status


async def test_a_webhook_added_twice_under_one_key_has_one_secret(ada):
    body = {"mailbox": "support", "url": URL}
    one, two = [await ada.post("/webhooks", body, key="k") for _ in range(2)]
    assert one.json() == two.json() and len((await ada.get("/webhooks")).json()["items"]) == 1


async def test_health(ada):
    assert (await ada.get("/health")).json() == {
        "ok": False,
        "reasons": ["support: the provider can't be used"],
        "notices": ["a word to the wise"],
        "conditions": [],
    }
