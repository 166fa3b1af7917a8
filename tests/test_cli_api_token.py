"""``proxyd api-token`` as it is typed, while no proxy runs."""

from __future__ import annotations

import json

import pytest

from proxyd.domain.api_token import ApiScope, digest_of
from tests.test_cli import Command, proxyd  # noqa: F401 - a fixture


@pytest.fixture
def office(proxyd: Command) -> Command:  # noqa: F811
    for login, role in (("otto", "auditor"), ("anna", "staff")):
        words = ("user", "add", login, "--name", login, "--role", role, "--password-stdin")
        assert proxyd(*words, stdin="seven green kettles\n").code == 0
    return proxyd


def test_made_shown_and_revoked(office: Command) -> None:
    assert office("api-token", "list").out == "There are no API tokens.\n"
    said = office("api-token", "add", "otto", "--name", "SIEM", "--scope", "log:read")
    told, shown = said.out.splitlines()
    assert told.startswith("API token 1 of otto is good until ")
    token = shown.removeprefix("Token (shown this once): ")
    assert digest_of(token) is not None
    listed = office("api-token", "list")
    assert "SIEM" in listed.out and "never" in listed.out and token not in listed.out
    (one,) = json.loads(office("api-token", "list", "otto", "--json").out)
    assert (one["number"], one["scopes"], one["state"]) == (1, ["log:read"], "")
    assert json.loads(office("api-token", "list", "anna", "--json").out) == []
    office("user", "disable", "otto")
    assert json.loads(office("api-token", "list", "--json").out)[0]["state"] == "disabled"
    office("user", "enable", "otto")
    office("user", "role", "otto", "staff")
    state = json.loads(office("api-token", "list", "--json").out)[0]["state"]
    assert state == "not for staff: log:read"
    gone = office("api-token", "revoke", "1")
    assert gone.out == "SIEM (number 1, otto) opens nothing any more.\n"
    assert token not in office("audit", "export").out


def test_for_scripts_and_until_when(office: Command) -> None:
    words = ("--name", "robot", "--scope", "own:read", "--expires", "2199-01-01", "--json")
    assert office("api-token", "add", "anna", *words).code == 2
    made = json.loads(
        office("api-token", "add", "anna", "--name", "r", "--scope", "own:read", "--json").out
    )
    assert digest_of(made["token"]) is not None and made["login"] == "anna"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "nobody", "--name", "x", "--scope", "own:read"), "no user 'nobody'"),
        (("add", "anna", "--name", "x", "--scope", "log:read"), "nothing that staff may do"),
        (("add", "anna", "--name", "x", "--scope", "all"), "all"),
        (("add", "anna", "--name", "x"), "--scope"),
        (("add", "anna", "--name", "", "--scope", "own:read"), "name: it is empty"),
        (("revoke", "7"), "there is no API token '7'"),
        (("list", "nobody"), "no user 'nobody'"),
    ],
)
def test_slips(office: Command, words: tuple[str, ...], said: str) -> None:
    told = office("api-token", *words)
    assert told.code == 2 and said in told.err and told.out == ""


def test_what_it_can_be_made_for(office: Command) -> None:
    told = office("api-token", "scopes").out
    assert all(scope in told for scope in ApiScope)
