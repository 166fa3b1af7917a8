"""Who asks, may they, is the form ours (admin/web/console.py): docs/decisions/059-web-door.md."""

from __future__ import annotations

import itertools
import logging
import re

import httpx
import pytest

from admin.web.console import Console
from admin.web.forms import BODY_OCTETS, MOST_FIELDS
from admin.web.page import Go, Show, Typed, Visit, WebPage, Who
from admin.web.place import Place
from admin.web.routes import ROUTES
from admin.web.sign_in_pages import CODE, SIGN_IN
from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.networks import parsed_networks
from proxyd.domain.types import Role
from proxyd.domain.web_session import STEP_UP_S
from tests.admin.web.conftest import BY, ORIGIN, PASSWORD, Browser

POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
STEP_UPS = [row for row in ROUTES if row.step_up]


# What stands for a part of an address; of another part its own name.
PARTS = {"login": "ben", "name": "support"}


def concrete(row: WebPage) -> str:
    return re.sub(r"{(\w+)}", lambda part: PARTS.get(part[1], part[1]), row.path)


def field_of(typed: Typed) -> str:
    return f"{typed.name}.1" if typed.many else typed.name


# ------------------------------------------------------------------ headers, on every answer


async def answers(browser: Browser) -> list[httpx.Response]:
    page = await browser.get("/sign-in")
    css = page.text.partition('href="/static/')[2].partition('"')[0]
    return [
        page,
        await browser.get("/"),
        await browser.get("/nothing"),
        await browser.get("/static/nothing"),
        await browser.client.get("/", headers={"host": "evil.example"}),
        await browser.client.get(f"/static/{css}"),
        await browser.client.post("/sign-in", data={}),
        await browser.client.put("/me", content=b"x"),
        await browser.sign_in("anna"),
    ]


async def test_each_answer_runs_nothing_and_tells_nobody(browser):
    for answer in await answers(browser):
        told = answer.headers
        nonces = re.findall(r'<script nonce="([^"]+)"', answer.text)  # who is signed in has keys
        allowed = f"'nonce-{nonces[0]}'" if nonces else "'none'"
        policy = POLICY.replace("script-src 'none'", f"script-src {allowed}")
        assert told["content-security-policy"] == policy, answer
        assert told["x-content-type-options"] == "nosniff"
        assert told["referrer-policy"] == "no-referrer"
        assert told["cross-origin-opener-policy"] == "same-origin"
        assert told["cross-origin-resource-policy"] == "same-origin"
        assert told["permissions-policy"].startswith("publickey-credentials-create=(self)")
        assert told["strict-transport-security"] == "max-age=63072000"
        assert not [name for name in told if name.startswith("access-control")]
        assert "server" not in told


async def test_only_what_never_changes_is_kept(browser):
    for answer in await answers(browser):
        kept = answer.headers.get("cache-control", "")
        if answer.request.url.path.startswith("/static/") and answer.status_code == 200:
            assert kept == "max-age=31536000, immutable"
        elif answer.status_code != 421:
            assert kept == "no-store", answer


async def test_a_file_of_another_version_is_none(browser):
    assert (await browser.get("/static/console.css?v=0")).status_code == 404
    assert (await browser.get("/static/../console.py")).status_code == 404
    assert (await browser.get("/static/%2e%2e%2fconsole.py")).status_code == 404


# ------------------------------------------------------------------ the name


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "console.example.test:444", ""])
async def test_only_our_name_is_answered(browser, host):
    answer = await browser.client.get("/sign-in", headers={"host": host})
    assert answer.status_code == 421 and answer.text == ""


async def test_our_name_in_capitals_is_ours(browser):
    answer = await browser.client.get("/sign-in", headers={"host": "Console.Example.TEST"})
    assert answer.status_code == 200


# ------------------------------------------------------------------ foreign pages

SITES: dict[str, dict[str, str]] = {
    "same origin": {"sec-fetch-site": "same-origin"},
    "same origin, older browser": {"origin": ORIGIN},
    "neighbour": {"sec-fetch-site": "same-site", "origin": ORIGIN},
    "foreign": {"sec-fetch-site": "cross-site"},
    "typed": {"sec-fetch-site": "none"},
    "foreign, older browser": {"origin": "https://evil.example"},
    "hidden origin": {"origin": "null"},
    "says nothing": {},
}
GOOD = ("same origin", "same origin, older browser")


@pytest.mark.parametrize("token", ["good", "none", "other", "of-another"])
@pytest.mark.parametrize("site", SITES)
async def test_a_form_needs_both_our_page_and_its_token(company, site, token):
    """Each pair of good and bad; before there is a session, and within one."""
    browser, other = company.browser(), company.browser()
    await other.sign_in("ben")
    for login_first in (False, True):
        if login_first:
            await browser.sign_in("anna")
        await browser.get("/me" if login_first else "/sign-in")
        tokens = {"good": browser.token(), "other": "A" * 43, "of-another": other.token()}
        fields = {"login": "anna", "password": PASSWORD, "name": "PC", "imap": "on"}
        if token in tokens:
            fields["form_token"] = tokens[token]
        path = "/me/app-passwords" if login_first else "/sign-in"
        answer = await browser.client.post(path, data=fields, headers=SITES[site])
        good = site in GOOD and token == "good"
        assert (answer.status_code in (200, 303)) == good, (login_first, answer.status_code)
        if not good:
            assert answer.status_code == 403 and "set-cookie" not in answer.headers
    made = (await company.services.app_passwords.of("anna"))[1]
    assert bool(made) == (site in GOOD and token == "good")


async def test_a_link_may_lead_here_but_nothing_of_ours_is_a_part_of_a_foreign_page(anna):
    page = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert (await anna.get("/me", **page, **{"sec-fetch-dest": "document"})).status_code == 200
    for bad in (
        {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
    ):
        answer = await anna.get("/me", **{"sec-fetch-site": "cross-site"}, **bad)
        assert answer.status_code == 403 and "Anna" not in answer.text


async def test_what_was_done_is_told_by_our_own_pages_alone(anna):
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    told = "The password is changed"
    assert told not in (await anna.get("/me?done=password", **link)).text
    assert told in (await anna.get("/me?done=password", **{"sec-fetch-site": "same-origin"})).text


# ------------------------------------------------------------------ roles and routes

PEOPLE = {Role.STAFF: "anna", Role.ADMIN: "ada", Role.AUDITOR: "otto"}


def test_each_address_is_in_the_table_once():
    found = [(row.method, row.path) for row in ROUTES]
    assert len(found) == len(set(found))
    assert {row.method for row in ROUTES} == {"GET", "POST"}
    assert not [row for row in ROUTES if row.method == "GET" and (row.form or row.step_up)]


@pytest.mark.parametrize("who", ["nobody", "half-way", *PEOPLE])
async def test_each_row_for_each_role(company, who):
    """Nobody and who is half way get no further than their next step; who has no right, 404."""
    browser = company.browser()
    if who == "half-way":
        await company.with_factor("ben")
        await browser.sign_in("ben")
    elif who != "nobody":
        await browser.sign_in(PEOPLE[who])
    for row in sorted(ROUTES, key=lambda row: row.path == "/sign-out"):
        await browser.get("/sign-in")
        path = concrete(row)
        if row.method == "GET":
            answer = await browser.client.get(path)
        else:
            fields = {"form_token": browser.token()}
            sent = {"sec-fetch-site": "same-origin"}
            answer = await browser.client.post(path, data=fields, headers=sent)
        told = (answer.status_code, answer.headers.get("location", "").partition("?")[0])
        if row.who is Who.ANYBODY:
            assert told[0] < 404 or told[0] == 422, row
        elif who == "nobody":
            assert told == ((303, SIGN_IN) if row.method == "GET" else (401, "")), row
        elif who == "half-way":
            late = row.who is not Who.HALF_WAY
            if late:
                assert told == ((303, CODE) if row.method == "GET" else (401, "")), row
        elif row.who is Who.HALF_WAY:
            assert told[0] == 303, row
        elif who not in row.roles:
            assert told[0] == 404, row
        else:
            assert told[0] in (200, 303, 404, 422), row  # 404: no such number of a session


async def only_admins(_visit: Visit) -> Go:
    return Go("/secret")


async def test_no_right_is_answered_as_no_page(company):
    rows = (*ROUTES, WebPage("GET", "/admins", only_admins, roles=frozenset({Role.ADMIN})))
    console = Console(company.services, company.console._place, rows)
    told = {}
    for login in ("ada", "anna", "otto"):
        browser = Browser(console)
        await browser.sign_in(login)
        answer = await browser.get("/admins")
        unknown = await browser.get("/adminss")
        told[login] = answer.status_code
        if login != "ada":
            same = ("content-length", "date", "set-cookie")
            assert answer.content == unknown.content and answer.status_code == unknown.status_code
            assert {n for n in answer.headers if n not in same} == {
                n for n in unknown.headers if n not in same
            }
    assert told == {"ada": 303, "anna": 404, "otto": 404}


# ------------------------------------------------------------------ step-up


def test_what_concerns_signing_in_asks_once_more():
    asked = {row.path for row in STEP_UPS}
    assert asked >= {f"/me/second-factor{part}" for part in ("", "/confirm", "/codes", "/remove")}


@pytest.mark.parametrize("row", STEP_UPS, ids=concrete)
async def test_after_five_minutes_it_is_asked_for_in_place_and_goes_on(company, row):
    browser = company.browser()
    await browser.sign_in(next(login for role, login in PEOPLE.items() if role in row.roles))
    company.clock.advance(seconds=STEP_UP_S - 1)
    await browser.get("/me")
    fresh = await browser.post(concrete(row))
    assert fresh.status_code != 401
    await browser.get("/me")
    company.clock.advance(seconds=1)
    before = browser.cookie()
    fields = {field_of(one): "kept it"[: one.longest] for one in row.form}
    answer = await browser.post(concrete(row), **fields)
    assert answer.status_code == 401 and "Show that it is you" in answer.text
    for one in row.form:
        assert (f'name="{field_of(one)}" value="kept it"' in answer.text) == (not one.secret)
    answer = await browser.post(concrete(row), confirm_password="wrong", **fields)
    assert answer.status_code == 422 and browser.problems() == ["Password or code is wrong."]
    assert browser.cookie() == before
    answer = await browser.post(concrete(row), confirm_password=PASSWORD, **fields)
    assert answer.status_code in (200, 404, 422) and "Show that it is you" not in answer.text
    assert browser.cookie() != before


async def test_who_has_a_second_factor_shows_it_too(company):
    secret, _ = await company.with_factor("anna")
    browser = company.browser()
    await browser.sign_in("anna")
    await browser.post("/sign-in/code", code=company.code(secret))
    company.clock.advance(seconds=STEP_UP_S)
    await browser.post("/me/second-factor/codes")
    answer = await browser.post("/me/second-factor/codes", confirm_password=PASSWORD)
    assert answer.status_code == 422
    answer = await browser.post(
        "/me/second-factor/codes", confirm_password=PASSWORD, confirm_code=company.code(secret)
    )
    assert answer.status_code == 200 and "Recovery codes" in answer.text
    (proven,) = [
        one.detail["factors"]
        for one in await company.records(action="session")
        if one.detail["did"] == "web session proven" and "password" in one.detail["factors"]
    ]
    assert proven == ["password", "app"]


async def test_somebody_elses_password_proves_nothing(anna, company):
    """Also where the field is used to sign in as another."""
    await company.services.people.set_password("ben", by=BY, password="ben has another")
    company.clock.advance(seconds=STEP_UP_S)
    await anna.post("/me/second-factor")
    answer = await anna.post("/me/second-factor", confirm_password="ben has another")
    assert answer.status_code == 422


# ------------------------------------------------------------------ limits

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"a=" + b"x" * BODY_OCTETS, FORM, 413),
        (b"&".join(b"f%d=1" % n for n in range(MOST_FIELDS + 1)), FORM, 400),
        (b"login=%ff%fe", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"{}", "application/json", 400),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400),
        (b"login=" + b"x" * 201, FORM, 413),
        (b"", "", 400),
    ],
)
async def test_what_is_too_much_or_no_form_is_refused_before_anything(
    browser, company, content, kind, status
):
    await browser.get("/sign-in")
    headers = {"sec-fetch-site": "same-origin", "content-type": kind}
    answer = await browser.client.post("/sign-in", content=content, headers=headers)
    assert answer.status_code == status and "Nothing was changed" in answer.text
    assert await company.records(action="login") == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"])
async def test_nothing_but_get_and_post(anna, company, method):
    answer = await anna.client.request(method, "/me/app-passwords")
    assert answer.status_code == 405
    if method != "HEAD":
        assert (await anna.client.request(method, "/me")).status_code == 405


# ------------------------------------------------------------------ what goes wrong


async def failing(_visit: Visit) -> Show:
    raise RuntimeError("a secret of the inside")


async def unwritten(_visit: Visit) -> Show:
    raise StoreUnavailable("disk full")


async def test_a_fault_tells_a_reference_and_nothing_of_the_inside(company, caplog):
    rows = (*ROUTES, WebPage("GET", "/failing", failing, Who.ANYBODY))
    browser = Browser(Console(company.services, company.console._place, rows))
    with caplog.at_level(logging.ERROR):
        answer = await browser.get("/failing")
    assert answer.status_code == 500 and "secret" not in answer.text
    reference = caplog.records[-1].getMessage().rpartition(" ")[2]
    assert len(reference) == 12 and reference in answer.text
    assert "a secret of the inside" in caplog.text


async def test_without_a_record_nothing_is_done(company):
    rows = (*ROUTES, WebPage("GET", "/unwritten", unwritten, Who.ANYBODY))
    browser = Browser(Console(company.services, company.console._place, rows))
    answer = await browser.get("/unwritten")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "60"
    assert "without a record nothing is done" in answer.text


# ------------------------------------------------------------------ hostile names

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "\u202egpj.exe",
    "&lt;b&gt;&amp;",
    "</title><svg onload=alert(1)>",
    "%s{name}{0}",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_text_on_every_page(company, name):
    """The person's, the device's, and what the browser says of itself."""
    shown = name.replace("\u202e", "")  # refused as a name: it cannot be seen
    await company.services.people.rename("anna", shown, by=BY)
    browser = company.browser(headers={"user-agent": name.encode("ascii", "ignore").decode()})
    await browser.sign_in("anna")
    pages = [await browser.post("/me/app-passwords", name=shown, imap="on")]
    pages.append(await browser.post("/me/app-passwords", name=name, imap="on"))
    pages += [await browser.get(path) for path in ("/me", "/me/record", "/nothing")]
    await browser.get("/me")
    pages.append(await browser.post("/me/second-factor"))
    pages.append(await browser.post("/me/second-factor/confirm", device=name, code="1"))
    company.clock.advance(seconds=STEP_UP_S)
    pages.append(await browser.post("/me/second-factor/confirm", device=name))
    pages.append(await browser.get("/sign-in"))
    pages.append(await browser.post("/sign-in", login=name, password="x"))
    for page, bad in itertools.product(pages, ("<script>", "<img", "<svg onload", " onfocus='")):
        assert bad not in page.text, page.url
        assert ">49<" not in page.text


# ------------------------------------------------------------------ anything that can be sent

NASTY = [
    "\0",
    "a\0b",
    "\x1b[2J",
    "\ufffe\uffff",
    "𝟙𝟚𝟛𝟜𝟝𝟞",
    "ｓｕｐｐｏｒｔ",
    "%00%0d%0aSet-Cookie: x=y",
    "../../etc/passwd",
    "9" * 60,
    "-1",
    "é" * 60,
    "🙂" * 20,
    " \t\r\n ",
]


@pytest.mark.parametrize("login", PEOPLE.values())
@pytest.mark.parametrize("text", NASTY)
async def test_whatever_is_typed_is_answered_and_breaks_nothing(browser, login, text):
    await browser.sign_in(login)
    for row in ROUTES:
        if row.method != "POST" or row.path == "/sign-out":
            continue
        await browser.get("/me" if row.who is not Who.ANYBODY else "/sign-in")
        fields = {field_of(one): text[: one.longest] for one in row.form}
        answer = await browser.client.post(
            concrete(row),
            data={"form_token": browser.token(), **fields},
            headers={"sec-fetch-site": "same-origin"},
        )
        assert answer.status_code < 500, row
        assert "set-cookie" not in answer.headers.get("location", "").lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "__Host-proxyd=; __Host-proxyd-form=\xff; x"},
        {"cookie": "__Host-proxyd=" + "A" * 4000},
        {"cookie": "; ".join(f"__Host-proxyd={n}" * 2 for n in range(50))},
        {"accept-language": "ja;q=x,,;;,\xff"},
        {"user-agent": "\x1b[2J" + "x" * 4000},
        {"x-forwarded-for": "<script>, 127.0.0.1"},
        {"forwarded": "for=_hidden"},
        {"sec-fetch-site": "nonsense"},
        {"authorization": "Basic YTpi"},
    ],
)
async def test_whatever_a_browser_says_of_itself_breaks_nothing(browser, headers):
    sent = {name: value.encode("latin-1") for name, value in headers.items()}
    for path in ("/", "/sign-in", "/me", "/nothing?\xff=%ff&why=ended&done=x", "/static/x?v=%00"):
        answer = await browser.client.get(path, headers=sent)
        assert answer.status_code in (200, 303, 403, 404), (path, answer.status_code)


# ------------------------------------------------------------------ scripts, where a page has any


async def scripted(_visit: Visit) -> Show:
    return Show("error.html", {"status": 404, "reference": ""})


async def test_a_page_with_a_script_has_a_nonce_of_its_own_each_time(company):
    page = WebPage("GET", "/scripted", scripted, Who.ANYBODY, scripts=("console.js",))
    browser = Browser(Console(company.services, company.console._place, (*ROUTES, page)))
    nonces = set()
    for _ in range(3):
        answer = await browser.get("/scripted")
        nonce = answer.text.partition('<script nonce="')[2].partition('"')[0]
        assert len(nonce) >= 22
        assert f"script-src 'nonce-{nonce}';" in answer.headers["content-security-policy"]
        nonces.add(nonce)
    assert len(nonces) == 3
    path = answer.text.partition('src="')[2].partition('"')[0]
    script = await browser.get(path)
    assert script.status_code == 200
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "<script" not in (await browser.get("/sign-in")).text


async def test_behind_a_web_server_the_log_has_the_client_s_address(company):
    place = Place(ORIGIN, parsed_networks(["192.0.2.7"]))
    browser = Browser(Console(company.services, place), address="192.0.2.7")
    browser.headers["x-forwarded-for"] = "203.0.113.66, 198.51.100.9"
    await browser.sign_in("anna")
    stranger = Browser(Console(company.services, place), address="192.0.2.8")
    stranger.headers["x-forwarded-for"] = "198.51.100.9"
    await stranger.sign_in("anna")
    came = [one.origin.address for one in await company.records(action="login")]
    assert came == ["198.51.100.9", "192.0.2.8"]
