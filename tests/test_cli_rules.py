"""``proxyd rules``: stored in versions, shown, tried, and refused with a remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_cli import Command, added, proxyd

__all__ = ["proxyd"]

EXAMPLE = Path(__file__).parent.parent / "conf" / "rules.example.toml"
DONE = '[[rule]]\nname = "News"\nlist = "*.news.example"\nstatus = "done"\n'
IN_TURN = '[[rule]]\nname = "Turn"\nto = "*"\nassign-in-turn = ["anna", "ben"]\n'
MAIL = "From: c@customer.example\nTo: support@example.test\nSubject: Order\n\nHello\n"


@pytest.fixture(autouse=True)
def staffed(proxyd: Command, tmp_path: Path) -> None:
    added(proxyd)
    for login in ("anna", "ben"):
        words = ("user", "add", login, "--name", login.title(), "--grant", "support:respond")
        assert proxyd(*words).code == 0
    (tmp_path / "a.eml").write_text(MAIL)
    (tmp_path / "b.eml").write_text(MAIL.replace("Order", "Another"))
    (tmp_path / "n.eml").write_text("List-Id: <a.news.example>\n" + MAIL)


def stored(proxyd: Command, text: str) -> str:
    Path("rules.toml").write_text(text)
    said = proxyd("rules", "set", "support", "rules.toml")
    assert (said.code, said.err) == (0, "")
    return said.out


def test_versions_from_beginning_to_end(proxyd: Command) -> None:
    assert "has no rules yet" in proxyd("rules", "show", "support").err
    assert stored(proxyd, DONE) == "support has 1 rule now, version 1.\n"
    assert stored(proxyd, DONE + IN_TURN) == "support has 2 rules now, version 2.\n"
    assert proxyd("rules", "show", "support").out == DONE + IN_TURN
    assert proxyd("rules", "show", "support", "--version", "1").out == DONE
    assert proxyd("rules", "clear", "support").out == "support has no rules now, version 3.\n"
    shown = json.loads(proxyd("rules", "show", "support", "--json").out)
    assert shown == {"version": 3, "text": ""}
    assert proxyd("rules", "show", "support").out == ""
    listed = json.loads(proxyd("rules", "history", "support", "--json").out)
    assert [one["version"] for one in listed] == [3, 2, 1]
    assert all(one["person"].endswith("@cli") and one["time"] for one in listed)
    head, *rows = proxyd("rules", "history", "support").out.splitlines()
    assert head.split() == ["VERSION", "TIME", "PERSON", "OCTETS"] and len(rows) == 3
    logged = proxyd("audit", "search", "--action", "admin", "--json").out.splitlines()
    did = [json.loads(line)["detail"] for line in logged]
    assert [one for one in did if str(one["did"]).startswith("rules")] == [
        {"did": "rules set", "rules": 1, "version": 1},
        {"did": "rules set", "rules": 2, "version": 2},
        {"did": "rules clear", "version": 3},
    ]


def test_the_example_can_be_set(proxyd: Command) -> None:
    assert "version 1" in stored(proxyd, EXAMPLE.read_text("utf-8"))


def test_mails_are_tried_and_nothing_changes(proxyd: Command) -> None:
    stored(proxyd, DONE + IN_TURN)
    for _ in range(2):
        tried = json.loads(proxyd("rules", "test", "support", "a.eml", "b.eml", "--json").out)
        assert [(one["rules"], one["assignee"], one["version"]) for one in tried] == [
            (["Turn"], "anna", 1),
            (["Turn"], "ben", 1),
        ]
    proxyd("user", "away", "anna", "--until", "2099-01-01")
    (tried,) = json.loads(proxyd("rules", "test", "support", "a.eml", "--json").out)
    assert tried["assignee"] == "ben"
    head, row = proxyd("rules", "test", "support", "n.eml").out.splitlines()
    assert head.split() == ["FILE", "RULES", "STATUS", "ASSIGNEE", "UNTIL"]
    assert row.split() == ["n.eml", "News", "done", "-", "-"]
    assert len(json.loads(proxyd("rules", "history", "support", "--json").out)) == 1


def test_rules_are_tried_before_they_count(proxyd: Command) -> None:
    Path("later.toml").write_text(IN_TURN.replace("assign-in-turn", 'hold-until = "2w"\n#'))
    words = ("rules", "test", "support", "a.eml", "--rules", "later.toml", "--json")
    (tried,) = json.loads(proxyd(*words).out)
    assert (tried["status"], tried["version"]) == ("hold", 0) and tried["until"]
    (tried,) = json.loads(proxyd("rules", "test", "support", "a.eml", "--json").out)
    assert tried["rules"] == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (DONE + "stats = 1\n", "rule \"News\": unknown key 'stats'; did you mean status?"),
        (
            DONE.replace("done", "dome"),
            "rule \"News\": there is no status 'dome'; did you mean done?",
        ),
        (IN_TURN.replace('"ben"', '"bem"'), "there is no person 'bem'; did you mean ben?"),
        (IN_TURN.replace('"anna", "ben"', ""), 'rule "Turn": assign-in-turn is an empty list'),
        (
            DONE.replace('status = "done"', "hold-until = 2020-01-01"),
            "hold-until: 2020-01-01 is not",
        ),
        ("x" * 100_001, "rules.toml: more than 100 kB; write fewer"),
        ("\n[[rule\n", "rules: no TOML: Expected ']]'"),
        ("", "rules: there is no rule; to have none: proxyd rules clear"),
    ],
)
def test_what_can_not_count_is_refused(proxyd: Command, text: str, sentence: str) -> None:
    Path("rules.toml").write_text(text)
    for words in (
        ("set", "support", "rules.toml"),
        ("test", "support", "a.eml", "--rules", "rules.toml"),
    ):
        said = proxyd("rules", *words)
        assert (said.code, said.out) == (2, "")
        assert sentence in said.err
    assert json.loads(proxyd("rules", "history", "support", "--json").out) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("set", "support", "missing.toml"), "missing.toml: it can't be read (No such file"),
        (("set", "support", "octets"), "octets: line 2 is no UTF-8; save it as UTF-8"),
        (("set", "suport", "rules.toml"), "there is no mailbox 'suport'; did you mean support?"),
        (
            ("show", "support", "--version", "9"),
            "--version: there is no version 9; see: proxyd rules",
        ),
        (("history", "suport"), "did you mean support?"),
        (("clear", "suport"), "did you mean support?"),
        (("test", "support", "octets"), "octets: it is no mail; give a mail as a client saves it"),
        (("test", "support", "."), ".: it can't be read (Is a directory)"),
        (("test", "suport", "a.eml"), "did you mean support?"),
        (("test", "support"), "FILE.eml"),
    ],
)
def test_slips(proxyd: Command, words: tuple[str, ...], sentence: str) -> None:
    Path("rules.toml").write_text(DONE)
    Path("octets").write_bytes(b"a\n\xff\n")
    said = proxyd("rules", *words)
    assert said.code == 2
    assert sentence in said.err
