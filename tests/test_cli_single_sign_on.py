"""``proxyd user single-sign-on`` as it is typed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from proxyd.commands.installation import opened, settings_of
from tests.test_cli import Command, added, proxyd  # noqa: F401 - a fixture

ISSUER = "https://id.example.test"


@pytest.fixture
def ben(proxyd: Command) -> Command:  # noqa: F811
    assert added(proxyd).code == 0
    assert proxyd("user", "add", "ben", "--name", "Ben", "--grant", "support:respond").code == 0
    return proxyd


async def _bind(config: Path) -> None:
    async with opened(settings_of(config)) as at:
        found = await at.store.read(lambda tx: tx.accounts.find("ben"))
        assert found is not None
        await at.store.write(lambda tx: tx.identities.bind(found[0].id, ISSUER, "b-1"))


def test_shown_and_unbound(ben: Command, tmp_path: Path) -> None:
    said = ben("user", "single-sign-on", "Ben")
    assert said.out == "ben is bound to nobody at the identity provider.\n"
    assert json.loads(ben("user", "single-sign-on", "ben", "--json").out) == {
        "login": "ben",
        "single_sign_on": None,
    }
    said = ben("user", "single-sign-on", "ben", "--unbind", "--yes")
    assert said.code == 2 and "is bound to nobody" in said.err
    asyncio.run(_bind(tmp_path / "proxyd.toml"))
    assert f"ben is b-1 at {ISSUER}, since " in ben("user", "single-sign-on", "ben").out
    told = json.loads(ben("user", "single-sign-on", "ben", "--json").out)["single_sign_on"]
    assert (told["issuer"], told["subject"]) == (ISSUER, "b-1") and told["bound"] and told["used"]
    said = ben("user", "single-sign-on", "ben", "--unbind", "--yes")
    assert (said.code, said.out) == (
        0,
        "ben is bound to nobody at the identity provider any more.\n",
    )
    (record,) = json.loads(
        "[" + ben("audit", "search", "--action", "admin", "--limit", "1", "--json").out + "]"
    )
    assert record["detail"] == {"did": "user single-sign-on unbound", "login": "ben"}
    said = ben("user", "single-sign-on", "nobody")
    assert said.code == 2 and "there is no user 'nobody'" in said.err
