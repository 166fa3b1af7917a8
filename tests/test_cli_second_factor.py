"""``proxyd user second-factor`` as it is typed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pyotp
import pytest

from proxyd.commands.installation import now_us, opened, settings_of
from proxyd.service.accounts.second_factors import SecondFactors
from proxyd.store.one_time_codes import OneTimeCodes
from tests.test_cli import Command, added, proxyd  # noqa: F401 - a fixture


@pytest.fixture
def ben(proxyd: Command) -> Command:  # noqa: F811
    assert added(proxyd).code == 0
    assert proxyd("user", "add", "ben", "--name", "Ben", "--grant", "support:respond").code == 0
    return proxyd


async def _set_up(config: Path) -> None:
    async with opened(settings_of(config)) as at:
        found = await at.store.read(lambda tx: tx.accounts.find("ben"))
        assert found is not None
        factors = SecondFactors(at.store, at.sealer, OneTimeCodes(), now_us, "x")
        offered = await factors.offer_app(found[0], by=at.actor)
        code = pyotp.TOTP(offered.secret).now()
        await factors.confirm_app(found[0], code, by=at.actor)


def test_shown_and_taken_away(ben: Command, tmp_path: Path) -> None:
    assert ben("user", "second-factor", "Ben").out == "ben has no second factor.\n"
    said = ben("user", "second-factor", "ben", "--remove", "--yes")
    assert said.code == 2 and "there is no second factor" in said.err
    asyncio.run(_set_up(tmp_path / "proxyd.toml"))
    assert "and 10 recovery codes left" in ben("user", "second-factor", "ben").out
    told = json.loads(ben("user", "second-factor", "ben", "--json").out)
    assert told["login"] == "ben" and told["recovery_codes"] == 10 and told["app_since"]
    (listed,) = [x for x in json.loads(ben("user", "list", "--json").out) if x["login"] == "ben"]
    assert listed["second_factor"] and "second factor" in ben("user", "list").out
    only = ben("user", "app-passwords-only", "ben", "off")
    assert "application passwords only, as there is a second factor" in only.out
    assert "sees no mail until then" in only.err
    assert "application passwords only" in ben("app-password", "list", "ben").err
    said = ben("user", "second-factor", "ben", "--remove", "--yes")
    assert (said.code, said.out) == (0, "ben has no second factor any more.\n")
    (record,) = json.loads(
        "[" + ben("audit", "search", "--action", "admin", "--limit", "1", "--json").out + "]"
    )
    assert record["detail"] == {
        "did": "second factor removed",
        "login": "ben",
        "factor": "app",
    }
    said = ben("user", "second-factor", "nobody")
    assert said.code == 2 and "there is no user 'nobody'" in said.err
