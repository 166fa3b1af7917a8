"""Idempotency-Key: the same request under the same key is carried out once (admin/api/api.py)."""

from __future__ import annotations

import asyncio

import pytest

from admin.api.api import Api
from admin.web.place import Place
from proxyd.service.once import KEPT_US
from tests.admin.api.conftest import NEVER_TOO_OFTEN, ORIGIN

HANAKO = {"login": "hanako", "name": "Hanako"}


async def did(company, what):
    return [r for r in await company.records(action="admin") if r.detail["did"] == what]


async def test_the_same_answer_and_done_once(company, ada):
    first = await ada.post("/people", HANAKO, key="k1")
    again = await ada.post("/people", HANAKO, key="k1")
    assert first.status_code == again.status_code == 201
    assert again.content == first.content, "the password too: the first answer may be lost"
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(await did(company, "user add")) == 5


async def test_a_password_is_not_exchanged_twice(company, ada):
    for key in ("a", "a", '"a"', "b"):
        assert (await ada.post("/people/anna/password", {}, key=key)).status_code == 200
    assert len(await did(company, "user password")) == 2, "quoted or not, it is one key"


async def test_another_request_under_the_key_is_refused(company, ada):
    await ada.post("/people", HANAKO, key="k1")
    for method, path, body in (
        ("POST", "/people", {**HANAKO, "name": "Hanako Sato"}),
        ("POST", "/people/anna/password", {}),
        ("PUT", "/people/hanako/name", {"name": "H"}),
        ("POST", "/people?", HANAKO),
    ):
        answer = await ada.send(method, path, body, "k1")
        if path == "/people?":
            assert answer.status_code == 201, "the same address"
        else:
            assert answer.status_code == 422
            assert answer.json()["type"] == "urn:problem-type:proxyd:key-reused"
    assert (await ada.get("/people/hanako")).json()["name"] == "Hanako"


async def test_a_refusal_is_the_same_too(company, ada):
    first = await ada.post("/people/hanako/disable", key="k1")
    assert first.status_code == 404
    await ada.post("/people", HANAKO)
    again = await ada.post("/people/hanako/disable", key="k1")
    assert again.status_code == 404 and again.content == first.content
    assert not (await ada.get("/people/hanako")).json()["disabled"]


async def test_after_a_day_it_is_a_new_key(company, ada):
    await ada.post("/people/anna/password", {}, key="k1")
    company.clock.advance(us=KEPT_US - 1)
    await ada.post("/people/anna/password", {}, key="k1")
    assert len(await did(company, "user password")) == 1
    company.clock.advance(us=1)
    await ada.post("/people/anna/password", {}, key="k1")
    assert len(await did(company, "user password")) == 2


async def test_keys_are_each_token_s_own(company, ada):
    other = await company.client("ada")
    one = (await ada.post("/people/anna/password", {}, key="k1")).json()["password"]
    two = (await other.post("/people/anna/password", {}, key="k1")).json()["password"]
    assert one != two and len(await did(company, "user password")) == 2


async def test_both_at_once_and_one_is_carried_out(company, ada):
    answers = await asyncio.gather(
        *(ada.post("/people/anna/password", {}, key="k1") for _ in range(5))
    )
    codes = sorted(one.status_code for one in answers)
    assert codes == [200, 409, 409, 409, 409]
    late = next(one for one in answers if one.status_code == 409)
    assert late.json()["type"] == "urn:problem-type:proxyd:still-asked"
    assert late.headers["retry-after"] == "1"
    assert len(await did(company, "user password")) == 1
    assert (await ada.post("/people/anna/password", {}, key="k1")).status_code == 200


async def test_who_dies_between_change_and_answer_does_nothing_twice(company, ada, monkeypatch):
    """As kill -9 leaves it: the change is there, and nobody has written down the answer."""

    async def dies(*_):
        raise SystemExit

    monkeypatch.setattr(company.services.once, "keep", dies)
    with pytest.raises(SystemExit):
        await ada.post("/people/anna/password", {}, key="k1")
    monkeypatch.undo()
    assert len(await did(company, "user password")) == 1
    again = await ada.post("/people/anna/password", {}, key="k1")
    assert again.status_code == 409
    assert again.json()["type"] == "urn:problem-type:proxyd:answer-lost"
    assert len(await did(company, "user password")) == 1


async def test_the_answer_is_sealed(company, ada):
    told = (await ada.post("/people", HANAKO, key="k1")).json()["password"]
    rows = await company.database.read(lambda tx: tx.api_answers.all())
    assert len(rows) == 1 and told.encode() not in rows[0][2] and b"hanako" not in rows[0][2]


async def test_a_new_process_knows_it(company, ada):
    first = await ada.post("/people", HANAKO, key="k1")
    ada.console._api = Api(company.services, Place(ORIGIN), NEVER_TOO_OFTEN)
    assert (await ada.post("/people", HANAKO, key="k1")).content == first.content


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 65, '"', "é"])
async def test_what_is_no_key(company, ada, key):
    headers = {"idempotency-key": key.encode("latin-1")}
    answer = await ada.ask("POST", "/people", json=HANAKO, headers=headers)
    assert answer.status_code == 400
    assert (await ada.get("/people/hanako")).status_code == 404


async def test_without_a_key_each_request_counts(company, ada):
    for _ in range(2):
        await ada.post("/people/anna/password", {})
    assert len(await did(company, "user password")) == 2
