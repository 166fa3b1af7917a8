"""The organisation's sign-in on the pages, in process: a provider in memory behind the real adapter
(admin/web/sso_pages.py).
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import httpx2
import pytest

from admin.web.console import Console
from proxyd.service.accounts.single_sign_on import unbind
from tests.admin.web.conftest import BY, ORIGIN, PASSWORD, Browser
from tests.identity.fake_provider import ISSUER

REFUSED = "That sign-in does not open an account here"
OURS = {"sec-fetch-site": "same-origin"}
FROM_THERE = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}


async def goes_there(browser, path="/sign-in/sso"):
    answer = await browser.get(path, **OURS)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def comes_back(browser, company, address, **changed):
    returned = replace(company.provider.sign_in(address), **changed)
    said = {"state": returned.state, "code": returned.code, "iss": returned.issuer}
    if returned.error:
        said["error"] = returned.error
    return await browser.get(f"/sign-in/sso/back?{urlencode(said)}", **FROM_THERE)


async def comes_in(browser, company, login="anna"):
    company.provider.login, company.provider.subject = login, f"{login}-1"
    answer = await comes_back(browser, company, await goes_there(browser))
    assert answer.status_code == 303, answer.text
    return answer


async def test_there_and_back(browser, company):
    assert 'href="/sign-in/sso"' in (await browser.get("/sign-in")).text
    address = await goes_there(browser)
    assert address.startswith(f"{ISSUER}/authorize?")
    assert f"redirect_uri={ORIGIN.replace(':', '%3A').replace('/', '%2F')}%2Fsign-in" in address
    (cookie,) = browser.page.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-proxyd-sso=") and "Max-Age=600" in cookie
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in cookie
    answer = await comes_back(browser, company, address)
    assert answer.headers["location"] == "/" and "state" not in answer.headers["location"]
    assert browser.cookie("__Host-proxyd-sso") == ""
    assert "Anna Sato" in (await browser.get("/me")).text
    (session,) = await company.services.sessions.of(await company.account("anna"))
    assert session.factors == ("single-sign-on",) and session.address == "192.0.2.7"


async def test_the_person_reads_that_it_was_bound(browser, company):
    await comes_in(browser, company)
    page = await browser.get("/me/record")
    assert "Bound to the organisation" in page.text and "anna-1" not in page.text


async def test_only_a_page_of_ours_starts_it(browser, company):
    """Else any page could have somebody signed in without their doing (ASVS 7.6.2)."""
    for site in ("cross-site", "same-site", "none"):
        answer = await browser.get("/sign-in/sso", **{**FROM_THERE, "sec-fetch-site": site})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert company.provider.asked == [] and browser.cookie("__Host-proxyd-sso") == ""


@pytest.mark.parametrize(
    ("to", "where"),
    [("/me/sessions", "/me/sessions"), ("//evil.example", "/"), ("https://evil.example", "/")],
)
async def test_where_one_wanted_to_go(browser, company, to, where):
    address = await goes_there(browser, f"/sign-in/sso?to={to}")
    assert (await comes_back(browser, company, address)).headers["location"] == where


async def test_everybody_who_is_refused_hears_the_same(browser, company):
    told = set()
    await company.services.people.disable("ben", by=BY)
    for login, subject, claims in (
        ("zoe", "z-1", {}),
        ("ben", "b-1", {}),
        ("anna", "a-1", {"aud": "another"}),
        ("anna", "a-1", {"nonce": "another"}),
    ):
        company.provider.login, company.provider.subject = login, subject
        company.provider.claims = claims
        answer = await comes_back(browser, company, await goes_there(browser))
        assert answer.status_code == 422 and REFUSED in answer.text
        assert browser.cookie() == ""
        told.add(answer.text.replace(browser.token(), ""))
    assert len(told) == 1
    reasons = [one.detail["reason"] for one in await company.records(action="login")]
    assert reasons == ["unknown", "disabled", "aud", "nonce"]


async def test_in_japanese(browser, company):
    company.provider.login = "zoe"
    browser.headers["accept-language"] = "ja"
    assert "例示株式会社" in (await browser.get("/sign-in")).text
    answer = await comes_back(browser, company, await goes_there(browser))
    assert "このログインでは利用できません" in answer.text


async def test_another_browser_s_way_back_opens_nothing(browser, company):
    address = await goes_there(browser)
    other = company.browser()
    await goes_there(other)
    answer = await comes_back(other, company, address)
    assert answer.status_code == 422 and other.cookie() == ""
    answer = await comes_back(company.browser(), company, await goes_there(browser))
    assert answer.status_code == 422


async def test_the_provider_refuses(browser, company):
    answer = await comes_back(browser, company, await goes_there(browser), error="access_denied")
    assert answer.status_code == 422 and REFUSED in answer.text
    (record,) = await company.records(action="login")
    assert record.detail["reason"] == "the provider says access_denied"


async def test_the_provider_is_down(browser, company):
    async def down(request):
        raise httpx2.ConnectError("no", request=request)

    address = await goes_there(browser)
    company.provider.answers["/staff/token"] = down
    answer = await comes_back(browser, company, address)
    assert answer.status_code == 503 and "be reached just now" in answer.text
    assert 'name="password"' in answer.text, "the other way in stands there"


async def test_who_has_a_second_factor_is_asked_for_it(browser, company):
    secret, _ = await company.with_factor("ben")
    company.provider.login = "ben"
    answer = await comes_back(browser, company, await goes_there(browser))
    assert 'name="code"' in answer.text
    assert (await browser.get("/me")).headers["location"] == "/sign-in/code"
    await browser.get("/sign-in/code")
    await browser.post("/sign-in/code", code=company.code(secret))
    assert "Ben Mori" in browser.page.text


async def test_who_was_signed_in_before_leaves_that(browser, company):
    await browser.sign_in("ben")
    before = browser.cookie()
    await comes_in(browser, company, "anna")
    assert browser.cookie() != before
    assert await company.services.sessions.of(await company.account("ben")) == []


async def test_the_provider_s_word_alone_changes_nothing_about_signing_in(browser, company):
    """It may let somebody in who sits down before an open browser."""
    await comes_in(browser, company)
    await browser.get("/me")
    await browser.post("/me/second-factor")
    assert 'name="confirm_password"' in browser.page.text
    await browser.post("/me/second-factor", confirm_password=PASSWORD)
    assert 'name="confirm_password"' not in browser.page.text


async def test_a_cookie_that_was_planted_is_not_taken(browser, company):
    browser.client.cookies.set("__Host-proxyd", "x" * 43, domain="console.example.test")
    await comes_in(browser, company)
    assert browser.cookie() != "x" * 43


# ------------------------------------------------------------------ signing out


async def test_signing_out_offers_to_do_so_there(browser, company):
    await comes_in(browser, company)
    await browser.get("/me")
    await browser.post("/sign-out")
    assert 'href="/sign-in/sso/out"' in browser.page.text
    answer = await browser.get("/sign-in/sso/out", **OURS)
    assert answer.headers["location"].startswith(f"{ISSUER}/out?client_id=proxyd&")
    answer = await browser.get("/sign-in/sso/out", **FROM_THERE)
    assert answer.headers["location"] == "/sign-in", "no foreign page signs anybody out there"
    await browser.sign_in("anna")
    await browser.post("/sign-out")
    assert 'href="/sign-in/sso/out"' not in browser.page.text, "who came in by password"


async def test_the_provider_ends_the_sessions_that_began_there(browser, company):
    await comes_in(browser, company)
    by_password = company.browser()
    await by_password.sign_in("anna")
    path, fields = "/sign-in/sso/signed-out", {"logout_token": company.provider.logout_token()}
    answer = await browser.client.post(path, data=fields)  # a machine: no origin, no token
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await browser.get("/me")).headers["location"].startswith("/sign-in")
    assert (await by_password.get("/me")).status_code == 200
    again = await browser.client.post(path, data=fields)
    assert again.status_code == 400
    ended = [one for one in await company.records(action="session") if "reason" in one.detail]
    assert ended[-1].detail["reason"] == "signed-out-there"


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
async def test_what_is_no_word_of_the_provider_s_ends_nothing(browser, company, token):
    await comes_in(browser, company)
    for told in (token, company.provider.id_token()):
        answer = await browser.client.post(
            "/sign-in/sso/signed-out", data={"logout_token": told}, headers=FROM_THERE
        )
        assert answer.status_code == 400 and answer.json() == {"error": "invalid_request"}
    assert (await browser.get("/me")).status_code == 200


async def test_unbound_is_signed_out(browser, company):
    await comes_in(browser, company)
    await unbind(company.database, "anna", by=BY)
    assert (await browser.get("/me")).headers["location"].startswith("/sign-in")


# ------------------------------------------------------------------ off


async def test_where_it_is_off_there_is_nothing(company, place):
    services = replace(company.services, organisation=None, passkeys=None)
    browser = Browser(Console(services, place))
    page = await browser.get("/sign-in")
    assert "sso" not in page.text and 'class="or"' not in page.text
    for path in ("/sign-in/sso", "/sign-in/sso/back?state=x", "/sign-in/sso/out"):
        assert (await browser.get(path, **OURS)).status_code == 404
    answer = await browser.client.post("/sign-in/sso/signed-out", data={"logout_token": "x"})
    assert answer.status_code == 404
