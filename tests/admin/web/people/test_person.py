"""One person and what is changed of them (admin/web/people/person.py, changing.py)."""

from __future__ import annotations

import html

import pytest

from admin.web.people.person import REASONS
from proxyd.domain.errors import NotFound
from proxyd.domain.types import Origin, Right, Role
from proxyd.service.accounts import verdict
from tests.admin.web.conftest import BY, PASSWORD
from tests.admin.web.test_own_pages import connected

SAME = {"sec-fetch-site": "same-origin"}


@pytest.fixture
async def ada(browser):
    await browser.sign_in("ada")
    await browser.get("/people/anna")
    return browser


async def dids(company):
    return [one.detail["did"] for one in await company.records(action="admin")]


async def test_all_that_an_admin_may_know(ada, company):
    await company.with_factor("anna")
    await company.services.app_passwords.add("anna", "iPhone", by=BY)
    phone = company.browser(address="192.0.2.99")
    await phone.sign_in("anna")
    await phone.sign_in("anna", "wrong")
    page = await ada.get("/people/anna")
    told = html.unescape(page.text)
    assert "<bdi>Anna Sato</bdi>" in told and "<bdi>support</bdi>" in told
    assert "An authenticator app, since" in told and "iPhone" in told and "never used" in told
    assert "192.0.2.99" in told and "refused: wrong password" in told
    assert "Browsers: 1." in told and "Connections of mail programs: 0." in told
    assert told.index("<h2>Danger</h2>") > told.index("<h2>Recent sign-ins</h2>")
    assert len(page.content) < 30_000


async def test_nobody_of_that_login_is_no_page(ada):
    assert (await ada.get("/people/nobody")).status_code == 404
    assert (await ada.get("/people/..%2fme")).status_code == 404


def test_each_reason_of_a_refusal_has_words():
    """But "unknown": there is no such person."""
    listed = verdict.Verdict.__doc__ or ""
    assert [reason for reason in REASONS if reason not in listed] == []
    constants = {
        value
        for name, value in vars(verdict).items()
        if name.strip("_").isupper() and isinstance(value, str) and name != "_SENDING_DOOR"
    }
    assert constants <= REASONS


@pytest.mark.parametrize(
    ("path", "fields", "told", "did"),
    [
        ("name", {"name": "佐藤 安奈"}, "The name is changed.", "user rename"),
        ("role", {"role": "admin"}, "The role is changed.", "user role"),
        ("grant", {"mailbox": "support", "right": "manage"}, "The right is saved.", "user grant"),
        ("revoke", {"mailbox": "support"}, "The shared mailbox is taken away.", "user revoke"),
        ("networks", {"networks": "192.0.2.0/24, 2001:db8::/32"}, "saved", "user networks"),
        ("app-only", {"only": "on"}, "Saved.", "user app-passwords-only"),
        ("away", {"until": "2999-01-31"}, "Set away.", "user away"),
        ("back", {}, "Back.", "user back"),
        ("sessions/end", {}, "All is ended.", "user sessions ended"),
        ("shut-out", {}, "Shut out.", "user disable"),
        ("remove", {"typed-remove": "Anna"}, "The person is removed.", "user remove"),
    ],
)
async def test_each_change_is_made_told_and_on_record(ada, company, path, fields, told, did):
    page = await ada.post(f"/people/anna/{path}", **fields)
    assert page.status_code == 200 and told in page.text
    (record,) = [one for one in await company.records(action="admin") if one.detail["did"] == did]
    assert (record.actor, record.origin.door, record.detail["login"]) == ("ada", "web", "anna")


async def test_what_was_saved_is_there(ada, company):
    await ada.post("/people/anna/networks", networks="192.0.2.0/24 2001:db8::/32")
    assert 'value="192.0.2.0/24 2001:db8::/32"' in ada.page.text
    await ada.post("/people/anna/grant", mailbox="support", right="respond-with-approval")
    assert list((await company.account("anna")).grants.values()) == [Right.RESPOND_WITH_APPROVAL]
    await ada.post("/people/anna/away", until="2999-01-31")
    assert "Away until 2999-02-01 00:00" in html.unescape(ada.page.text).replace(
        "\u2068", ""
    ).replace("\u2069", "")
    await ada.post("/people/anna/back")
    assert (await company.account("anna")).away_until_us is None


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        ("name", {"name": " "}, "Write a name."),
        ("role", {"role": "auditor"}, "take the shared mailboxes away first"),
        ("grant", {"mailbox": ""}, "Choose a shared mailbox and a right."),
        ("networks", {"networks": "192.0.2.0/24 office"}, "That is no list of networks"),
        ("networks", {"networks": "10.0.0.0/8 10.0.0.0/8"}, "That is no list of networks"),
        ("away", {"until": "2020-01-31"}, "Write a day that is still to come."),
        ("away", {"until": "9999-12-31"}, "Write a day that is still to come."),
        ("away", {"until": "soon"}, "Write a day that is still to come."),
        ("remove", {"typed-remove": "ben"}, "Type the login"),
        ("remove", {}, "Type the login"),
        ("factor/remove", {"typed-factor": ""}, "Type the login"),
        ("factor/remove", {"typed-factor": "anna"}, "can't be used"),
    ],
)
async def test_what_is_refused_changes_nothing(ada, company, path, fields, told):
    before = await company.account("anna"), await dids(company)
    page = await ada.post(f"/people/anna/{path}", **fields)
    assert page.status_code == 422 and told in html.unescape(page.text)
    assert (await company.account("anna"), await dids(company)) == before


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("grant", {"mailbox": "none", "right": "read"}),
        ("revoke", {"mailbox": "none"}),
        ("role", {"role": "king"}),
        ("app-password/revoke", {"number": "4711"}),
    ],
)
async def test_what_is_not_there_is_no_page(ada, company, path, fields):
    before = await dids(company)
    assert (await ada.post(f"/people/anna/{path}", **fields)).status_code == 404
    assert await dids(company) == before


async def test_an_application_password_of_theirs_is_revoked_and_nobody_elses(ada, company):
    made = await company.services.app_passwords.add("ben", "iPhone", by=BY)
    number = str(made.app_password.id)
    assert (await ada.post("/people/anna/app-password/revoke", number=number)).status_code == 404
    await ada.get("/people/ben")
    page = await ada.post("/people/ben/app-password/revoke", number=number)
    assert "The application password is revoked" in page.text
    assert (await company.services.app_passwords.of("ben"))[1] == []


async def test_all_that_is_open_ends_but_who_asks_stays(ada, company):
    client = await connected(company, "anna", PASSWORD)
    phone = company.browser()
    await phone.sign_in("anna")
    page = await ada.get("/people/anna")
    assert "Connections of mail programs: 1." in page.text
    await ada.post("/people/anna/sessions/end")
    assert client.ended == "ended"
    assert (await phone.get("/me")).headers["location"].startswith("/sign-in")
    await ada.get("/people/ada")
    await ada.post("/people/ada/sessions/end")
    assert (await ada.get("/people")).status_code == 200


async def test_who_is_shut_out_comes_in_again_with_the_password_from_before(ada, company):
    client = await connected(company, "anna", PASSWORD)
    await ada.post("/people/anna/shut-out")
    assert client.ended == "disabled"
    assert "Shut out: nobody comes in" in ada.page.text
    await ada.post("/people/anna/let-in")
    assert "with the password from before" in ada.page.text
    await company.services.accounts.sign_in("anna", PASSWORD, Origin("imap"))


async def test_a_lost_phone(ada, company):
    await company.with_factor("anna")
    await ada.get("/people/anna")
    await ada.post("/people/anna/factor/remove", **{"typed-factor": "anna"})
    assert "The second factor is removed." in ada.page.text
    assert not (await company.account("anna")).second_factor


async def test_who_they_are_at_the_organisation_is_shown_and_forgotten(ada, company):
    anna = await company.account("anna")
    assert "Bound to nobody there" in (await ada.get("/people/anna")).text
    await company.database.write(lambda tx: tx.identities.bind(anna.id, "https://id.test", "s<1>"))
    page = await ada.get("/people/anna")
    assert "s<1>\u2069 at \u2068https://id.test" in html.unescape(page.text)
    await ada.post("/people/anna/single-sign-on/unbind")
    assert "Bound to nobody at the organisation any more." in ada.page.text
    assert (await ada.post("/people/anna/single-sign-on/unbind")).status_code == 422
    assert await company.database.read(lambda tx: tx.identities.of(anna.id)) is None


async def test_one_s_own_page_offers_nothing_that_shuts_oneself_out(ada, company):
    page = await ada.get("/people/ada")
    assert "This is your own account." in page.text and "<h2>Danger</h2>" not in page.text
    for path in ("/shut-out", "/role", "/password", "/leave", "/remove"):
        assert f'action="/people/ada{path}"' not in page.text
    before = await company.account("ada")
    told = "That is you: another admin has to do it."
    assert told in (await ada.post("/people/ada/shut-out")).text
    assert told in (await ada.post("/people/ada/role", role="staff")).text
    assert told in (await ada.post("/people/ada/password")).text
    assert told in (await ada.post("/people/ada/remove", **{"typed-remove": "ada"})).text
    assert await company.account("ada") == before and before.role is Role.ADMIN


async def test_what_was_done_is_told_by_our_own_pages_alone(ada):
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert "The role is changed" not in (await ada.get("/people/anna?done=role", **link)).text
    assert "The role is changed" in (await ada.get("/people/anna?done=role", **SAME)).text
    assert (await ada.get("/people/anna?done=nonsense", **SAME)).status_code == 200


async def test_the_set_up_file_of_who_has_a_password_already(ada):
    page = await ada.get("/people/anna")
    assert 'name="secret.anna" value=""' in page.text
    answer = await ada.post("/people/file", **{"secret.anna": ""})
    assert answer.headers["content-type"] == "application/zip"


HOSTILE = [
    "<b>x</b>\"'",
    "אבג שלום",
    "W" * 80,
    "{{ 7*7 }}{% raw %}",
    "%s{name}{0}",
    "</title><svg>",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_text_on_every_page(ada, company, name):
    await company.services.people.rename("anna", name, by=BY)
    await company.services.app_passwords.add("anna", name[:60], by=BY)
    stranger = company.browser(headers={"user-agent": name.encode("ascii", "ignore").decode()})
    await stranger.sign_in("anna")
    pages = [await ada.get(path) for path in ("/people", "/people/anna", "/people/anna/leave")]
    pages.append(await ada.post("/people/anna/leave"))
    pages.append(await ada.post("/people/anna/return"))
    await ada.get("/people/add")
    pages.append(await ada.post("/people/add", name=name, mailbox="support", login="anna"))
    pages.append(await ada.post("/people/add", name=name, mailbox="support", login="other"))
    await ada.get("/people")
    pages.append(await ada.post("/people/several/shut-out", **{f"tick.{name}": "on"}))
    pages.append(await ada.get(f"/people/{name[:20]}"))
    for page in pages:
        assert page.status_code in (200, 404, 422), page.url
        for bad in ("<b>x", "<svg>", ">49<", '"\'"'):
            assert bad not in page.text, page.url
        if page.status_code == 200 and page.headers["content-type"].startswith("text/html"):
            assert len(page.content) < 30_000


async def test_whoever_has_shown_who_they_are_stays_signed_in_when_it_fails(ada, company):
    """The session has another token by then."""
    company.clock.advance(seconds=400)
    await ada.get("/people/anna")
    page = await ada.post("/people/nobody/password", confirm_password=PASSWORD)
    assert page.status_code == 404
    assert (await ada.get("/people")).status_code == 200
    with pytest.raises(NotFound):
        await company.account("nobody")
