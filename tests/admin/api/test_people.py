"""People by the API (admin/api/people.py, grants.py): as the command line has them."""

from __future__ import annotations

import pytest

from proxyd.domain.types import Role
from tests.admin.api.conftest import PASSWORD

HANAKO = {"login": "hanako", "name": "佐藤 花子", "grants": {"support": "respond"}}


async def test_everybody_page_by_page(ada):
    first = (await ada.get("/people", limit=3)).json()
    assert [one["login"] for one in first["items"]] == ["ada", "anna", "ben"]
    second = (await ada.get("/people", limit=3, after=first["next"])).json()
    assert [one["login"] for one in second["items"]] == ["otto"] and second["next"] is None
    (whole,) = [one for one in first["items"] if one["login"] == "anna"]
    assert whole == (await ada.get("/people/anna")).json() == {
        "login": "anna",
        "name": "Anna Example",
        "role": "staff",
        "disabled": False,
        "left": None,
        "away_until": None,
        "networks": [],
        "app_passwords": 0,
        "app_passwords_only": False,
        "second_factor": False,
        "grants": {"support": "respond"},
    }  # fmt: skip


async def test_added_with_a_password_that_is_shown_once(company, ada):
    made = await ada.post("/people", HANAKO)
    assert made.status_code == 201 and made.headers["location"] == "/api/v1/people/hanako"
    told = made.json()
    assert told["person"]["name"] == "佐藤 花子" and len(told["password"]) > 15
    assert told["person"] == (await ada.get("/people/hanako")).json()
    (record,) = [r for r in await company.records(actor="ada") if r.detail.get("login") == "hanako"]
    assert record.detail["did"] == "user add"
    assert (record.origin.door, record.origin.address) == ("api", "192.0.2.7")
    assert record.origin.client == "robot/1" and record.origin.session.startswith("token-")
    assert told["password"] not in repr(await company.records())


async def test_a_given_password_is_not_repeated(ada):
    body = {**HANAKO, "password": PASSWORD}
    made = await ada.post("/people", body)
    assert made.json()["password"] is None and PASSWORD not in made.text
    weak = await ada.post("/people", {**HANAKO, "login": "h2", "password": "password"})
    assert weak.status_code == 422 and '"password"' in weak.text


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"login": "Hanako Sato"}, 422, "login"),
        ({"name": ""}, 422, "name"),
        ({"name": "a\nb"}, 422, "name"),
        ({"name": 7}, 422, "name"),
        ({"role": "root"}, 422, "role"),
        ({"grants": {"support": "own"}}, 422, "grants.support"),
        ({"grants": {"nowhere": "read"}}, 404, "nowhere"),
        ({"login": "anna"}, 409, "anna"),
        ({"role": "auditor"}, 422, "auditor"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_done(company, ada, change, status, word):
    before = len(await company.records(action="admin"))
    answer = await ada.post("/people", {**HANAKO, **change})
    assert answer.status_code == status and word in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(await company.records(action="admin")) == before
    assert (await ada.get("/people/hanako")).status_code == 404


async def test_changed(company, ada):
    put = {
        "name": {"name": "Anna Sato"},
        "networks": {"networks": ["192.0.2.0/24"]},
        "app-passwords-only": {"only": True},
        "absence": {"until": "2030-01-01T00:00:00+09:00"},
        "grants/support": {"right": "manage"},
    }
    for what, body in put.items():
        answer = await ada.put(f"/people/anna/{what}", body)
        assert answer.status_code == 200, answer.text
    told = (await ada.get("/people/anna")).json()
    assert told["name"] == "Anna Sato" and told["networks"] == ["192.0.2.0/24"]
    assert told["app_passwords_only"] and told["grants"] == {"support": "manage"}
    assert told["away_until"] == "2029-12-31T15:00:00.000000Z"
    assert (await ada.delete("/people/anna/absence")).json()["away_until"] is None
    assert (await ada.delete("/people/anna/grants/support")).json()["grants"] == {}
    assert (await ada.delete("/people/anna/grants/support")).status_code == 404
    answer = await ada.put("/people/anna/role", {"role": "auditor"})
    assert answer.json()["role"] == "auditor"
    did = [r.detail["did"] for r in await company.records(actor="ada", action="admin")]
    assert did == [
        *("user rename", "user networks", "user app-passwords-only", "user away", "user grant"),
        *("user back", "user revoke", "user role"),
    ]


async def test_away_until_yesterday_is_a_slip(ada):
    answer = await ada.put("/people/anna/absence", {"until": "2001-01-01T00:00:00Z"})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "until"


async def test_shut_out_let_in_again_another_password_and_gone(company, ada, anna):
    assert (await anna.get("/me")).status_code == 200
    assert (await ada.post("/people/anna/disable")).json()["disabled"]
    assert (await anna.get("/me")).status_code == 401
    assert not (await ada.post("/people/anna/enable")).json()["disabled"]
    made = (await ada.post("/people/anna/password", {})).json()["password"]
    _, stored = await company.database.read(lambda tx: tx.accounts.find("anna"))
    assert company.hasher.verify(made, stored)
    assert (await ada.delete("/people/anna")).status_code == 204
    assert (await ada.get("/people/anna")).status_code == 404
    assert (await anna.get("/me")).status_code == 401


async def test_whoever_has_a_mailbox_is_no_auditor(ada):
    answer = await ada.put("/people/anna/role", {"role": Role.AUDITOR})
    assert answer.status_code == 422 and "mailbox" in answer.json()["detail"]
