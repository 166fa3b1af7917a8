"""Signing in and out (admin/web/sign_in_pages.py), and what stands around it (console.py)."""

from __future__ import annotations

import pytest

from admin.web.navigation import home_of
from proxyd.domain.types import Role
from proxyd.domain.web_session import ABSOLUTE_S, HALF_WAY_S, IDLE_S, MOST
from tests.admin.web.conftest import BY, PASSWORD


@pytest.mark.parametrize(
    ("login", "role"), [("anna", Role.STAFF), ("ada", Role.ADMIN), ("otto", Role.AUDITOR)]
)
async def test_every_role_signs_in_and_lands_where_it_works(browser, login, role):
    answer = await browser.sign_in(login)
    assert answer.url.path == home_of(role) and answer.status_code == 200
    assert login in (await browser.get("/me")).text and "Sign out" in answer.text


async def test_known_and_unknown_logins_are_answered_alike(browser, company):
    told = []
    for login, password in (("anna", "wrong"), ("nobody", "wrong"), ("anna*support", "wrong")):
        answer = await browser.sign_in(login, password)
        bare = answer.text.replace(login, "LOGIN").replace(browser.token(), "TOKEN")
        kept = ("content-length", "date")
        headers = {n: v for n, v in answer.headers.items() if n not in kept}
        told.append((answer.status_code, bare, headers))
    assert told[0] == told[1] == told[2]
    assert "Login or password is wrong" in told[0][1]
    refused = await company.records(action="login", outcome="refused")
    assert [one.detail["reason"] for one in refused] == ["password", "unknown", "password"]
    assert {(one.origin.door, one.origin.address) for one in refused} == {("web", "192.0.2.7")}


async def test_the_password_is_never_shown_again(browser):
    answer = await browser.sign_in("anna", "wrong but secret")
    assert "wrong but secret" not in answer.text and 'value="anna"' in answer.text


async def test_a_disabled_person_and_one_of_another_network_are_answered_as_a_wrong_password(
    browser, company
):
    wrong = (await browser.sign_in("anna", "wrong")).text.replace(browser.token(), "")
    await company.services.people.disable("anna", by=BY)
    assert (await browser.sign_in("anna")).text.replace(browser.token(), "") == wrong
    await company.services.people.enable("anna", by=BY)
    await company.services.people.set_networks("anna", ["198.51.100.0/24"], by=BY)
    assert (await browser.sign_in("anna")).text.replace(browser.token(), "") == wrong


async def test_an_application_password_opens_no_page(browser, company):
    made = await company.services.app_passwords.add("anna", "iPhone", by=BY)
    answer = await browser.sign_in("anna", made.secret)
    assert answer.status_code == 422 and not browser.cookie()


# ------------------------------------------------------------ the second factor


async def test_a_second_factor_is_asked_for_before_anything_opens(browser, company):
    secret, _ = await company.with_factor("anna")
    answer = await browser.sign_in("anna")
    assert 'name="code"' in answer.text and answer.status_code == 200
    half_way = browser.cookie()
    for path in ("/me", "/me/record", "/"):
        assert (await browser.get(path)).headers["location"] == "/sign-in/code", path
    await browser.get("/sign-in/code")
    refused = await browser.post("/me/app-passwords", name="x", imap="on")
    assert refused.status_code == 401
    assert (await browser.post("/sign-in/code", code="123")).status_code == 422
    assert browser.problems() == ["That code is wrong, or was used already. Wait for the next one."]
    answer = await browser.post("/sign-in/code", code=company.code(secret))
    assert answer.url.path == "/" and browser.cookie() != half_way
    assert not (await company.services.app_passwords.of("anna"))[1]


@pytest.mark.parametrize(
    ("login", "prefix"), [("support@example.test", "emi:"), ("emi*support", ""), ("emi*no", "")]
)
async def test_who_has_no_mailbox_yet_and_types_its_address_is_told_once_the_password_is_right(
    browser, company, login, prefix
):
    await company.services.people.add("emi", "Emi", by=BY, password=PASSWORD)
    answer = await browser.sign_in(login, f"{prefix}wrong one")
    assert answer.status_code == 422 and "no shared mailbox" not in answer.text
    assert browser.problems()[0].startswith("Login or password is wrong.")
    answer = await browser.sign_in(login, f"{prefix}{PASSWORD}")
    assert answer.status_code == 422 and not browser.cookie()
    (said,) = browser.problems()
    assert said.startswith("The password is right, but you have no shared mailbox yet")
    assert (await browser.sign_in("emi")).url.path == "/"


async def test_a_recovery_code_does_as_well_and_once(company):
    _, codes = await company.with_factor("anna")
    for tries, lands in ((0, "/"), (1, "/sign-in/code")):
        browser = company.browser()
        await browser.sign_in("anna")
        answer = await browser.post("/sign-in/code", code=codes[0].lower())
        assert answer.url.path == lands, tries


async def test_a_code_is_good_once_at_whichever_sign_in(company):
    secret, _ = await company.with_factor("anna")
    code = company.code(secret)
    for lands in ("/", "/sign-in/code"):
        browser = company.browser()
        await browser.sign_in("anna")
        assert (await browser.post("/sign-in/code", code=code)).url.path == lands


async def test_five_wrong_codes_make_a_pause_that_a_recovery_code_passes(company):
    secret, codes = await company.with_factor("anna")
    browser = company.browser()
    await browser.sign_in("anna")
    for _ in range(5):
        await browser.post("/sign-in/code", code="000 000")
    company.clock.advance(seconds=-60)
    await browser.post("/sign-in/code", code=company.code(secret))
    assert browser.problems()[0].startswith("Too many wrong codes")
    assert (await browser.post("/sign-in/code", code=codes[0])).url.path == "/"


async def test_who_finds_no_code_in_ten_minutes_begins_anew(browser, company):
    secret, _ = await company.with_factor("anna")
    await browser.sign_in("anna")
    company.clock.advance(seconds=HALF_WAY_S)
    answer = await browser.post("/sign-in/code", code=company.code(secret))
    assert answer.status_code == 401 and "The code came too late" in answer.text


# ------------------------------------------------------------ the session


async def test_a_token_that_was_planted_is_worth_nothing(company):
    """Fixation: what the browser had before is not what it has afterwards, at no step."""
    secret, _ = await company.with_factor("anna")
    browser, tokens = company.browser(), []
    planted = "A" * 43
    browser.client.cookies.set("__Host-proxyd", planted, domain="console.example.test")
    await browser.sign_in("anna")
    tokens += [planted, browser.cookie()]
    await browser.post("/sign-in/code", code=company.code(secret))
    tokens.append(browser.cookie())
    assert len(set(tokens)) == 3
    for stale in tokens[:2]:
        other = company.browser()
        other.client.cookies.set("__Host-proxyd", stale, domain="console.example.test")
        assert (await other.get("/me")).headers["location"].startswith("/sign-in")


async def test_the_cookie_is_kept_from_scripts_neighbours_and_clear_text(browser, company):
    await browser.get("/sign-in")
    fields = {"form_token": browser.token(), "login": "anna", "password": PASSWORD}
    answer = await browser.client.post(
        "/sign-in", data=fields, headers={"sec-fetch-site": "same-origin"}
    )
    (told,) = answer.headers.get_list("set-cookie")
    name, _, rest = told.partition("=")
    assert name == "__Host-proxyd"
    attributes = {one.strip().lower() for one in rest.split(";")[1:]}
    assert attributes == {"httponly", "secure", "samesite=lax", "path=/"}
    stored = await company.database.read(lambda tx: tx.web_sessions.of(1))
    assert rest.split(";")[0] not in repr(stored)


async def test_silence_ends_it_and_so_does_age(company):
    browser = company.browser()
    await browser.sign_in("anna")
    for _ in range(ABSOLUTE_S // (IDLE_S - 60)):
        company.clock.advance(seconds=IDLE_S - 60)
        assert (await browser.get("/me")).status_code == 200
    company.clock.advance(seconds=IDLE_S - 60)
    assert (await browser.get("/me")).headers["location"] == "/sign-in?why=ended"
    await browser.sign_in("anna")
    company.clock.advance(seconds=IDLE_S)
    answer = await browser.get("/me")
    assert answer.headers["location"] == "/sign-in?why=ended" and not browser.cookie()
    assert "You were signed out" in (await browser.get("/sign-in?why=ended")).text
    ended = [one.detail for one in await company.records(action="session")]
    assert [one["reason"] for one in ended if "reason" in one] == ["age", "idle"]


async def test_ten_at_a_time_and_the_oldest_goes(company):
    browsers = [company.browser() for _ in range(MOST + 1)]
    for one in browsers:
        await one.sign_in("anna")
        company.clock.advance(seconds=1)
    there = [(await one.get("/me")).status_code for one in browsers]
    assert there == [303] + [200] * MOST


async def test_who_knows_the_password_alone_drives_nobody_out(company):
    secret, _ = await company.with_factor("anna")
    browser = company.browser()
    await browser.sign_in("anna")
    await browser.post("/sign-in/code", code=company.code(secret))
    for _ in range(MOST + 2):
        await company.browser().sign_in("anna")
    assert (await browser.get("/me")).status_code == 200


async def test_signing_out_ends_it_here_and_there(anna, company):
    token = anna.cookie()
    answer = await anna.post("/sign-out")
    assert answer.url.path == "/sign-in" and "You are signed out" in answer.text
    assert not anna.cookie()
    other = company.browser()
    other.client.cookies.set("__Host-proxyd", token, domain="console.example.test")
    assert (await other.get("/me")).status_code == 303
    assert (await company.records(action="session"))[-1].detail["reason"] == "signed-out"


async def test_who_signs_in_anew_leaves_the_session_before(anna, company):
    before = anna.cookie()
    await anna.sign_in("ben")
    assert anna.cookie() != before
    assert await company.services.sessions.of(await company.account("anna")) == []


CHANGES = {
    "disabled": lambda people: people.disable("anna", by=BY),
    "removed": lambda people: people.remove("anna", by=BY),
    "password": lambda people: people.set_password("anna", by=BY),
    "role": lambda people: people.set_role("anna", "admin", by=BY),
    "network": lambda people: people.set_networks("anna", ["198.51.100.0/24"], by=BY),
}


@pytest.mark.parametrize("reason", CHANGES)
async def test_what_an_admin_does_ends_it_at_the_next_request(anna, company, reason):
    await CHANGES[reason](company.services.people)
    assert (await anna.get("/me")).headers["location"] == "/sign-in?why=ended"
    ended = [one.detail for one in await company.records(action="session")]
    assert ended[-1]["reason"] == reason


async def test_a_second_factor_ends_all_others(anna, company):
    await company.with_factor("anna")
    assert (await anna.get("/me")).headers["location"] == "/sign-in?why=ended"


async def test_what_was_typed_is_kept_over_the_end_of_a_session_and_sent_again(anna, company):
    secret, _ = await company.with_factor("anna")  # which ended it, besides
    answer = await anna.post("/me/app-passwords", name="会社のPC <b>", imap="on", smtp="on")
    assert answer.status_code == 401 and "You were signed out" in answer.text
    assert 'name="kept.name" value="会社のPC &lt;b&gt;"' in answer.text
    fields = {"kept_path": "/me/app-passwords", "kept.name": "会社のPC", "kept.imap": "on"}
    await anna.post("/sign-in", login="anna", password=PASSWORD, **fields)
    answer = await anna.post("/sign-in/code", code=company.code(secret), **fields)
    assert "Send what you had typed" in answer.text
    assert not (await company.services.app_passwords.of("anna"))[1]
    answer = await anna.post("/me/app-passwords", name="会社のPC", imap="on")
    (made,) = (await company.services.app_passwords.of("anna"))[1]
    assert made.name == "会社のPC"


async def test_secrets_are_not_kept(anna, company):
    company.clock.advance(seconds=IDLE_S)
    answer = await anna.post("/me/password", current="s3cret one", new="s3cret two", again="x")
    assert answer.status_code == 401 and "s3cret" not in answer.text


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil", ""])
async def test_nothing_typed_leads_elsewhere(browser, path):
    await browser.get("/sign-in")
    fields = {"kept_path": path, "kept.x": "1"}
    answer = await browser.post("/sign-in", login="anna", password=PASSWORD, **fields)
    assert answer.url.path == "/" and "evil" not in answer.text
    await browser.get("/me")
    answer = await browser.post("/language", language="ja", back=path)
    assert answer.url.host == "console.example.test"


async def test_what_was_typed_is_kept_also_where_only_the_code_is_missing(company):
    """And where the code comes too late: nothing of it leads back to the page of the code."""
    secret, _ = await company.with_factor("anna")
    browser = company.browser()
    await browser.sign_in("anna")
    answer = await browser.post("/me/app-passwords", name="PC", imap="on")
    assert answer.status_code == 401 and 'name="kept.name" value="PC"' in answer.text
    kept = {"kept_path": "/me/app-passwords", "kept.name": "PC", "kept.imap": "on"}
    company.clock.advance(seconds=HALF_WAY_S)
    answer = await browser.post("/sign-in/code", code="123456", **kept)
    assert answer.status_code == 401
    assert 'name="kept_path" value="/me/app-passwords"' in answer.text
    await browser.post("/sign-in", login="anna", password=PASSWORD, **kept)
    answer = await browser.post("/sign-in/code", code=company.code(secret), **kept)
    assert 'action="/me/app-passwords"' in answer.text
    assert (await browser.post("/me/app-passwords", name="PC", imap="on")).status_code == 200


async def test_a_new_installation_says_how_it_goes_on(browser, company):
    said = "Nobody has been added yet"
    assert said not in (await browser.get("/sign-in")).text
    for login in ("anna", "ben", "ada", "otto"):
        await company.services.people.remove(login, by=BY)
    assert said in (await browser.get("/sign-in")).text
