"""One's own account by the API (admin/api/own.py, app_passwords.py)."""

from __future__ import annotations

from tests.admin.api.conftest import BY


async def test_who_one_is_and_what_the_token_may(anna):
    told = (await anna.get("/me")).json()
    assert told["person"]["login"] == "anna"
    assert "own:read" in told["token"]["scopes"] and "people:read" not in told["token"]["scopes"]
    assert anna.token not in str(told)


async def test_what_was_done_with_one_s_account(company, anna):
    await anna.get("/me")
    items = (await anna.get("/me/events")).json()["items"]
    told = [(one["what"], one["by"], one["door"]) for one in items]
    assert told[0] == ("login", "anna", "api"), "the token came in"
    assert ("api-token add", "root@cli", "cli") in told and ("user add", "root@cli", "cli") in told
    *_, record = await company.records(action="audit")
    assert record.detail["did"] == "own account" and record.actor == "anna"


async def test_application_passwords_one_s_own_and_by_an_admin(company, anna, ada):
    admin = company.services.app_passwords(company.database)
    new = await admin.add("anna", "iPhone", by=BY)
    other = await admin.add("ben", "PC", by=BY)
    (one,) = (await anna.get("/me/app-passwords")).json()["items"]
    assert one["name"] == "iPhone" and one["scopes"] == ["imap", "smtp"] and one["last_use"] is None
    assert new.secret not in str(one)
    assert one in (await ada.get("/people/anna/app-passwords")).json()["items"]
    assert (await anna.delete(f"/me/app-passwords/{other.app_password.id}")).status_code == 404
    assert (await anna.delete(f"/me/app-passwords/{one['number']}")).status_code == 204
    assert (await anna.get("/me/app-passwords")).json()["items"] == []
    number = other.app_password.id
    assert (await ada.delete(f"/people/ben/app-passwords/{number}")).status_code == 204
    assert (await admin.of("ben"))[1] == []


async def test_coming_in_is_on_record_once_an_hour_and_from_each_address(company, anna):
    for _ in range(3):
        await anna.get("/me")
    came = await company.records(action="login", actor="anna")
    assert [one.origin.address for one in came] == ["192.0.2.7"]
    company.clock.advance(seconds=3599)
    await anna.get("/me")
    assert len(await company.records(action="login", actor="anna")) == 1
    company.clock.advance(seconds=1)
    await anna.get("/me")
    assert len(await company.records(action="login", actor="anna")) == 2
