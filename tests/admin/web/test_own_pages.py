"""One's own account, part by part (admin/web/own_*.py)."""

from __future__ import annotations

import re

import pyotp
import pytest

from admin.web.routes import ROUTES
from proxyd.domain.app_passwords import MOST, Scope, secret_in
from proxyd.domain.errors import NeedsAppPassword, SignInFailed
from proxyd.domain.types import Origin
from tests.admin.web.conftest import BY, PASSWORD

LAPTOP = Origin("imap", "192.0.2.9", "Thunderbird")


async def mail(company, login, password, door="imap"):
    return await company.services.accounts.sign_in(login, password, Origin(door, "192.0.2.9"))


class Connection:
    """An open mail session."""

    def __init__(self) -> None:
        self.ended = ""

    def end(self, reason: str) -> None:
        self.ended = reason


async def connected(company, login, password):
    account = await mail(company, login, password)
    connection = Connection()
    company.services.accounts.register(account, connection)
    return connection


# ------------------------------------------------------------ application passwords


async def test_an_application_password_is_shown_once_and_opens_mail(anna, company):
    answer = await anna.post("/me/app-passwords", name="  iPhone ", imap="on")
    secret = anna.told("app-password")
    assert secret_in(secret) and "Application password for" in answer.text
    assert (await mail(company, "anna", secret)).login == "anna"
    with pytest.raises(SignInFailed):  # not asked for: sending
        await mail(company, "anna", secret, "smtp")
    page = await anna.get("/me")
    assert secret not in page.text and "iPhone" in page.text and "IMAP" in page.text
    assert "192.0.2.9" in page.text
    assert secret not in (await anna.get("/me/record")).text
    (record,) = [
        one
        for one in await company.records(action="admin")
        if one.detail["did"] == "app-password add"
    ]
    assert record.actor == "anna" and record.origin.door == "web" and record.origin.session
    assert secret not in str(record)


@pytest.mark.parametrize(
    ("name", "scopes", "problem"),
    [
        ("", {"imap": "on"}, "Write a name."),
        ("x" * 61, {"imap": "on"}, "The name is too long: write at most 60 characters."),
        ("12", {"imap": "on"}, "A name can't be a number: write a word too."),
        ("a\u202eb", {"imap": "on"}, "There are characters that can't be seen. Leave them out."),
        ("IPHONE", {"imap": "on"}, "You have one of that name. Write another."),
        ("PC", {}, "Choose reading, sending, or both."),
    ],
)
async def test_what_can_not_be_used_is_told_at_its_field(anna, company, name, scopes, problem):
    await company.services.app_passwords.add("anna", "iPhone", by=BY)
    answer = await anna.post("/me/app-passwords", name=name, **scopes)
    assert answer.status_code == 422
    assert anna.problems() == [problem]
    assert "<title>Error:" in answer.text and 'href="#name"' in answer.text
    assert len((await company.services.app_passwords.of("anna"))[1]) == 1


async def test_more_than_anybody_has_are_refused_in_words(anna, company):
    for number in range(MOST):
        await company.services.app_passwords.add("anna", f"device {number}", by=BY)
    await anna.post("/me/app-passwords", name="one more", imap="on")
    assert anna.problems()[0].startswith("You have 50 application passwords")


async def test_revoking_ends_what_it_opened_and_nothing_else(anna, company):
    phone = await company.services.app_passwords.add("anna", "Phone", by=BY)
    pc = await company.services.app_passwords.add("anna", "PC", by=BY)
    on_phone = await connected(company, "anna", phone.secret)
    on_pc = await connected(company, "anna", pc.secret)
    await anna.get("/me")
    number = str(phone.app_password.id)
    answer = await anna.post("/me/app-passwords/revoke", number=number)
    assert "The application password is revoked" in answer.text
    assert on_phone.ended and not on_pc.ended


async def test_nobody_revokes_what_is_anothers(anna, company):
    bens = await company.services.app_passwords.add("ben", "Phone", by=BY)
    for which in (str(bens.app_password.id), "Phone", "999"):
        await anna.get("/me")
        answer = await anna.post("/me/app-passwords/revoke", number=which)
        assert answer.status_code == 404
    assert len((await company.services.app_passwords.of("ben"))[1]) == 1


@pytest.mark.parametrize("login", ["otto", "ada"])
async def test_who_reads_no_mail_is_offered_none_and_can_make_none(browser, company, login):
    await browser.sign_in(login)
    answer = await browser.get("/me")
    assert "Your role reads no mail" in answer.text
    assert 'action="/me/app-passwords"' not in answer.text
    answer = await browser.post("/me/app-passwords", name="iPhone", imap="on")
    assert answer.status_code == 422
    assert "an application password would open nothing." in answer.text
    assert (await company.services.app_passwords.of(login))[1] == []


async def test_who_has_no_mailbox_yet_is_told_that_it_opens_nothing(browser, company):
    await company.services.people.add("emi", "Emi", by=BY, password=PASSWORD)
    said = "opens nothing until an admin gives you one"
    await browser.sign_in("emi")
    assert said in (await browser.get("/me")).text
    assert said not in (await browser.sign_in("anna")).text


# ------------------------------------------------------------ the second factor


async def set_up(browser):
    await browser.get("/me")
    await browser.post("/me/second-factor")
    return browser.told("key").replace(" ", "")


async def test_it_tells_what_follows_before_it_is_confirmed(anna, company):
    phone = await company.services.app_passwords.add("anna", "Phone", by=BY)
    connections = [await connected(company, "anna", PASSWORD) for _ in range(2)]
    on_phone = await connected(company, "anna", phone.secret)
    await set_up(anna)
    text = anna.page.text
    assert "Mail connections with your own password that end at once: 2." in text
    assert not any(one.ended for one in connections)
    key = anna.told("key").replace(" ", "")
    code = company.code(key)
    await anna.post("/me/second-factor/confirm", code=code, device="Thunderbird")
    assert [one.ended for one in connections] == ["app-password-needed"] * 2
    assert not on_phone.ended
    with pytest.raises(NeedsAppPassword):
        await mail(company, "anna", PASSWORD)
    with pytest.raises(NeedsAppPassword):
        await mail(company, "anna", PASSWORD, "smtp")
    for door in Scope:
        assert await mail(company, "anna", anna.told("app-password"), door)


async def test_the_key_and_the_codes_are_shown_once(anna, company):
    key = await set_up(anna)
    answer = await anna.post("/me/second-factor/confirm", code=company.code(key))
    codes = re.findall(r"<li>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){5})</li>", answer.text)
    assert len(set(codes)) == 10 and "set up" in answer.text
    for path in ("/me", "/me/record"):
        text = (await anna.get(path)).text
        assert key not in text and not [code for code in codes if code in text]
    assert "Recovery codes left: 10." in (await anna.get("/me")).text
    everything = str(await company.records())
    assert key not in everything and codes[0] not in everything


async def test_this_browser_goes_on_under_another_token_and_all_others_end(anna, company):
    other = company.browser()
    await other.sign_in("anna")
    key = await set_up(anna)
    before = anna.cookie()
    await anna.post("/me/second-factor/confirm", code=company.code(key))
    assert anna.cookie() != before and (await anna.get("/me")).status_code == 200
    assert (await other.get("/me")).status_code == 303


async def test_a_wrong_code_shows_the_same_key_again_and_shuts_nobody_out(anna, company):
    key = await set_up(anna)
    for code, problem in (("", "Type the code that your app shows."), ("000000", "wrong")):
        answer = await anna.post("/me/second-factor/confirm", code=code, device="My PC")
        assert answer.status_code == 422 and problem in anna.problems()[0]
        assert anna.told("key").replace(" ", "") == key and 'value="My PC"' in answer.text
    assert await mail(company, "anna", PASSWORD)


async def test_the_qr_code_is_the_key_s(anna):
    key = await set_up(anna)
    assert pyotp.TOTP(key).now()
    assert '<svg class="qr"' in anna.page.text and "style=" not in anna.page.text


@pytest.mark.parametrize(
    ("device", "problem"),
    [
        ("pc", "You have one of that name. Write another."),
        ("x" * 61, "The name is too long: write at most 60 characters."),
        ("12", "A name can't be a number: write a word too."),
        ("a\u202eb", "There are characters that can't be seen. Leave them out."),
    ],
)
async def test_a_device_s_name_is_looked_at_before_anything_is_changed(
    anna, company, device, problem
):
    await company.services.app_passwords.add("anna", "PC", by=BY)
    own = await connected(company, "anna", PASSWORD)
    key = await set_up(anna)
    fields = {"code": company.code(key), "device": device}
    answer = await anna.post("/me/second-factor/confirm", **fields)
    assert answer.status_code == 422 and anna.problems() == [problem]
    assert anna.told("key").replace(" ", "") == key
    assert not own.ended and not (await company.account("anna")).second_factor
    fields = {"code": company.code(key), "device": "PC 2"}
    answer = await anna.post("/me/second-factor/confirm", **fields)
    assert answer.status_code == 200 and own.ended
    assert await mail(company, "anna", anna.told("app-password"))


async def test_a_name_that_another_window_takes_meanwhile_costs_the_password_alone(
    anna, company, monkeypatch
):
    key = await set_up(anna)
    confirm = company.services.factors.confirm_app

    async def slow(*words, **more):
        done = await confirm(*words, **more)
        await company.services.app_passwords.add("anna", "PC", by=BY)
        return done

    monkeypatch.setattr(company.services.factors, "confirm_app", slow)
    answer = await anna.post("/me/second-factor/confirm", code=company.code(key), device="pc")
    assert "No application password was made" in answer.text
    assert (await company.account("anna")).second_factor


async def test_who_begins_once_more_has_the_same_key(anna, company):
    key = await set_up(anna)
    assert await set_up(anna) == key and "void" not in anna.page.text
    answer = await anna.post("/me/second-factor/confirm", code=company.code(key))
    assert answer.status_code == 200 and (await company.account("anna")).second_factor


async def test_a_key_that_another_sign_in_was_shown_is_void_and_that_is_said(anna, company):
    """Whoever has seen it may not be this person."""
    other = company.browser()
    await other.sign_in("anna")
    former = await set_up(other)
    key = await set_up(anna)
    assert key != former and "is void: take it out of your app" in anna.page.text
    assert (await anna.post("/me/second-factor/confirm", code=company.code(former))).is_error
    assert (await anna.post("/me/second-factor/confirm", code=company.code(key))).is_success


async def test_new_recovery_codes_make_the_old_ones_worthless(company):
    secret, old = await company.with_factor("anna")
    browser = company.browser()
    await browser.sign_in("anna")
    await browser.post("/sign-in/code", code=company.code(secret))
    answer = await browser.post("/me/second-factor/codes")
    new = re.findall(r"<li>([A-Z2-7-]{29})</li>", answer.text)
    assert len(new) == 10 and not set(new) & set(old)
    await browser.sign_in("anna")
    assert (await browser.post("/sign-in/code", code=old[0])).status_code == 422
    assert (await browser.post("/sign-in/code", code=new[0])).status_code == 200


async def test_removed_the_password_opens_both_again(company):
    secret, _ = await company.with_factor("anna")
    browser = company.browser()
    await browser.sign_in("anna")
    await browser.post("/sign-in/code", code=company.code(secret))
    answer = await browser.post("/me/second-factor/remove")
    assert "The second factor is removed." in answer.text
    assert await mail(company, "anna", PASSWORD)
    assert (await company.browser().sign_in("anna")).url.path == "/"


async def test_what_was_done_in_another_window_is_no_fault(anna, company):
    await set_up(anna)
    for path in ("codes", "remove", "confirm"):
        await anna.get("/me")
        if path == "confirm":
            await company.database.write(lambda tx: tx.second_factors.remove(1))
        answer = await anna.post(f"/me/second-factor/{path}", code="123456")
        assert answer.url.path in ("/me", "/me/second-factor/codes", "/me/second-factor/confirm")
        assert answer.status_code in (200, 303, 422)


# ------------------------------------------------------------ the password


async def test_one_changes_one_s_own_password(anna, company):
    other = company.browser()
    await other.sign_in("anna")
    on_mail = await connected(company, "anna", PASSWORD)
    before = anna.cookie()
    new = "nine purple umbrellas"
    answer = await anna.post("/me/password", current=PASSWORD, new=new, again=new)
    assert "The password is changed." in answer.text and anna.cookie() != before
    assert on_mail.ended == "password"
    assert (await other.get("/me")).status_code == 303
    assert (await company.browser().sign_in("anna", PASSWORD)).status_code == 422
    assert (await company.browser().sign_in("anna", new)).url.path == "/"
    records = str(await company.records())
    assert new not in records and PASSWORD not in records


@pytest.mark.parametrize(
    ("current", "new", "again", "problem"),
    [
        ("wrong", "nine purple umbrellas", None, "The current password is wrong."),
        ("", "nine purple umbrellas", None, "The current password is wrong."),
        (PASSWORD, "nine purple umbrellas", "nine", "The two are not the same."),
        (PASSWORD, "short", None, "Write at least 8 characters."),
        (PASSWORD, "x" * 201, None, "Write at most 200 characters."),
        (PASSWORD, "sunshine1", None, "That one is in every list of stolen passwords."),
        (PASSWORD, "supportanna", None, "That is little more than a name or word"),
        (PASSWORD, "abc\u202edefgh", None, "There are characters that can't be seen."),
    ],
)
async def test_a_password_that_is_refused_changes_nothing(
    anna, company, current, new, again, problem
):
    fields = {"current": current, "new": new, "again": new if again is None else again}
    answer = await anna.post("/me/password", **fields)
    assert answer.status_code == 422 and anna.problems()[0].startswith(problem)
    fields = re.findall(r'<input[^>]*type="password"[^>]*>', answer.text)
    assert len(fields) == 3 and "value=" not in str(fields)
    assert (await company.browser().sign_in("anna")).url.path == "/"


async def test_pages_mask_passwords_and_let_managers_fill_and_paste(anna):
    pages = [await anna.get("/me"), await anna.get("/sign-in")]
    fields = re.findall(
        r'<input[^>]*name="(?:password|current|new|again)"[^>]*>',
        str([page.text for page in pages]),
    )
    assert len(fields) == 4
    for one in fields:
        assert 'type="password"' in one and 'maxlength="1000"' in one
        assert re.search(r'autocomplete="(current|new)-password"', one)
        assert "onpaste" not in one and "readonly" not in one


# ------------------------------------------------------------ sessions


async def test_one_sees_where_one_is_signed_in_and_ends_it(anna, company):
    phone = company.browser(address="198.51.100.4", headers={"user-agent": "Phone 1"})
    await phone.sign_in("anna")
    page = await anna.get("/me")
    assert "198.51.100.4" in page.text and "Phone 1" in page.text and "this one" in page.text
    (number,) = re.findall(r'name="number" value="(\d+)"', page.text)
    answer = await anna.post("/me/sessions/end", number=number)
    assert "The session is ended." in answer.text
    assert (await phone.get("/me")).status_code == 303
    assert (await anna.get("/me")).status_code == 200


async def test_all_others_end_at_once(anna, company):
    others = [company.browser() for _ in range(3)]
    for one in others:
        await one.sign_in("anna")
    await anna.get("/me")
    await anna.post("/me/sessions/end-others")
    assert [(await one.get("/me")).status_code for one in others] == [303] * 3
    assert (await anna.get("/me")).status_code == 200


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 18, "１", "ben's"])
async def test_nobody_ends_what_is_anothers(anna, company, number):
    ben = company.browser()
    await ben.sign_in("ben")
    if number == "ben's":
        (theirs,) = await company.services.sessions.of(await company.account("ben"))
        number = str(theirs.number)
    await anna.get("/me")
    assert (await anna.post("/me/sessions/end", number=number)).status_code == 404
    assert (await ben.get("/me")).status_code == 200


# ------------------------------------------------------------ the record


async def test_one_reads_what_was_done_with_one_s_account_and_nothing_else(anna, company):
    await company.browser(address="203.0.113.5").sign_in("anna", "guess")
    await company.services.app_passwords.add("ben", "Ben's phone", by=BY)
    await company.with_factor("anna")
    browser = company.browser()
    await browser.sign_in("anna")
    text = (await browser.get("/sign-in/code")).text
    assert "203.0.113.5" not in text
    await company.services.factors.remove("anna", by=BY)
    await browser.sign_in("anna")
    text = (await browser.get("/me/record")).text
    for told in ("203.0.113.5", "refused", "Account added", "Second factor set up", "root@cli"):
        assert told in text, told
    assert "Ben" not in text
    asked = [one.detail for one in await company.records(action="audit")]
    assert asked == [{"did": "own account"}]


# ------------------------------------------------------------ together


async def test_a_password_from_an_admin_goes_past_no_second_factor(company):
    """Nor does it take one away: who has forgotten both asks for both."""
    await company.with_factor("anna")
    new = await company.services.people.set_password("anna", by=BY)
    browser = company.browser()
    answer = await browser.sign_in("anna", new.generated)
    assert 'name="code"' in answer.text
    assert (await browser.get("/me")).headers["location"] == "/sign-in/code"


async def test_signing_out_is_in_sight_on_each_page(anna):
    pages = [await anna.get(row.path) for row in ROUTES if row.method == "GET"]
    html = [page for page in pages if page.headers.get("content-type", "").startswith("text/html")]
    shown = [page for page in html if page.status_code == 200]
    assert len(shown) >= 3
    await anna.get("/me")
    shown.append(await anna.post("/me/app-passwords", name="x", imap="on"))
    await anna.get("/me")
    shown.append(await anna.post("/me/second-factor"))
    for page in shown:
        assert 'action="/sign-out"' in page.text, page.url


# ------------------------------------------------------------------ an admin is faster

THEIRS = "quiet brown otters"


@pytest.fixture
def reset_meanwhile(company, monkeypatch):
    """Between the look at a password and what is done with the answer."""
    services, sign_in = company.services, company.services.accounts.sign_in

    async def slow(login, password, origin):
        account = await sign_in(login, password, origin)
        await services.people.set_password(login, by=BY, password=THEIRS)
        return account

    def begin():
        monkeypatch.setattr(services.accounts, "sign_in", slow)

    yield begin


async def test_an_admins_new_password_is_not_undone_by_who_changes_their_own(
    company, anna, reset_meanwhile, hasher
):
    own = "nine old lanterns"
    await anna.get("/me")
    reset_meanwhile()
    await anna.post("/me/password", current=PASSWORD, new=own, again=own)
    _, password_hash = await company.database.read(lambda tx: tx.accounts.find("anna"))
    assert hasher.verify(THEIRS, password_hash)
    assert (await anna.get("/me")).headers["location"].startswith("/sign-in")


async def test_no_session_begins_with_a_password_that_was_exchanged(company, reset_meanwhile):
    reset_meanwhile()
    browser = company.browser()
    answer = await browser.sign_in("anna")
    assert answer.status_code == 422 and not browser.cookie()
    account = await company.account("anna")
    assert await company.services.sessions.of(account) == []


async def test_keys_are_on_until_they_are_switched_off_in_this_browser(anna, company):
    page = await anna.get("/me")
    assert "/static/keys.js?" in page.text and 'data-go="y"' in page.text
    page = await anna.post("/me/keys", keys="off")
    assert "Saved for this browser" in page.text and "/static/keys.js?" not in page.text
    assert "Letters do nothing" in page.text
    assert "/static/keys.js?" in (await anna.post("/me/keys", keys="on")).text
