"""What mail clients are handed out (admin/client_pages.py)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from admin.client_pages import AUTOCONFIG, OUTLOOK, OUTLOOK_2, ClientPages
from admin.client_setup.autoconfig import autoconfig
from admin.client_setup.autodiscover import INVALID_REQUEST, autodiscover, refusal
from admin.client_setup.thunderbird_addon import TAGS_PATH
from proxyd.domain.client_facts import ClientFacts
from tests.admin.client_setup.some_facts import FACTS, SALES, SUPPORT
from tests.admin.client_setup.test_autodiscover import request

ABROAD = replace(SALES, address="sales@青葉.test")
TWO = replace(FACTS, mailboxes=(SUPPORT, ABROAD))
WANTED = "https://autoconfig.example.test" + OUTLOOK


def client(facts: ClientFacts | None, host: str = "127.0.0.1:9180") -> httpx.AsyncClient:
    pages = ClientPages()
    if facts is not None:
        pages.renew(facts)
    return httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url=f"http://{host}")


@pytest.mark.parametrize("path", AUTOCONFIG)
@pytest.mark.parametrize(
    ("facts", "host", "asked", "domain"),
    [
        (FACTS, "autoconfig.example.test", "", "example.test"),
        (FACTS, "Example.Test:443", "", "example.test"),
        (FACTS, "127.0.0.1", "", "example.test"),  # the only one
        (FACTS, "127.0.0.1", "nobody@EXAMPLE.test", "example.test"),
        (TWO, "autoconfig.example.test", "", "example.test"),
        (TWO, "autoconfig.xn--6s1au30b.test", "", "青葉.test"),
        (TWO, "127.0.0.1", "sales@青葉.test", "青葉.test"),
        (TWO, "autoconfig.example.test", "sales@xn--6s1au30b.test", "青葉.test"),
        (TWO, "127.0.0.1", "", None),
        (FACTS, "autoconfig.example.test", "support@evil.example", None),
        (FACTS, "autoconfig.example.test", "support", None),
        (FACTS, "autoconfig.example.test", "@" * 3000, None),
        (replace(FACTS, mailboxes=()), "127.0.0.1", "support@example.test", None),
        (None, "127.0.0.1", "support@example.test", None),
    ],
)
async def test_autoconfig(
    path: str, facts: ClientFacts | None, host: str, asked: str, domain: str | None
) -> None:
    parameters = {"emailaddress": asked} if asked else {}
    async with client(facts, host) as http:
        answer = await http.get(path, params=parameters)
    if domain is None:
        assert answer.status_code == 404
        return
    assert facts is not None
    assert (answer.status_code, answer.content) == (200, autoconfig(facts, domain))
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"


async def test_the_answer_is_the_same_whoever_there_is() -> None:
    """A stranger learns no address, no login, no number of either."""
    answers = set()
    async with client(FACTS) as http:
        for address in ("support@example.test", "nobody@example.test", "hanako@example.test"):
            answer = await http.get(AUTOCONFIG[0], params={"emailaddress": address})
            posted = await http.post(OUTLOOK, content=request(address))
            told = posted.content.replace(address.encode(), b"")
            answers.add((answer.content, str(answer.headers), posted.status_code, told))
    assert len(answers) == 1


@pytest.mark.parametrize("path", [OUTLOOK, "/Autodiscover/Autodiscover.xml", OUTLOOK.upper()])
async def test_outlook(path: str) -> None:
    async with client(FACTS) as http:
        answer = await http.post(path, content=request("support@EXAMPLE.test"))
    assert answer.content == autodiscover(FACTS, "support@EXAMPLE.test")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"


async def test_outlook_asks_what_is_not_here() -> None:
    async with client(FACTS) as http:
        assert (await http.post(OUTLOOK, content=request("x@evil.example"))).status_code == 404
        assert (await http.post(OUTLOOK, content=b"")).content == refusal(INVALID_REQUEST)
    async with client(None) as http:
        assert (await http.post(OUTLOOK, content=request())).status_code == 404


async def test_who_leaves_before_all_was_said_is_no_error_of_ours() -> None:
    pages = ClientPages()
    pages.renew(FACTS)
    came = iter([{"type": "http.request", "body": b"<", "more_body": True}])
    scope = {"type": "http", "method": "POST", "path": OUTLOOK, "query_string": b"", "headers": []}

    async def receive() -> Message:
        return next(came, {"type": "http.disconnect"})

    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    await pages(scope, receive, send)
    assert said[0]["status"] == 400 and said[1]["body"] == b""


async def test_outlook_is_led_to_the_web_door_and_not_round_in_a_circle() -> None:
    async with client(FACTS, "autodiscover.example.test") as http:
        answer = await http.get(OUTLOOK)
        assert (answer.status_code, answer.headers["location"]) == (302, WANTED)
    for facts, host in (
        (FACTS, "autoconfig.example.test"),
        (replace(FACTS, web=""), "autodiscover.example.test"),
        (None, "localhost"),
    ):
        async with client(facts, host) as http:
            answer = await http.get(OUTLOOK)
            assert (answer.status_code, answer.content) == (200, refusal(INVALID_REQUEST))


@pytest.mark.parametrize(
    ("path", "protocol", "status"),
    [
        (OUTLOOK_2, "AutodiscoverV1", 200),
        ("/AutoDiscover/AutoDiscover.json", "autodiscoverv1", 200),
        (OUTLOOK_2 + "/v1.0/support@example.test", "AutodiscoverV1", 200),
        (OUTLOOK_2, "ActiveSync", 404),
        (OUTLOOK_2, "", 404),
        (OUTLOOK_2 + "/v2.0/x", "AutodiscoverV1", 404),
    ],
)
async def test_the_newer_outlook(path: str, protocol: str, status: int) -> None:
    async with client(FACTS) as http:
        answer = await http.get(path, params={"Email": "a@b", "Protocol": protocol})
        assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"Protocol": "AutodiscoverV1", "Url": WANTED}
    async with client(replace(FACTS, web="")) as http:
        answer = await http.get(path, params={"Email": "a@b", "Protocol": protocol})
        assert answer.status_code == 404, "nobody knows where"


async def test_what_changes_is_told_from_then_on() -> None:
    pages = ClientPages()
    pages.renew(FACTS)
    pages.renew(replace(FACTS, mailboxes=(ABROAD,), web=""))
    assert pages.has_name("autoconfig.xn--6s1au30b.test")
    assert not pages.has_name("autoconfig.example.test")
    transport = httpx.ASGITransport(pages)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        gone = await http.get(AUTOCONFIG[0], params={"emailaddress": "support@example.test"})
        assert gone.status_code == 404


def test_the_web_server_of_the_docs_passes_on_these_and_no_others() -> None:
    page = (Path(__file__).parents[2] / "docs" / "client-setup.md").read_text("utf-8")
    found = re.search(r"location ~\* (\S+) {", page)
    assert found
    ours = (*AUTOCONFIG, OUTLOOK, OUTLOOK.title(), OUTLOOK_2, OUTLOOK_2 + "/v1.0/a@b", TAGS_PATH)
    for path in ours:
        assert re.match(found[1], path, re.IGNORECASE)
    for path in ("/", "/metrics", "/healthz", "/readyz", "/mail/", "/x/mail/config-v1.1.xml"):
        assert not re.match(found[1], path, re.IGNORECASE)


@pytest.mark.parametrize(
    ("path", "ours", "body"),
    [
        (AUTOCONFIG[0], True, False),
        (AUTOCONFIG[0].upper(), False, False),
        (OUTLOOK.title(), True, True),
        (OUTLOOK_2, True, False),
        ("/metrics", False, False),
        ("/", False, False),
        ("", False, False),
    ],
)
def test_whose_a_path_is(path: str, ours: bool, body: bool) -> None:
    pages = ClientPages()
    assert (pages.has_path(path), pages.takes_body(path)) == (ours, body)
