"""API tokens given and taken away (service/admin/api_token_admin.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.api_token import DAY_US, MOST, OF_ROLE, USUAL_DAYS, ApiScope, digest_of
from proxyd.domain.errors import AlreadyExists, BadInput, NotFound
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Role
from proxyd.service.actor import Actor
from proxyd.service.admin.api_token_admin import ApiTokenAdmin

BY = Actor("root@cli")


@pytest.fixture
async def admin(database, clock):
    for role in Role:
        await database.write(lambda tx, role=role: tx.accounts.add(role, role, role, "h"))
    return ApiTokenAdmin(database, clock)


async def records(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery(action="admin")))
    return [one.record.detail for one in found]


async def test_made_shown_once_and_recorded(admin, database, clock):
    scopes = [ApiScope.LOG_READ, ApiScope.OWN_READ]
    new = await admin.add("Auditor", "SIEM", scopes, by=BY)
    assert new.token.expires_us == clock.now + USUAL_DAYS * DAY_US
    assert new.token.scopes == (ApiScope.OWN_READ, ApiScope.LOG_READ)
    (stored,) = await admin.all()
    assert stored == new.token and new.secret not in repr(new)
    assert await database.read(lambda tx: tx.api_tokens.find(digest_of(new.secret))) == stored
    (detail,) = await records(database)
    assert detail == {
        "did": "api-token add",
        "login": "auditor",
        "api_token": "SIEM",
        "api_token_number": new.token.number,
        "scopes": ["own:read", "log:read"],
    }


@pytest.mark.parametrize("role", list(Role))
async def test_no_more_than_the_role_may(admin, role):
    for scope in ApiScope:
        if scope in OF_ROLE[role]:
            await admin.add(role, f"for {scope}", [scope], by=BY)
        else:
            with pytest.raises(BadInput, match="nothing that"):
                await admin.add(role, f"for {scope}", [scope], by=BY)
    assert {one.scopes[0] for one in await admin.of(role)} == OF_ROLE[role]


async def test_what_is_not_usable(admin, database, clock):
    own = [ApiScope.OWN_READ]
    await admin.add("staff", "robot", own, by=BY)
    with pytest.raises(AlreadyExists):
        await admin.add("staff", "ROBOT", own, by=BY)
    with pytest.raises(NotFound):
        await admin.add("nobody", "robot", own, by=BY)
    for name, scopes, days in (("", own, 1), ("x", [], 1), ("x", own, 0), ("x", own, 367)):
        until = clock.now + days * DAY_US
        with pytest.raises(BadInput):
            await admin.add("staff", name, scopes, by=BY, expires_us=until)
    for number in range(1, MOST):
        await admin.add("staff", f"robot no. {number}", own, by=BY)
    with pytest.raises(BadInput, match=f"has {MOST}"):
        await admin.add("staff", "one too many", own, by=BY)
    assert len(await records(database)) == MOST


async def test_revoked_by_its_person_s_name_or_by_number(admin, database):
    one = (await admin.add("staff", "a", [ApiScope.OWN_READ], by=BY)).token
    two = (await admin.add("admin", "b", [ApiScope.OWN_READ], by=BY)).token
    with pytest.raises(NotFound):
        await admin.revoke("staff", two.number, by=BY)
    assert (await admin.revoke("staff", one.number, by=BY)).name == "a"
    assert (await admin.revoke_number(two.number, by=BY)).name == "b"
    with pytest.raises(NotFound):
        await admin.revoke_number(two.number, by=BY)
    assert await admin.all() == []
    did = [detail["did"] for detail in await records(database)]
    assert did == ["api-token add", "api-token add", "api-token revoke", "api-token revoke"]
