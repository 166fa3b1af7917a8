"""Each row of the table × each role × with its scope, without, expired, revoked, disabled, from
elsewhere, and nobody (admin/api/api.py).
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from admin.api.route import PREFIX, ApiRoute
from admin.api.routes import ROUTES
from proxyd.domain.api_token import DAY_US, OF_ROLE, ApiScope
from proxyd.domain.types import Role
from tests.admin.api.conftest import BY, OF, Client, Company

# Nobody is called so, and no number is as high: what is let in changes nothing.
NOBODY = {
    "login": "no.such.login",
    "mailbox": "nowhere",
    "name": "nowhere",
    "number": "999999",
}
# Whose rights go by mailbox: of all mailboxes there is none for staff.
BY_MAILBOX = ("/reports/response-times", "/reports/load")
ALLOWED = frozenset({200, 201, 204, 404, 422})


def concrete(row: ApiRoute) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: NOBODY[found[1]], row.path)


async def asked(client: Client, row: ApiRoute, **more: Any) -> Any:
    """With a body that can't be taken, where there is one to send."""
    if row.body is not None:
        more.setdefault("json", {"no such field": 1})
    return await client.ask(row.method, concrete(row), **more)


def kind(answer: Any) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer
    return str(answer.json()["type"].rpartition(":")[2])


CELLS = [
    pytest.param(row, role, id=f"{row.method} {row.path} {role}") for row in ROUTES for role in Role
]
EACH = [pytest.param(row, id=f"{row.method} {row.path}") for row in ROUTES]


@pytest.mark.parametrize(("row", "role"), CELLS)
async def test_the_scope_opens_it_where_the_role_may_have_it(
    company: Company, row: ApiRoute, role: Role
) -> None:
    may = row.scope in OF_ROLE[role]
    answer = await asked(await company.client(OF[role]), row)
    if may:
        assert answer.status_code in ALLOWED and answer.status_code != 401
        assert answer.status_code != 404 or "{" in row.path or row.path in BY_MAILBOX
        others = tuple(OF_ROLE[role] - {row.scope})
        less = await asked(await company.client(OF[role], *others), row)
        assert less.status_code == 403 and kind(less) == "insufficient-scope"
        assert f'scope="{row.scope}"' in less.headers["www-authenticate"]
    else:
        nothing = await (await company.client(OF[role])).get("/no-such-address")
        assert answer.status_code == nothing.status_code == 404
        assert answer.content == nothing.content, "as what is not there"


@pytest.mark.parametrize("row", EACH)
async def test_nobody_gets_in(company: Company, row: ApiRoute) -> None:
    (role, *_) = row.roles
    login = OF[role]
    good = await company.client(login, row.scope)
    assert (await asked(good, row)).status_code in ALLOWED
    revoked = await company.client(login, row.scope)
    number = max(one.number for one in await company.tokens.of(login))
    await company.tokens.revoke(login, number, by=BY)
    short = await company.token(login, row.scope, expires_us=company.clock.now + DAY_US)
    company.clock.advance(us=DAY_US)
    slip = good.token[:-1] + ("0" if good.token[-1] != "0" else "1")
    strangers = {
        "none": Client(company.console),
        "revoked": revoked,
        "expired": Client(company.console, short),
        "slip": Client(company.console, slip),
        "longer": Client(company.console, good.token + "0"),
        "another word": Client(company.console, "proxyd"),
    }
    answers = {what: await asked(client, row) for what, client in strangers.items()}
    for what, answer in answers.items():
        assert answer.status_code == 401 and kind(answer) == "no-token", what
        assert answer.headers["www-authenticate"] == 'Bearer realm="proxyd"'
        assert answer.content == answers["none"].content, "all the same"
    people = await company.people()
    await people.set_networks(login, ["198.51.100.0/24"], by=BY)
    assert (await asked(good, row)).status_code == 401
    await people.set_networks(login, [], by=BY)
    assert (await asked(good, row)).status_code in ALLOWED
    await people.disable(login, by=BY)
    assert (await asked(good, row)).status_code == 401


@pytest.mark.parametrize("row", EACH)
async def test_neither_a_cookie_nor_another_scheme_opens_it(
    company: Company, row: ApiRoute
) -> None:
    (role, *_) = row.roles
    token = await company.token(OF[role], row.scope)
    for headers in (
        {"cookie": f"__Host-proxyd={token}"},
        {"cookie": f"Authorization=Bearer {token}"},
        {"authorization": f"Basic {token}"},
        {"authorization": token},
        {"x-api-key": token},
    ):
        answer = await asked(Client(company.console), row, headers=headers)
        assert answer.status_code == 401, headers
    url = f"{concrete(row)}?access_token={token}"
    assert (await Client(company.console).ask(row.method, url)).status_code == 401


async def test_two_tokens_are_none(company: Company) -> None:
    token = await company.token("ada")
    client = Client(company.console)
    headers = [("authorization", f"Bearer {token}"), ("authorization", f"Bearer {token}")]
    assert (await client.http.get(f"{PREFIX}/me", headers=headers)).status_code == 401


async def test_who_has_another_role_now_may_no_more_than_it(company: Company) -> None:
    client = await company.client("ada")
    assert (await client.get("/people")).status_code == 200
    await (await company.people()).set_role("ada", Role.AUDITOR, by=BY)
    assert (await client.get("/people")).status_code == 404
    told = (await client.get("/me")).json()["token"]["scopes"]
    assert told == [ApiScope.OWN_READ, ApiScope.OWN_WRITE]
    assert (await client.get("/log")).status_code == 403, "it was not made for that"


@pytest.mark.parametrize("row", EACH)
async def test_other_methods_are_none(company: Company, row: ApiRoute) -> None:
    there = {one.method for one in ROUTES if one.path == row.path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - there:
        answer = await Client(company.console).ask(method, concrete(row))
        assert answer.status_code == 405
        assert answer.headers["allow"] == ", ".join(sorted(there))


async def test_no_answer_lets_a_page_of_others_read_it(company: Company, ada: Client) -> None:
    origin = {"origin": "https://evil.example", "access-control-request-method": "GET"}
    for method, path in (("OPTIONS", "/me"), ("GET", "/me"), ("GET", "/openapi.json")):
        answer = await ada.ask(method, path, headers=origin)
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "set-cookie" not in answer.headers


async def test_another_name_is_not_answered(company: Company, ada: Client) -> None:
    answer = await ada.ask("GET", "/me", headers={"host": "evil.example"})
    assert (answer.status_code, answer.text) == (421, "")
