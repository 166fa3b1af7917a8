"""Who works here, over HTTP (admin/tag_pages.py)."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from admin.client_pages import ClientPages
from admin.client_setup.thunderbird_addon import TAGS_PATH
from admin.tag_pages import tag_routes
from proxyd.domain.errors import Busy, ProxydError, StoreUnavailable
from proxyd.domain.tags_told import TagsTold
from tests.admin.client_setup.thunderbird_facts import SUPPORT, TAGS

TOLD = TagsTold("Aoba", "hanako", (SUPPORT,), TAGS)
GOOD = "p1.good"


class Asked:
    """Counts what comes through to the service."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.trouble: ProxydError | None = None

    async def told(self, token: str) -> TagsTold | None:
        self.tokens.append(token)
        if self.trouble is not None:
            raise self.trouble
        return TOLD if token == GOOD else None


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def http(asked: Asked) -> Iterator[httpx.AsyncClient]:
    pages = ClientPages(tag_routes(asked.told))
    assert pages.has_path(TAGS_PATH) and not pages.takes_body(TAGS_PATH)
    return httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url="http://proxyd")


async def get(http: httpx.AsyncClient, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with http:
        answer = await http.get(TAGS_PATH, headers=headers)
    assert answer.headers["cache-control"] == "no-store"
    return answer


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_good_token_is_told_the_tags(http: httpx.AsyncClient, scheme: str) -> None:
    answer = await get(http, f"{scheme} {GOOD}")
    assert answer.status_code == 200
    assert answer.json() == {
        "organisation": "Aoba",
        "login": "hanako",
        "mailboxes": ["support@example.com"],
        "tags": [
            {"key": tag.keyword, "label": tag.label, "colour": tag.colour, "ordinal": f"!00{n}"}
            for n, tag in enumerate(TAGS, 1)
        ],
    }


@pytest.mark.parametrize("wrong", ["Bearer p1.bad", "Bearer", "Bearer ", "Basic cDE6", "", GOOD])
async def test_any_other_is_told_nothing_not_even_why(http: httpx.AsyncClient, wrong: str) -> None:
    answer = await get(http, wrong)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_without_a_token_nobody_is_asked(http: httpx.AsyncClient, asked: Asked) -> None:
    assert (await get(http, None)).status_code == 401
    assert asked.tokens == []


@pytest.mark.parametrize("trouble", [Busy("store"), StoreUnavailable("the disk is full")])
async def test_a_store_that_is_away_is_no_refusal(
    http: httpx.AsyncClient, asked: Asked, trouble: ProxydError
) -> None:
    asked.trouble = trouble
    answer = await get(http, f"Bearer {GOOD}")
    assert (answer.status_code, answer.content) == (503, b"")
