"""The OpenAPI document (admin/api/openapi.py): all that the table has, nothing else."""

from __future__ import annotations

import json

from admin.api.openapi import OPENAPI_VERSION, described
from admin.api.route import PREFIX
from admin.api.routes import ROUTES
from proxyd.domain.api_token import OF_ROLE


def operations():
    return {
        (method.upper(), path.removeprefix(PREFIX)): told
        for path, methods in described()["paths"].items()
        for method, told in methods.items()
    }


async def test_anybody_may_read_it(nobody, ada):
    answer = await nobody.get("/openapi.json")
    assert answer.status_code == 200 and answer.json() == described()
    assert answer.json()["openapi"] == OPENAPI_VERSION == "3.1.0"
    assert (await nobody.post("/openapi.json")).status_code == 405


def test_each_row_is_there_and_nothing_else():
    assert set(operations()) == {(row.method, row.path) for row in ROUTES}
    names = [told["operationId"] for told in operations().values()]
    assert len(set(names)) == len(names)


def test_each_says_who_may():
    for row in ROUTES:
        told = operations()[row.method, row.path]
        assert told["security"] == [{"token": [row.scope]}]
        assert told["x-roles"] == sorted(r for r, may in OF_ROLE.items() if row.scope in may)
        assert told["x-roles"], "a row for nobody"


def test_all_that_is_named_is_there():
    text = json.dumps(described())
    schemas = described()["components"]["schemas"]
    for piece in text.split('"#/components/schemas/')[1:]:
        assert piece.split('"')[0] in schemas
    assert not [name for name in schemas if f'schemas/{name}"' not in text], "nobody names it"


def test_what_takes_a_body_says_so():
    for row in ROUTES:
        told = operations()[row.method, row.path]
        assert ("requestBody" in told) == (row.body is not None)
        assert row.method != "GET" or row.body is None
        keys = [one for one in told["parameters"] if one["name"] == "Idempotency-Key"]
        assert bool(keys) == row.changes


def test_a_row_answers_one_thing():
    for row in ROUTES:
        assert not (row.answer and row.lines)
        assert not row.lines or row.method == "GET", "a long answer can't be kept under a key"
