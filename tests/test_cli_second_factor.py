"""``proxyd user second-factor`` as it is typed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pyotp
import pytest

from proxyd.commands.installation import now_us, opened, settings_of
from proxyd.domain.passkey import Site
from proxyd.service.accounts.passkeys import Passkeys
from proxyd.service.accounts.second_factors import SecondFactors
from proxyd.store.one_time_codes import OneTimeCodes
from proxyd.store.webauthn_reader import WebauthnReader
from tests.servers.authenticator import Authenticator
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


async def _with_passkeys(config: Path) -> None:
    async with opened(settings_of(config)) as at:
        found = await at.store.read(lambda tx: tx.accounts.find("ben"))
        assert found is not None
        ben, _ = found
        site = Site("localhost", "http://localhost")
        passkeys = Passkeys(at.store, WebauthnReader(), OneTimeCodes(), now_us, site)
        for number in range(3):
            device = Authenticator(site.origin, credential=bytes([number]) * 16)
            asked = await passkeys.begin_registration(ben, by=at.actor, asker="x")
            name = f"Key {number}"
            answer = device.make(asked)
            await passkeys.finish_registration(ben, answer, name, by=at.actor, asker="x")


def test_passkeys_are_listed_and_taken_away(ben: Command, tmp_path: Path) -> None:
    asyncio.run(_with_passkeys(tmp_path / "proxyd.toml"))
    lines = ben("user", "second-factor", "ben").out.splitlines()
    assert lines[0] == "ben has 3 passkeys, and 10 recovery codes left."
    assert lines[1].startswith("  1  Key 0, made ") and lines[1].endswith(", never used")
    told = json.loads(ben("user", "second-factor", "ben", "--json").out)
    assert [one["number"] for one in told["passkeys"]] == [1, 2, 3]
    assert (told["app_since"], told["passkeys"][0]["used"]) == (None, None)
    assert ben("user", "second-factor", "ben", "--passkey", "2").code == 2
    for _ in range(2):
        said = ben("user", "second-factor", "ben", "--remove", "--passkey", "2", "--yes")
    assert said.code == 2 and "there is no passkey '2'" in said.err
    said = ben("user", "second-factor", "ben", "--remove", "--passkey", "1", "--yes")
    assert said.out.splitlines()[0] == "ben has a passkey, and 10 recovery codes left."
    said = ben("user", "second-factor", "ben", "--remove", "--yes")
    assert (said.code, said.out) == (0, "ben has no second factor any more.\n")
    said = ben("audit", "search", "--action", "admin", "--limit", "1", "--json")
    assert json.loads(said.out)["detail"] == {
        "did": "second factor removed",
        "login": "ben",
        "factor": "passkey",
        "passkey": "Key 2",
        "passkey_number": 3,
    }
