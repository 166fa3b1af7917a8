"""What a request brings, and the limits of it (admin/api/reading.py, rates.py)."""

from __future__ import annotations

import json

import pytest

from admin.api.rates import MOST_KNOWN, Buckets, Rate, Rates, rates_of
from admin.api.route import BODY_OCTETS
from tests.admin.api.conftest import BY, Client

PATH = "/people/anna/name"
JSON = {"content-type": "application/json"}


def kind(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code and body["title"] and body["detail"]
    return body["type"].rpartition(":")[2]


async def sent(client, octets, **headers):
    return await client.ask("PUT", PATH, content=octets, headers={**JSON, **headers})


@pytest.mark.parametrize(
    ("octets", "status", "what"),
    [
        (b"", 400, "bad-request"),
        (b"{", 400, "bad-request"),
        (b'{"name": "\xff"}', 400, "bad-request"),
        (b'{"name": "\\ud800"}', 400, "bad-request"),
        (b'{"name": NaN}', 422, "bad-input"),
        (b"[]", 422, "bad-input"),
        (b"null", 422, "bad-input"),
        (b"{}", 422, "bad-input"),
        (b'{"name": 1}', 422, "bad-input"),
        (b'{"name": "Anna", "more": 1}', 422, "bad-input"),
        (b'{"name": ' + b"[" * 30_000, 400, "bad-request"),
        (json.dumps({"name": "a" * 201}).encode(), 422, "bad-input"),
        (b'{"name": "\\u0000"}', 422, "bad-input"),
    ],
)
async def test_bodies_that_are_none(ada, octets, status, what):
    answer = await sent(ada, octets)
    assert (answer.status_code, kind(answer)) == (status, what)


async def test_what_was_sent_is_not_repeated(ada):
    body = {"login": "x", "name": "X", "password": {"a": "very-secret-thing"}}
    answer = await ada.post("/people", body)
    assert answer.status_code == 422 and "secret" not in answer.text


async def test_json_alone(ada):
    body = b'{"name": "Anna"}'
    for media_type in ("text/plain", "", "application/x-www-form-urlencoded"):
        answer = await sent(ada, body, **{"content-type": media_type})
        assert (answer.status_code, kind(answer)) == (415, "media-type")
    told = {"content-type": "Application/JSON; charset=utf-8"}
    assert (await sent(ada, body, **told)).status_code == 200


async def test_a_body_where_none_belongs(ada):
    answer = await ada.ask("POST", "/people/anna/disable", content=b"x")
    assert (answer.status_code, kind(answer)) == (400, "bad-request")
    assert not (await ada.get("/people/anna")).json()["disabled"]


async def test_so_large_and_no_larger(ada):
    rest = len(b'{"name": ""}')
    fits = json.dumps({"name": "a" * (BODY_OCTETS - rest)}).encode()
    assert len(fits) == BODY_OCTETS and (await sent(ada, fits)).status_code == 422

    async def pieces():
        for _ in range(10):
            yield fits

    for body in (fits + b" ", pieces()):
        answer = await sent(ada, body)
        assert (answer.status_code, kind(answer)) == (413, "too-large")
    answer = await sent(ada, fits[:10], **{"content-length": "9" * 30})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=201", 422),
        ("limit=x", 422),
        ("limit=1&limit=2", 422),
        ("offset=3", 422),
        ("after=" + "x" * 201, 422),
        ("&".join(f"x{n}=1" for n in range(51)), 400),
        ("after=%00%ff", 200),
        ("limit=200", 200),
    ],
)
async def test_queries(ada, query, status):
    assert (await ada.ask("GET", f"/people?{query}")).status_code == status


@pytest.mark.parametrize("path", ["", "/", "/people/", "/people//", "/people/a/b", "/Me", "/v1/me"])
async def test_addresses_that_are_none(ada, path):
    answer = await ada.get(path)
    assert (answer.status_code, kind(answer)) == (404, "not-found")


# ------------------------------------------------------------------ how often


def test_a_bucket():
    bucket = Buckets(Rate(2, 0.5))
    assert [bucket.take("a", 0.0) for _ in range(3)] == [0, 0, 2]
    assert bucket.take("b", 0.0) == 0, "each their own"
    assert bucket.wait_s("a", 1.0) == 1 and bucket.take("a", 2.0) == 0
    assert bucket.take("a", 2.0) == 2
    assert [bucket.take("a", 1e6) for _ in range(3)] == [0, 0, 2], "never more than at once"
    assert bucket.take("a", 0.0) > 0, "a clock that goes back gives nothing"


def test_no_more_are_remembered_than_that():
    bucket = Buckets(Rate(1, 1.0))
    for number in range(MOST_KNOWN + 5):
        bucket.take(str(number), 0.0)
    assert len(bucket._left) == MOST_KNOWN


def test_the_usual_measure_is_what_the_page_says():
    usual = rates_of(20)
    assert usual.requests == Rate(200, 20) and usual.changes == Rate(60, 2)
    assert usual.questions == Rate(30, 0.5) and usual.refused == Rate(30, 0.5)
    assert rates_of(1).questions.at_once == 1


ONE = Rate(1, 0.25)
MANY = Rate(1000, 1000.0)


async def test_each_token_has_its_own_measure(company):
    company.limited(Rates(MANY, ONE, MANY, MANY))
    one, other = await company.client("ada"), await company.client("ada")
    assert (await one.get("/me")).status_code == 200
    late = await one.get("/me")
    assert (late.status_code, kind(late), late.headers["retry-after"]) == (429, "too-many", "4")
    assert (await other.get("/me")).status_code == 200
    company.seconds[0] += 4
    assert (await one.get("/me")).status_code == 200


async def test_changes_and_questions_are_measured_apart(company):
    company.limited(Rates(MANY, MANY, ONE, ONE))
    ada, otto = await company.client("ada"), await company.client("otto")
    assert (await ada.put(PATH, {"name": "A"})).status_code == 200
    assert (await ada.put(PATH, {"name": "B"})).status_code == 429
    assert (await ada.get("/people/anna")).json()["name"] == "A"
    asked = len(await company.records(action="audit"))
    assert (await otto.get("/log")).status_code == 200
    assert (await otto.get("/log")).status_code == 429
    another = await company.client("otto")
    assert (await another.get("/log")).status_code == 429, "of the person, not of the token"
    assert len(await company.records(action="audit")) == asked + 1


async def test_who_tries_tokens_is_slowed_down_and_no_neighbour(company):
    company.limited(Rates(Rate(2, 0.5), MANY, MANY, MANY))
    good = await company.client("ada")
    bad = Client(company.console, good.token[:-1] + "x")
    codes = [(await bad.get("/me")).status_code for _ in range(4)]
    assert codes == [401, 401, 429, 429]
    assert (await good.get("/me")).status_code == 200, "from the same address"
    elsewhere = Client(company.console, bad.token, address="192.0.2.99")
    assert (await elsewhere.get("/me")).status_code == 401
    company.seconds[0] += 2
    assert (await bad.get("/me")).status_code == 401


async def test_a_flood_of_refused_tokens_is_no_flood_of_records(company):
    company.limited(Rates(Rate(2, 0.5), MANY, MANY, MANY))
    gone = await company.client("anna")
    await (await company.people()).disable("anna", by=BY)
    for _ in range(10):
        await gone.get("/me")
    refused = await company.records(action="login", outcome="refused")
    assert [one.detail["reason"] for one in refused] == ["disabled"] * 2
    assert {one.actor for one in refused} == {"anna"}
