"""``proxyd user role`` and ``proxyd user networks`` as they are typed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from proxyd.commands.installation import opened, settings_of
from proxyd.domain.types import Right
from tests.test_cli import Command, added, proxyd  # noqa: F401 - a fixture


@pytest.fixture
def ben(proxyd: Command) -> Command:  # noqa: F811
    assert added(proxyd).code == 0
    assert proxyd("user", "add", "ben", "--name", "Ben", "--grant", "support:respond").code == 0
    return proxyd


def test_networks_are_shown_chosen_and_taken_away(ben: Command) -> None:
    assert ben("user", "networks", "ben").out == "ben may sign in from anywhere.\n"
    said = ben("user", "networks", "Ben", "192.0.2.0/24", "::ffff:198.51.100.7", "2001:db8::/32")
    told = "192.0.2.0/24, 198.51.100.7/32, 2001:db8::/32"
    assert (said.code, said.out) == (0, f"ben may sign in from {told}.\n")
    assert ben("user", "networks", "ben").out == said.out
    assert json.loads(ben("user", "networks", "ben", "--json").out) == {
        "login": "ben",
        "networks": told.split(", "),
    }
    assert told in ben("user", "list").out
    (listed,) = json.loads(ben("user", "list", "--json").out)
    assert listed["networks"] == told.split(", ")
    (record,) = json.loads(
        "[" + ben("audit", "search", "--action", "admin", "--limit", "1", "--json").out + "]"
    )
    assert record["detail"]["did"] == "user networks"
    assert ben("user", "networks", "ben", "--anywhere").out == "ben may sign in from anywhere.\n"
    assert "anywhere" in ben("user", "list").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nobody",), "there is no user 'nobody'; see: proxyd user list"),
        (("ben", "192.0.2.5/24"), "write 192.0.2.0/24 for all of it, or 192.0.2.5"),
        (("ben", "192.0.2.0/24", "192.0.2.7"), "192.0.2.7/32 lies in 192.0.2.0/24"),
        (("ben", "the office"), "network: 'the office' is not one"),
        (("ben", "0.0.0.0/0"), "write --anywhere"),
        (("ben", "192.0.2.7", "--anywhere"), "--anywhere stands beside networks"),
        (("ben", "\x1b[2J"), "is not one"),
    ],
)
def test_networks_that_are_none(ben: Command, arguments: tuple[str, ...], sentence: str) -> None:
    said = ben("user", "networks", *arguments)
    assert said.code == 2 and sentence in said.err and said.out == ""
    assert said.err.rstrip("\n").isprintable()
    assert ben("user", "networks", "ben").out == "ben may sign in from anywhere.\n"


def test_another_role(ben: Command) -> None:
    assert ben("user", "role", "ben", "admin").out == "ben is admin now.\n"
    refused = ben("user", "role", "ben", "auditor")
    assert refused.code == 2 and "proxyd user revoke ben support" in refused.err
    assert ben("user", "revoke", "ben", "support").code == 0
    assert ben("user", "role", "ben", "auditor").code == 0
    (listed,) = json.loads(ben("user", "list", "--json").out)
    assert (listed["role"], listed["grants"]) == ("auditor", {})
    refused = ben("user", "grant", "ben", "support:read")
    assert refused.code == 2 and "an auditor reads the access log and no mail" in refused.err
    refused = ben(
        *("user", "add", "rita", "--name", "Rita", "--role", "auditor"),
        *("--grant", "support:read"),
    )
    assert refused.code == 2 and "an auditor reads the access log and no mail" in refused.err
    assert ben("user", "role", "nobody", "staff").code == 2
    assert ben("user", "role", "ben", "boss").code == 2


def test_a_grant_from_before_is_told_as_one_that_opens_nothing(
    ben: Command, tmp_path: Path
) -> None:
    assert ben("user", "add", "rita", "--name", "Rita", "--role", "auditor").code == 0

    async def as_it_was_possible_once() -> None:
        async with opened(settings_of(tmp_path / "proxyd.toml")) as at:
            rita, _ = (await at.store.read(lambda tx: tx.accounts.find("rita"))) or (None, "")
            assert rita is not None
            await at.store.write(lambda tx: tx.accounts.grant(rita.id, 1, Right.READ))

    asyncio.run(as_it_was_possible_once())
    (line,) = [line for line in ben("user", "list").out.splitlines() if line.startswith("rita")]
    assert line.rstrip().endswith("no mail: an auditor")
