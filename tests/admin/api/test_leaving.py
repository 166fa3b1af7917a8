"""Somebody leaves, by the API (admin/api/leaving.py), and their tokens (tokens.py)."""

from __future__ import annotations


async def test_leaves_and_comes_back(company, ada, anna):
    had = (await ada.get("/people/anna/belongings")).json()
    assert had == {
        "conversations": [],
        "waiting_mails": 0,
        "drafts": {},
        "rules": {},
        "sessions": 0,
    }
    assert (await company.records(action="audit"))[-1].detail["did"] == "belongings"
    left = await ada.post("/people/anna/leave", {"to": "ben"})
    assert left.status_code == 200, left.text
    assert left.json()["revoked"]["API tokens"] == 1 and not left.json()["already"]
    assert (await anna.get("/me")).status_code == 401
    assert (await ada.get("/people/anna")).json()["left"] is not None
    assert (await ada.post("/people/anna/leave", {})).json()["already"]
    back = await ada.post("/people/anna/return", {})
    assert back.json()["person"]["left"] is None and back.json()["password"]
    assert (await anna.get("/me")).status_code == 401, "its token is gone"
    assert (await ada.post("/people/anna/return", {})).status_code == 422


async def test_an_heir_that_is_none(ada):
    for body, status in (
        ({"to": "nobody"}, 404),
        ({"to": "anna"}, 422),
        ({"conversations": {"7": "ben"}}, 422),
        ({"conversations": {"x": "ben"}}, 422),
    ):
        answer = await ada.post("/people/anna/leave", body)
        assert answer.status_code == status, answer.text
    assert (await ada.get("/people/anna")).json()["left"] is None


async def test_tokens_shown_and_revoked(company, ada, anna):
    await anna.get("/me")
    (one,) = (await ada.get("/people/anna/api-tokens")).json()["items"]
    assert one["name"] == "robot 0" and one["address"] == "192.0.2.7" and one["client"] == "robot/1"
    assert anna.token not in str(one)
    for other in ("999", "x", "9" * 40):
        assert (await ada.delete(f"/people/anna/api-tokens/{other}")).status_code == 404
    assert (await ada.delete(f"/people/anna/api-tokens/{one['number']}")).status_code == 204
    assert (await anna.get("/me")).status_code == 401
