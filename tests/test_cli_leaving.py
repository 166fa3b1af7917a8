"""``proxyd user leave`` and ``return`` as they are typed, while no proxy runs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.test_cli import Command, added, conversation_of_two, proxyd  # noqa: F401 - a fixture


@pytest.fixture
def office(proxyd: Command, tmp_path: Path) -> Command:  # noqa: F811
    """Ben and Anna answer, Rita reads; Ben has conversation 7."""
    assert added(proxyd).code == 0
    for login, right in (("ben", "manage"), ("anna", "respond"), ("rita", "read")):
        said = proxyd("user", "add", login, "--name", login, "--grant", f"support:{right}")
        assert said.code == 0
    conversation_of_two(tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "proxyd.db")) as database, database:
        database.execute("UPDATE conversations SET assignee_id = 1")
    return proxyd


def assignee(office: Command) -> str:
    (listed,) = json.loads(office("conversation", "list", "--json").out)
    return str(listed["assignee"])


def test_a_last_day_and_the_way_back(office: Command) -> None:
    said = office("user", "leave", "Ben", "--hand-over-to", "anna", "--yes")
    assert said.code == 0
    assert "ben has left: every door is shut.\n" in said.out
    assert said.out.endswith("Conversation 7 of support: anna\n")
    assert assignee(office) == "anna"
    (ben,) = [one for one in json.loads(office("user", "list", "--json").out) if one["left"]]
    assert (ben["login"], ben["disabled"], ben["grants"]) == ("ben", True, {"support": "manage"})
    assert "has left" in office("user", "list").out
    assert "gave it to anna: ben has left" in office("conversation", "show", "7").out
    taken = office("user", "add", "ben", "--name", "Another Ben")
    assert (taken.code, taken.out) == (2, ""), "the log's name stays theirs"

    again = office("user", "leave", "ben", "--hand-over-to", "anna", "--yes")
    told = "ben has left already, and nothing is in their hands.\n"
    assert (again.code, again.out) == (0, told)

    back = office("user", "return", "ben")
    first, second = back.out.splitlines()
    assert (back.code, first) == (0, "ben may sign in again.")
    assert second.startswith("Password (shown this once): ")
    assert "Not given back: 1 open conversation that went to anna" in back.err
    assert office("user", "return", "ben").code == 2
    assert assignee(office) == "anna"
    assert office("user", "leave", "ben", "--yes").code == 0
    enabled = office("user", "enable", "ben")
    assert (enabled.code, enabled.out) == (2, "") and "proxyd user return ben" in enabled.err
    given = office("user", "password", "ben")
    assert "It opens nothing yet, as ben has left: proxyd user return ben" in given.err
    (ben,) = [one for one in json.loads(office("user", "list", "--json").out) if one["left"]]
    assert ben["disabled"], "nothing has changed"
    assert office("user", "remove", "ben", "--yes").code == 0
    assert assignee(office) == "anna"
    records = [json.loads(line) for line in office("audit", "export").out.splitlines()]
    did = [one["detail"].get("did") for one in records if one["detail"].get("login") == "ben"]
    assert did[-5:] == ["user return", "belongings", "user leave", "user password", "user remove"]


def test_who_is_disabled_and_who_has_left_come_back_in_words_that_agree(office: Command) -> None:
    office("user", "leave", "ben", "--hand-over-to", "anna", "--yes")
    assert office("user", "return", "ben").code == 0
    said = office("user", "return", "ben")
    assert said.code == 2 and "has not left, and is not disabled" in said.err
    assert "proxyd user password ben" in said.err
    office("user", "disable", "ben")
    said = office("app-password", "add", "ben", "--name", "PC")
    assert "It opens nothing yet, as ben is disabled: proxyd user enable ben" in said.err
    assert office("user", "enable", "ben").out == "ben is enabled.\n"
    office("user", "disable", "ben")
    said = office("user", "return", "ben")
    assert said.code == 0 and "ben may sign in again." in said.out
    assert "Not given back" not in said.err, "that was told when they came back the first time"


def test_for_scripts(office: Command) -> None:
    password = office("user", "password", "ben").out.split()[-1]
    told = office("user", "leave", "ben", "--unassigned", "--yes", "--json").out
    said = json.loads(told)
    assert said["conversations"] == [
        {"number": 7, "mailbox": "support", "status": "open", "assignee": ""}
    ]
    assert (said["login"], said["already_left"], said["sessions_ended"]) == ("ben", False, None)
    assert assignee(office) == ""
    assert len(password) > 8 and password not in told


def test_without_a_terminal_nothing_is_done_unless_asked_for(office: Command) -> None:
    said = office("user", "leave", "ben", "--hand-over-to", "anna")
    assert said.code == 2
    assert "Shut ben out, with 1 open conversation: 1 to anna?" in said.err
    assert said.out.split()[:2] == ["NUMBER", "MAILBOX"] and "7" in said.out
    assert assignee(office) == "ben"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ben", "--hand-over-to", "rita"), "rita: may not answer in support"),
        (("ben", "--hand-over-to", "anan"), "did you mean anna?"),
        (("ben", "--hand-over-to", "ben"), "ben is the one who leaves"),
        (("ben", "--hand-over-to", "anna", "--unassigned"), "say one of them"),
        (("ben", "--conversation", "8=anna"), "8 is no open conversation of ben"),
        (("ben", "--conversation", "7"), "write NUMBER=COLLEAGUE"),
        (("ben", "--conversation", "x=anna"), "write NUMBER=COLLEAGUE"),
        (("ben", "--conversation", "7=anna", "--conversation", "7="), "7 is given twice"),
        (("bne",), "did you mean ben?"),
        (("\x1b[2J",), "there is no user"),
    ],
)
def test_what_can_not_be(office: Command, words: tuple[str, ...], sentence: str) -> None:
    said = office("user", "leave", *words, "--yes")
    assert (said.code, said.out) == (2, "") and sentence in said.err
    assert said.err.rstrip("\n").isprintable()
    assert assignee(office) == "ben"
    assert not any(one["disabled"] for one in json.loads(office("user", "list", "--json").out))


def test_the_last_who_can_approve_and_rules_that_name_them(office: Command, tmp_path: Path) -> None:
    office("user", "add", "taro", "--name", "Taro", "--grant", "support:respond-with-approval")
    (tmp_path / "r.toml").write_text('[[rule]]\nname = "all"\nfrom = "*"\nassignee = "ben"\n')
    assert office("rules", "set", "support", str(tmp_path / "r.toml")).code == 0
    said = office("user", "leave", "ben", "--conversation", "7=anna", "--yes")
    assert said.code == 0 and assignee(office) == "anna"
    assert "nobody is left who can give it" in said.err
    assert "rules give mail to ben, who gets none any more: all" in said.err
