"""The commands as they are typed: what they say, where they say it, and their exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from proxyd import cli
from proxyd.commands.audit_table import show_table
from proxyd.commands.zone import machine_zone
from proxyd.domain.ports.access_log import StoredRecord
from proxyd.domain.types import LogRecord
from proxyd.settings_example import example
from tests.patience import PATIENCE_S

ROOT = Path(__file__).parent.parent
CONFIG = """
[server]
data_dir = "data"
[imap]
tls = ""
starttls = "127.0.0.1:0"
[smtp]
tls = ""
starttls = "127.0.0.1:0"
"""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def proxyd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """Type a command, in an installation of its own."""
    (tmp_path / "proxyd.toml").write_text(CONFIG)
    for name in [name for name in os.environ if name.startswith("PROXYD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PROXYD_CONFIG", str(tmp_path / "proxyd.toml"))
    monkeypatch.chdir(tmp_path)

    def typed(*arguments: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["proxyd", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code: object = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in captured.err
        return Said(code, captured.out, captured.err)

    yield typed


def added(proxyd: Command, *more: str, stdin: str = "s3cret-of-the-provider\n") -> Said:
    return proxyd(
        "mailbox",
        "add",
        "support",
        "--address",
        "support@example.test",
        "--imap",
        "imaps://support@example.test@imap.example.test",
        "--smtp",
        "smtp+starttls://smtp.example.test",
        "--password-stdin",
        *more,
        stdin=stdin,
    )


# ------------------------------------------------------------------ help and misuse

COMMANDS = [
    (),
    ("conf",),
    ("conf", "example"),
    ("check",),
    ("run",),
    ("demo",),
    ("client-setup",),
    *(("mailbox", name) for name in ("add", "test", "list", "set", "remove")),
    *(
        ("user", name)
        for name in (
            "add",
            "list",
            "password",
            "rename",
            "grant",
            "revoke",
            "disable",
            "enable",
            "remove",
            "role",
            "networks",
            "app-passwords-only",
            "leave",
            "return",
        )
    ),
    *(("app-password", name) for name in ("add", "list", "remove")),
    *(("audit", name) for name in ("search", "export", "verify")),
    *(("conversation", name) for name in ("list", "show", "split", "join", "hold", "assign")),
    *(("rules", name) for name in ("set", "show", "history", "clear", "test")),
    *(("report", name) for name in ("response-times", "load")),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(proxyd: Command, command: tuple[str, ...]) -> None:
    said = proxyd(*command, "--help")
    assert said.code == 0 and "Usage: proxyd" in said.out
    assert len(said.out.split("Options:")[0].splitlines()) >= 3  # it says what it is for


@pytest.mark.parametrize(
    "command",
    [
        ("nonsense",),
        ("user",),
        ("user", "add"),
        ("user", "list", "--nonsense"),
        ("user", "add", "x", "--name", "X", "--role", "boss"),
        ("audit", "search", "--action", "nonsense"),
        ("audit", "search", "--limit", "0"),
        ("audit", "search", "--since", "yesterday evening"),
        ("audit", "verify", "--anchor", "missing"),
        ("mailbox", "list", "--config", "missing.toml"),
        ("user", "grant", "x", "support"),
        ("user", "grant", "x", "support:own"),
        ("mailbox", "set", "support"),
        ("mailbox", "test", "missing"),
        ("run", "--config", "missing.toml"),
    ],
    ids=" ".join,
)
def test_misuse_is_exit_code_2_and_a_sentence(proxyd: Command, command: tuple[str, ...]) -> None:
    said = proxyd(*command)
    assert said.code == 2
    assert said.out == "" or "Usage:" in said.out
    assert said.err.strip() or "Usage:" in said.out


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (
            ("mailbox", "add", "x", "--language", "fr"),
            "Invalid value for '--language': 'fr' is not one of 'en', 'ja'.",
        ),
        (
            ("audit", "search", "--limit", "many"),
            "Invalid value for '--limit': it must be a whole number.",
        ),
        (
            ("audit", "search", "--limit", "0"),
            "Invalid value for '--limit': it must be at least 1.",
        ),
        (
            ("audit", "search", "--limit", "9999999"),
            "Invalid value for '--limit': it must be at most 1000000.",
        ),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(
    proxyd: Command, command: tuple[str, ...], sentence: str
) -> None:
    said = proxyd(*command)
    assert said.code == 2 and sentence in said.err


def test_version(proxyd: Command) -> None:
    assert proxyd("--version").out.startswith("proxyd 0.")


# ------------------------------------------------------------------ configuration


def test_conf_example_is_a_configuration(proxyd: Command, tmp_path: Path) -> None:
    said = proxyd("conf", "example")
    assert said.out == example()
    (tmp_path / "new.toml").write_text(said.out)
    checked = proxyd("check", "--config", "new.toml")
    assert checked.code == 2  # a certificate is still missing
    assert "tls.certificate" in checked.err


def test_check_finds_nothing(proxyd: Command, tmp_path: Path) -> None:
    said = proxyd("check")
    zone = f"Times are those of {machine_zone()} in mailboxes that have no zone of their own.\n"
    assert said == Said(0, f"{tmp_path}/proxyd.toml: no mistakes found\n{zone}", "")
    assert proxyd("check", "--json").out == "[]\n"


def test_check_finds_everything_at_once(proxyd: Command, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    place = f'[server]\ndata_dir = "{tmp_path / "data"}"\n'  # where an ordinary user may write
    path.write_text(place + '[imap]\ntls = "x"\nidel_s = 3\n[tls]\ncertificate = "no.pem"\n')
    said = proxyd("check", "--config", "bad.toml")
    assert said.code == 2 and said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 4 and all(line.startswith(f"{path}: ") for line in lines)
    assert {line.split(": ")[1] for line in lines} == {
        "imap.tls",
        "imap.idel_s",
        "tls.key",
        "tls.certificate",
    }
    as_json = json.loads(proxyd("check", "--config", "bad.toml", "--json").out)
    assert {problem["key"] for problem in as_json} == {line.split(": ")[1] for line in lines}
    assert all(set(one) == {"file", "key", "what", "instead"} for one in as_json)


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("text", ["x", " ", "ab" * 31, "0" * 100_000])
def test_a_master_key_that_is_none(
    proxyd: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str, text: str
) -> None:
    (tmp_path / "data").mkdir(0o700)
    file = tmp_path / "data" / "master.key"
    file.touch(0o600)
    file.write_text(text)
    said = proxyd(command)
    assert said.code == 2 and "secrets.master_key_file" in said.err
    assert f"{file} does not hold a master key" in said.err and "openssl rand" in said.err
    monkeypatch.setenv("PROXYD_MASTER_KEY", text)
    said = proxyd(command)
    assert said.code == 2 and said.err.startswith("environment: PROXYD_MASTER_KEY: is not a")
    if command == "check":
        monkeypatch.setenv("PROXYD_MASTER_KEY", "5e" * 32)
        assert proxyd("check").code == 0


def test_run_refuses_what_check_finds(proxyd: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(CONFIG + '[tls]\ncertificate = "no"\nkey = "no"\n')
    said = proxyd("run", "--config", "bad.toml")
    assert said.code == 2 and said.err == proxyd("check", "--config", "bad.toml").err


# ------------------------------------------------------------------ mailboxes


def test_a_mailbox_from_beginning_to_end(proxyd: Command) -> None:
    assert added(proxyd, "--alias", "help@example.test", "--language", "ja").code == 0
    (listed,) = json.loads(proxyd("mailbox", "list", "--json").out)
    assert listed == {
        "name": "support",
        "address": "support@example.test",
        "notes": "note@support.example.test.invalid",
        "aliases": ["help@example.test"],
        "imap": "imaps://support@example.test@imap.example.test:993",
        "smtp": "smtp+starttls://support@example.test@smtp.example.test:587",
        "ca_file": "",
        "language": "ja",
        "seen": "person",
    }
    assert proxyd("mailbox", "set", "support", "--seen", "shared", "--name", "info").code == 0
    assert "info" in proxyd("mailbox", "list").out
    assert proxyd("mailbox", "set", "info", "--alias", "").code == 0  # none any more
    (listed,) = json.loads(proxyd("mailbox", "list", "--json").out)
    assert listed["aliases"] == []
    assert proxyd("mailbox", "remove", "info", "--yes") == Said(0, "info is removed.\n", "")
    assert json.loads(proxyd("mailbox", "list", "--json").out) == []


def test_an_upstream_password_is_never_shown(proxyd: Command, tmp_path: Path) -> None:
    said = [added(proxyd), proxyd("mailbox", "list"), proxyd("mailbox", "list", "--json")]
    said += [proxyd("mailbox", "set", "support", "--password-stdin", stdin="0ther-secret\n")]
    said += [proxyd("audit", "search"), proxyd("audit", "export")]
    everything = "".join(one.out + one.err for one in said).encode()
    for path in (tmp_path / "data").rglob("*"):
        everything += path.read_bytes() if path.is_file() else b""
    assert b"s3cret-of-the-provider" not in everything and b"0ther-secret" not in everything


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--imap", "imap://u@imap.example.test", "in clear"),
        ("--imap", "imaps://u:pw@imap.example.test", "holds a password"),
        ("--imap", "https://u@imap.example.test", "begins with none of imaps://"),
        ("--smtp", "smtps://u@h:99999", "is not a port"),
        ("--address", "support", "not a mail address"),
        ("--ca-file", "missing.pem", "can't be read"),
        ("--ca-file", "proxyd.toml", "no PEM certificate"),
        ("--alias", "x y", "not a mail address"),
    ],
)
def test_bad_options_of_a_mailbox(proxyd: Command, option: str, value: str, sentence: str) -> None:
    said = added(proxyd, option, value)
    assert said.code == 2 and sentence in said.err
    assert "pw" not in said.err
    assert json.loads(proxyd("mailbox", "list", "--json").out) == []


def test_a_mailbox_needs_its_options(proxyd: Command) -> None:
    said = proxyd("mailbox", "add", "support", "--password-stdin", stdin="x\n")
    assert said.code == 2 and "--address support@example.test" in said.err


def test_a_question_to_the_log_as_the_console_has_it(proxyd: Command) -> None:
    added(proxyd)
    found = proxyd("audit", "search", "action:admin since:1h", "--json").out.splitlines()
    assert {json.loads(line)["action"] for line in found} == {"admin"} and len(found) > 0
    assert proxyd("audit", "search", "since:1h -action:admin,audit", "--json").out == ""
    exported = proxyd("audit", "export", "action:admin").out.splitlines()
    assert [json.loads(line)["number"] for line in exported] == [
        json.loads(line)["number"] for line in found
    ]
    for words, sentence in (
        (("action:admn",), "did you mean admin?"),
        (("invoice",), "it is no key:value"),
        (("action:admin", "--since", "1h"), "there are options beside it"),
        (("person:nobody",), "there is no person"),
    ):
        said = proxyd("audit", "search", *words)
        assert said.code == 2 and sentence in said.err, words


def test_a_password_is_asked_for_on_a_terminal_only(proxyd: Command) -> None:
    said = added(proxyd, stdin="")
    assert said.code == 2 and "standard input is empty" in said.err
    servers = ("--imap", "imaps://x@imap.example.test", "--smtp", "smtps://smtp.example.test")
    said = proxyd("mailbox", "add", "x", "--address", "x@example.test", *servers)
    assert said.code == 2 and "--password-stdin" in said.err


def test_names_are_taken_once(proxyd: Command) -> None:
    assert added(proxyd).code == 0
    said = added(proxyd)
    assert said.code == 2 and ("exists already" in said.err or "belongs to" in said.err)


def test_mailbox_test_tells_what_is_wrong(proxyd: Command) -> None:
    said = proxyd(
        "mailbox",
        "add",
        "dead",
        "--address",
        "dead@example.test",
        "--imap",
        "imap://u@127.0.0.1:9",
        "--smtp",
        "smtp://127.0.0.1:9",
        "--password-stdin",
        stdin="x\n",
    )
    assert said.code == 0
    said = proxyd("mailbox", "test", "dead")
    assert said.code == 1
    assert "IMAP: 127.0.0.1:9 refuses the connection" in said.err
    assert "SMTP: 127.0.0.1:9 refuses the connection" in said.err


# ------------------------------------------------------------------ people


def test_a_person_from_beginning_to_end(proxyd: Command) -> None:
    assert added(proxyd).code == 0
    said = proxyd("user", "add", "Hanako.Sato", "--name", "佐藤花子", "--grant", "support:respond")
    first, second = said.out.splitlines()
    assert (said.code, first) == (0, "hanako.sato added.")
    password = second.removeprefix("Password (shown this once): ")
    assert len(password) == 20 and password not in proxyd("audit", "search").out
    assert proxyd("user", "grant", "hanako.sato", "support:manage").code == 0
    assert proxyd("user", "rename", "hanako.sato", "--name", "鈴木花子").code == 0
    assert proxyd("user", "disable", "hanako.sato").out == "hanako.sato is disabled.\n"
    (listed,) = json.loads(proxyd("user", "list", "--json").out)
    assert listed == {
        "login": "hanako.sato",
        "name": "鈴木花子",
        "role": "staff",
        "disabled": True,
        "left": "",
        "away_until": "",
        "networks": [],
        "app_passwords": 0,
        "app_passwords_only": False,
        "second_factor": False,
        "grants": {"support": "manage"},
    }
    assert "鈴木花子" in proxyd("user", "list").out
    assert proxyd("user", "enable", "hanako.sato").code == 0
    assert proxyd("user", "revoke", "hanako.sato", "support").code == 0
    assert json.loads(proxyd("user", "list", "--json").out)[0]["grants"] == {}
    assert proxyd("user", "remove", "hanako.sato", "--yes").code == 0
    assert json.loads(proxyd("user", "list", "--json").out) == []


@pytest.mark.parametrize(
    "command",
    [
        ("disable", "meg"),
        ("revoke", "meg", "support"),
        ("grant", "meg", "support:respond"),
        ("remove", "meg", "--yes"),
    ],
    ids=" ".join,
)
def test_the_last_who_can_approve(proxyd: Command, command: tuple[str, ...]) -> None:
    """It is done, and said: what waits would wait for nobody."""
    assert added(proxyd).code == 0
    for login in ("meg", "max", "ben"):
        proxyd("user", "add", login, "--name", login, "--grant", "support:manage")
    assert proxyd("user", "disable", "max").err == ""
    assert proxyd("user", "grant", "ben", "support:respond-with-approval").err == ""
    said = proxyd("user", *command)
    assert said.code == 0
    assert "nobody is left who can give it" in said.err
    assert "proxyd user grant LOGIN support:manage" in said.err
    assert proxyd("user", "enable", "max").code == 0
    assert proxyd("user", "disable", "ben").err == ""


def test_a_password_that_everybody_would_guess_is_refused(proxyd: Command) -> None:
    assert added(proxyd).code == 0
    words = ("user", "add", "ben", "--name", "Ben", "--password-stdin")
    for guessed, why in (("Passw0rd", "list of stolen ones"), ("Support-2026", "everybody here")):
        said = proxyd(*words, stdin=f"{guessed}\n")
        assert said.code == 2 and why in said.err and guessed not in said.out + said.err
    assert "ben" not in proxyd("user", "list").out


def test_a_given_password_is_not_repeated(proxyd: Command) -> None:
    said = proxyd(
        "user", "add", "ben", "--name", "Ben", "--password-stdin", stdin="correct horse battery\n"
    )
    assert (said.code, said.out) == (0, "ben added.\n")
    said = proxyd("user", "password", "ben", "--json")
    assert set(json.loads(said.out)) == {"login", "name", "role", "password"}


def test_one_right_per_mailbox(proxyd: Command) -> None:
    assert added(proxyd).code == 0
    given = ("--grant", "support:read", "--grant", "support:manage")
    said = proxyd("user", "add", "ben", "--name", "Ben", *given)
    assert said.code == 2 and "'support' is given twice" in said.err
    assert json.loads(proxyd("user", "list", "--json").out) == []


def test_staff_without_a_grant_are_told_of(proxyd: Command) -> None:
    assert added(proxyd).code == 0
    said = proxyd("user", "add", "ben", "--name", "Ben", "--json")
    assert json.loads(said.out)["login"] == "ben"
    assert said.err == (
        "ben sees no mail yet; give a shared mailbox with: proxyd user grant ben MAILBOX:respond\n"
    )
    for more in (("--role", "admin"), ("--role", "auditor"), ("--grant", "support:read")):
        assert proxyd("user", "add", more[1][:7].strip(":"), "--name", "X", *more).err == ""


def test_order_of_grants_is_the_order_of_folders(proxyd: Command) -> None:
    for name in ("one", "two"):
        url = f"imaps://{name}@imap.example.test"
        proxyd(
            *("mailbox", "add", name, "--address", f"{name}@example.test", "--imap", url),
            *("--smtp", "smtps://smtp.example.test", "--password-stdin"),
            stdin="x\n",
        )
    proxyd("user", "add", "ben", "--name", "Ben", "--grant", "two:read", "--grant", "one:manage")
    (listed,) = json.loads(proxyd("user", "list", "--json").out)
    assert list(listed["grants"].items()) == [("two", "read"), ("one", "manage")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("user", "add", "a b", "--name", "X"), "login: 'a b' is not one"),
        (("user", "add", "ben", "--name", ""), "name: it is empty"),
        (("user", "add", "ben", "--name", "a\x1b[2J"), "cannot be seen"),
        (("user", "add", "ben", "--name", "B", "--grant", "none:read"), "no mailbox 'none'"),
        (("user", "add", "ben", "--name", "B", "--grant", "support"), "is not one"),
        (("user", "disable", "nobody"), "there is no user 'nobody'; see: proxyd user list"),
        (("user", "password", "nobody"), "there is no user 'nobody'"),
        (("user", "remove", "nobody", "--yes"), "there is no user 'nobody'"),
    ],
)
def test_bad_input_about_people(proxyd: Command, arguments: tuple[str, ...], sentence: str) -> None:
    said = proxyd(*arguments)
    assert said.code == 2 and sentence in said.err and said.out == ""
    assert said.err.rstrip("\n").isprintable()


def test_a_slip_of_the_pen_is_told_what_was_meant(proxyd: Command) -> None:
    added(proxyd)
    proxyd("user", "add", "hanako.sato", "--name", "Hanako")
    for arguments, name in (
        (("user", "disable", "hanako.satoh"), "hanako.sato"),
        (("user", "grant", "Hanoko.Sato", "support:read"), "hanako.sato"),
        (("user", "grant", "hanako.sato", "suport:read"), "support"),
        (("mailbox", "set", "Suport", "--seen", "shared"), "support"),
        (("mailbox", "policy", "supprt"), "support"),
        (("conversation", "list", "--mailbox", "suppport"), "support"),
        (("cache", "clear", "suport"), "support"),
    ):
        said = proxyd(*arguments)
        assert said.code == 2 and said.err.endswith(f"; did you mean {name}?\n"), said


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--config"),
        ("demo", "--data"),
        ("audit", "export", "--person"),
        ("audit", "verify", "--anchor"),
        ("audit", "export", "--output"),
        ("conversation", "list", "--status"),
        ("mailbox", "set", "support", "--smtp-user"),
        ("mailbox", "set", "support", "--alias", "b@example.test", "--alias"),
        ("user", "add", "ben", "--name", "Ben", "--grant"),
    ],
)
def test_an_empty_value_is_refused_where_it_means_nothing(
    proxyd: Command, arguments: tuple[str, ...]
) -> None:
    added(proxyd)
    said = proxyd(*arguments, "")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"{arguments[-1]}: its value is empty; write "), said


def test_a_key_that_can_not_be_read_is_not_called_missing(proxyd: Command, tmp_path: Path) -> None:
    added(proxyd)
    key = tmp_path / "data" / "master.key"
    key.unlink()
    key.mkdir(mode=0o700)
    said = proxyd("check")
    assert said.code == 2
    assert f"secrets.master_key_file: {key} can't be read (Is a directory)" in said.err
    assert "is missing" not in said.err


def test_an_empty_value_that_means_something(proxyd: Command) -> None:
    added(proxyd)
    assert proxyd("conversation", "list", "--assignee", "").code == 0
    assert proxyd("mailbox", "set", "support", "--ca-file", "").code == 0


def test_the_same_login_twice(proxyd: Command) -> None:
    assert proxyd("user", "add", "ben", "--name", "Ben").code == 0
    assert proxyd("user", "add", "BEN", "--name", "Ben") == Said(2, "", "'ben' exists already\n")


# ------------------------------------------------------------------ the access log


def test_search_by_person_action_and_time(proxyd: Command) -> None:
    proxyd("user", "add", "ben", "--name", "Ben")
    proxyd("user", "disable", "ben")
    lines = proxyd("audit", "search", "--action", "admin", "--format", "jsonl").out.splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["detail"]["did"] for record in records] == ["user add", "user disable"]
    actor = records[0]["actor"]
    assert actor.endswith("@cli")
    assert proxyd("audit", "search", "--until", "1h", "--json").out == ""
    assert len(proxyd("audit", "search", "--person", actor, "--since", "1h").out.splitlines()) > 3


@pytest.mark.parametrize(
    ("criteria", "sentence"),
    [
        (("--address", "banana"), "'banana' is neither an IP address nor a network"),
        (("--address", "192.0.2.0/33"), "'192.0.2.0/33' is neither"),
        (("--since", "1h", "--until", "2h"), "'2h' is not after --since '1h'"),
        (("--since", "2026-02-01", "--until", "2026-02-01"), "is not after --since"),
        (("--since", "h"), "'h' is not a time"),
        (("--person", ""), "--person: its value is empty; write LOGIN, or leave it out"),
        (("--person", " "), "--person: its value is empty; write LOGIN, or leave it out"),
        (("--mailbox", ""), "--mailbox: its value is empty; write NAME, or leave it out"),
        (("--message", ""), "--message: its value is empty; write ID, or leave it out"),
        (("--person", "tippo"), "there is no person 'tippo', nor was one; see: proxyd user list"),
        (("--person", "anma"), "there is no person 'anma', nor was one; did you mean anna?"),
        (("--person", "ema"), "there is no person 'ema', nor was one; did you mean emi?"),
        (("--mailbox", "suport"), "there is no mailbox 'suport', nor was one; did you mean supp"),
        (("--message", "<none@example.test>"), "no mail 'none@example.test' was ever here"),
        (("--conversation", "77"), "there is no conversation 77"),
    ],
)
@pytest.mark.parametrize("command", ["search", "export"])
def test_what_can_match_nothing_is_no_empty_answer(
    proxyd: Command, command: str, criteria: tuple[str, ...], sentence: str
) -> None:
    added(proxyd)
    for login in ("anna", "emi"):
        proxyd("user", "add", login, "--name", login)
    proxyd("user", "remove", "emi", "--yes")
    said = proxyd("audit", command, *criteria)
    assert (said.code, said.out) == (2, "") and sentence in said.err


def test_who_or_what_is_gone_is_known_as_long_as_the_log_tells_of_it(proxyd: Command) -> None:
    added(proxyd)
    proxyd("audit", "search", "--action", "login")
    actor = json.loads(proxyd("audit", "export").out.splitlines()[0])["actor"]
    proxyd("mailbox", "set", "support", "--name", "help")
    proxyd("user", "add", "ben", "--name", "Ben")
    for criteria in (("--person", "ben"), ("--mailbox", "support"), ("--person", actor.upper())):
        assert proxyd("audit", "search", *criteria, "--since", "1h", "--action", "login").code == 0


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        (("--assignee", "tippo"), "--assignee: there is no person 'tippo'"),
        (("--status", "opne"), "--status: there is no status 'opne'; did you mean open? write "),
        (("--mailbox", "suport"), "there is no mailbox 'suport'"),
    ],
)
def test_a_list_of_conversations_of_nobody(
    proxyd: Command, filters: tuple[str, ...], sentence: str
) -> None:
    added(proxyd)
    said = proxyd("conversation", "list", *filters)
    assert (said.code, said.out) == (2, "") and sentence in said.err
    assert proxyd("conversation", "list", "--status", "open").code == 0


@pytest.mark.parametrize(
    "command", [("mailbox", "remove", "support"), ("user", "remove", "anna")], ids=" ".join
)
@pytest.mark.parametrize("answer", ["n\n", "", "y\n", "yes\n"])
def test_nothing_is_removed_without_a_terminal_or_yes(
    proxyd: Command, command: tuple[str, ...], answer: str
) -> None:
    added(proxyd)
    proxyd("user", "add", "anna", "--name", "Anna")
    said = proxyd(*command, stdin=answer)
    assert said.code == 2 and "say --yes" in said.err and said.out == ""
    assert json.loads(proxyd("mailbox", "list", "--json").out)
    assert json.loads(proxyd("user", "list", "--json").out)


def test_an_address_is_found_however_it_is_written(proxyd: Command) -> None:
    for written in ("2001:DB8:0::1", "2001:db8::1/64", " 192.0.2.7 "):
        proxyd("audit", "search", "--address", written)
    found = proxyd("audit", "search", "--action", "audit", "--json").out.splitlines()
    asked = [json.loads(line)["detail"].get("address") for line in found]
    assert asked[:3] == ["2001:db8::1", "2001:db8::/64", "192.0.2.7"]


def test_searching_is_recorded(proxyd: Command) -> None:
    assert proxyd("audit", "search", "--message", "<x@example.test>").code == 2
    found = proxyd("audit", "search", "--action", "audit", "--json").out.splitlines()
    assert json.loads(found[0])["detail"] == {
        "did": "search",
        "limit": 200,
        "message_id": "x@example.test",
        "newest_first": True,
    }


def test_a_table_tells_the_mail_asked_for_from_its_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    records = [
        LogRecord("open", actor="ben", message_id="mail@example.test", conversation=7),
        LogRecord("send", actor="ben", message_id="answer@example.test", conversation=7),
        LogRecord("login", actor="ben"),
    ]
    stored = [StoredRecord(n, 0, record, b"") for n, record in enumerate(records, 1)]
    show_table(stored[:2], "mail@example.test")
    head, own, answer = capsys.readouterr().out.splitlines()
    assert "CONVERSATION" in head
    assert own.split()[-3:] == ["7", "mail@example.test", "proxyd"]
    assert answer.split()[-4:] == ["7", "answer@example.test", "proxyd", "about=mail@example.test"]
    show_table(stored)
    assert "about=" not in capsys.readouterr().out


def test_a_table_says_when_it_is_cut(proxyd: Command) -> None:
    for _ in range(3):
        proxyd("audit", "search")
    said = proxyd("audit", "search", "--limit", "2")
    assert len(said.out.splitlines()) == 3 and "newest 2" in said.err


def test_export_is_complete_private_and_never_overwrites(proxyd: Command, tmp_path: Path) -> None:
    proxyd("user", "add", "ben", "--name", "=cmd()")
    said = proxyd("audit", "export", "--format", "csv", "--output", "log.csv")
    assert said.out == "" and said.code == 0
    path = tmp_path / "log.csv"
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    assert [row["number"] for row in rows] == ["1", "2"]
    again = proxyd("audit", "export", "--output", "log.csv")
    assert again.code == 2 and "exists already" in again.err
    assert proxyd("audit", "export", "--output", "missing/log.csv").code == 2
    lines = proxyd("audit", "export").out.splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3]


def test_verify(proxyd: Command, tmp_path: Path) -> None:
    for login in ("ben", "anna", "emi"):
        proxyd("user", "add", login, "--name", login)
    said = proxyd("audit", "verify")
    assert (said.code, said.out) == (0, "3 records, all good.\n")
    head = json.loads(proxyd("audit", "export").out.splitlines()[-1])
    anchor = tmp_path / "anchor"
    anchor.write_text(f"{head['number']} {head['chain']}\n")
    said = proxyd("audit", "verify", "--anchor", "anchor")
    assert said.code == 0 and f"the anchor (record {head['number']}) fits" in said.out

    with sqlite3.connect(tmp_path / "data" / "proxyd.db") as connection:
        connection.execute("delete from log where number >= ?", (head["number"],))
    said = proxyd("audit", "verify", "--anchor", "anchor")
    assert said.code == 1 and f"ends before record {head['number']}" in said.err

    with sqlite3.connect(tmp_path / "data" / "proxyd.db") as connection:
        connection.execute("update log set actor = 'nobody' where number = 2")
    said = proxyd("audit", "verify")
    assert said.code == 1 and said.out == ""
    assert "record 2 is not what was written. Good up to record 1." in said.err


def test_a_head_that_was_taken_away_with_the_tail(proxyd: Command, tmp_path: Path) -> None:
    for login in ("ben", "anna", "emi"):
        proxyd("user", "add", login, "--name", login)
    by_hand(tmp_path, "INSERT INTO meta (key, value) VALUES ('place', '1')")  # a proxy has run
    by_hand(tmp_path, "DELETE FROM log WHERE number > 2")
    said = proxyd("audit", "verify")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("The log's head is missing: ") and "up to number 2;" in said.err
    assert str(tmp_path / "data" / "log-head") in said.err


@pytest.mark.parametrize("statement", ["DROP TABLE log", "ALTER TABLE log RENAME TO diary"])
def test_a_log_that_is_gone(proxyd: Command, tmp_path: Path, statement: str) -> None:
    proxyd("user", "add", "ben", "--name", "Ben")
    by_hand(tmp_path, statement)
    said = proxyd("audit", "verify")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("The log was tampered with: the access log's table is gone from ")
    for command in (("audit", "search"), ("audit", "export"), ("user", "disable", "ben")):
        said = proxyd(*command)
        assert said.code == 1 and "table is gone" in said.err


def by_hand(tmp_path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "proxyd.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_an_anchor_that_is_none(proxyd: Command, tmp_path: Path) -> None:
    (tmp_path / "anchor").write_text("nonsense")
    said = proxyd("audit", "verify", "--anchor", "anchor")
    assert said.code == 2 and "no copy of the log's anchor" in said.err


# ------------------------------------------------------------------ the demo


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("file", "is not a directory; name a directory you may write to"),
        ("file/below", "is not a directory; name a directory you may write to"),
        ("/proc/x", "/proc/x can't be used (No such file or directory); name a directory"),
        ("/proc", "/proc can't be used (No such file or directory); name a directory"),
        ("loop", "loop"),
        ("damaged", "demo.json is damaged; remove that directory, or name another"),
        ("foreign", "demo.json is damaged; remove that directory, or name another"),
    ],
)
def test_a_directory_the_demo_cannot_use(
    proxyd: Command, tmp_path: Path, data: str, sentence: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    for name, text in (("damaged", "{"), ("foreign", '{"passwords": null}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "demo.json").write_text(text)
    said = proxyd("demo", "--data", data)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("--data: ") and sentence in said.err and "Errno" not in said.err


# ------------------------------------------------------------------ when it can't be done


def test_a_store_that_is_none(proxyd: Command, tmp_path: Path) -> None:
    proxyd("user", "list")
    (tmp_path / "data" / "proxyd.db").write_bytes(b"this is no database" * 100)
    said = proxyd("user", "list")
    assert said.code == 1 and "not a database" in said.err


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE accounts",
        "DROP TABLE meta",
        "DROP TABLE alembic_version",
        "DELETE FROM alembic_version",
        "DELETE FROM mailboxes",
        "UPDATE accounts SET role = 'king'",
        "UPDATE mailboxes SET aliases = '{'",
        "UPDATE mailboxes SET imap = 5",
        "UPDATE meta SET value = x'ff00'",
        "UPDATE log SET at_us = 'yesterday', conversation = x'00'",
    ],
)
def test_no_damage_is_a_traceback(proxyd: Command, tmp_path: Path, statement: str) -> None:
    added(proxyd)
    proxyd("user", "add", "ben", "--name", "Ben", "--grant", "support:read")
    by_hand(tmp_path, statement)
    commands = (
        *(("user", "list"), ("user", "disable", "ben"), ("mailbox", "list"), ("audit", "search")),
        *(("audit", "export", "--format", "csv"), ("audit", "verify")),
    )
    said = [proxyd(*command) for command in commands]  # raises for a traceback
    bad = [one for one in said if one.code]
    assert bad and all(one.code == 1 for one in bad)
    assert all("proxyd.db" in one.err or "tampered" in one.err for one in bad)


def test_a_fault_of_ours_keeps_its_traceback(
    proxyd: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_admin: object) -> None:
        raise ValueError("ours")

    monkeypatch.setattr("proxyd.commands.user.AccountAdmin.all", broken)
    with pytest.raises(ValueError, match="ours"):
        proxyd("user", "list")


def test_another_master_key(proxyd: Command, tmp_path: Path) -> None:
    proxyd("user", "list")
    (tmp_path / "data" / "master.key").write_text("00" * 32)
    said = proxyd("user", "list")
    assert said.code == 1 and "another master key" in said.err


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "proxyd.toml").write_text(CONFIG)
    process = subprocess.run(
        f"{sys.executable} -m proxyd.cli conf example | head -n 1",
        shell=True,
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, "PROXYD_CONFIG": str(tmp_path / "proxyd.toml")},
    )
    assert process.stdout.startswith("# Configuration of proxyd") and process.stderr == ""


def test_a_policy_is_shown_and_chosen(proxyd: Command) -> None:
    added(proxyd)
    shown = proxyd("mailbox", "policy", "support")
    assert shown.code == 0
    assert "override-pause-s" in shown.out
    assert proxyd("mailbox", "policy", "support", "zone=Asia/Tokyo", "guard-hold=no").code == 0
    now = json.loads(proxyd("mailbox", "policy", "support", "--json").out)
    assert (now["zone"], now["guard-hold"], now["guard-done"]) == ("Asia/Tokyo", "no", "yes")
    for wrong in ("guard-hold", "guard-hold=perhaps", "what=yes"):
        said = proxyd("mailbox", "policy", "support", wrong)
        assert said.code == 2, wrong
        assert "write" in said.err
    assert proxyd("mailbox", "policy", "nobody").code != 0


def test_a_person_is_away_and_back(proxyd: Command) -> None:
    added(proxyd)
    assert proxyd("user", "add", "anna", "--name", "Anna", "--grant", "support:respond").code == 0
    away = proxyd("user", "away", "anna", "--until", "2099-01-01")
    assert (away.code, "2099-01-01 00:00" in away.out) == (0, True)
    assert "away until 2099-01-01" in proxyd("user", "list").out
    assert proxyd("user", "away", "anna", "--until", "2001-01-01").code == 2
    assert proxyd("user", "back", "anna").code == 0
    assert json.loads(proxyd("user", "list", "--json").out)[0]["away_until"] == ""


def test_a_conversation_is_listed_and_shown(proxyd: Command, tmp_path: Path) -> None:
    added(proxyd)
    assert proxyd("conversation", "list").out.split() == [
        "NUMBER", "MAILBOX", "STATUS", "ASSIGNEE", "CHANGED",
        "WAITS", "SINCE", "OVERDUE", "HOLD", "UNTIL",
    ]  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "data" / "proxyd.db")) as database, database:
        database.execute(
            "INSERT INTO conversations (id, mailbox_id, status, changed_us)"
            " VALUES (7, 1, 'hold', 1)"
        )
        database.execute(
            "INSERT INTO thread_ids (mailbox_id, message_id, conversation_id, arrived)"
            " VALUES (1, 'm@x', 7, 1)"
        )
    wanted = ("conversation", "list", "--status", "hold", "--json")
    assert json.loads(proxyd(*wanted).out) == [], "none of its mails is here"
    (listed,) = json.loads(proxyd(*wanted, "--all").out)
    assert (listed["number"], listed["mailbox"], listed["assignee"]) == (7, "support", "")
    assert (listed["waits_since"], listed["overdue"], listed["hold_until"]) == (None, False, None)
    shown = proxyd("conversation", "show", "<m@x>")
    head, known = shown.out.splitlines()
    assert head == "Conversation 7 of support: hold, nobody's"
    assert "was there before the proxy" in known and known.endswith("belong to it: m@x")
    assert json.loads(proxyd("conversation", "show", "7", "--json").out)["messages"] == ["m@x"]
    missing = proxyd("conversation", "show", "8")
    assert (missing.code, missing.err) == (
        2,
        "there is no conversation '8'; see: proxyd conversation list\n",
    )
    found = proxyd("audit", "search", "--action", "audit", "--json").out.splitlines()
    assert [json.loads(one)["detail"] for one in found[:4]] == [
        {"did": "conversations"},
        {"did": "conversations", "status": "hold"},
        {"did": "conversations", "status": "hold"},
        {"did": "history", "asked": "m@x"},
    ]


def test_a_conversation_that_two_mailboxes_have_is_shown_of_one(
    proxyd: Command, tmp_path: Path
) -> None:
    added(proxyd)
    servers = ("--imap", "imaps://s@imap.example.test", "--smtp", "smtps://smtp.example.test")
    named = ("mailbox", "add", "sales", "--address", "sales@example.test")
    assert proxyd(*named, *servers, "--password-stdin", stdin="secret\n").code == 0
    with closing(sqlite3.connect(tmp_path / "data" / "proxyd.db")) as database, database:
        for number, mailbox in ((7, 1), (8, 2)):
            database.execute(
                "INSERT INTO conversations (id, mailbox_id, status, changed_us)"
                " VALUES (?, ?, 'hold', 1)",
                (number, mailbox),
            )
            database.execute(
                "INSERT INTO thread_ids (mailbox_id, message_id, conversation_id, arrived)"
                " VALUES (?, 'm@x', ?, 1)",
                (mailbox, number),
            )
    said = proxyd("conversation", "show", "m@x")
    sentence = "--mailbox: several mailboxes have m@x; write one of: "
    assert (said.code, said.err) == (2, f"{sentence}support, sales\n")
    for name, number in (("support", 7), ("sales", 8)):
        shown = proxyd("conversation", "show", "m@x", "--mailbox", name).out
        assert shown.startswith(f"Conversation {number} of {name}: ")
        assert proxyd("conversation", "show", str(number)).out == shown
    wrong = proxyd("conversation", "show", "8", "--mailbox", "support")
    assert (wrong.code, wrong.err) == (2, "--mailbox: 8 is not in 'support'; it is in: sales\n")
    assert "did you mean sales?" in proxyd("conversation", "show", "8", "--mailbox", "sale").err


def conversation_of_two(data: Path, status: str = "open", *, refers: bool = True) -> None:
    """Mails a@x and b@x of conversation 7, of which the second refers to the first."""
    rows = (
        "folders (id, mailbox_id, name, delimiter, attributes, uidvalidity, uidnext, modseq,"
        " keywords) VALUES (1, 1, 'INBOX', '/', '', 1, 3, 0, 0)",
        "views (id, mailbox_id, kind, subject, uidvalidity, uidnext)"
        " VALUES (1, 1, 'folder', '1', 5, 1)",
        f"conversations (id, mailbox_id, status, changed_us) VALUES (7, 1, '{status}', 1)",
        *(
            "messages (id, folder_id, uid, conversation_id, message_id, size, internal_date, flags,"
            f" local_keywords, inbound, automatic, subject_digest, refers) VALUES ({number}, 1,"
            f" {number}, 7, '{id_}', 9, 'd', '', '', 1, 0, '', {named if refers else 'NULL'})"
            for number, (id_, named) in enumerate((("a@x", "''"), ("b@x", "'a@x'")), 1)
        ),
        *(
            "thread_ids (mailbox_id, message_id, conversation_id, arrived)"
            f" VALUES (1, '{id_}', 7, 1)"
            for id_ in ("a@x", "b@x")
        ),
    )
    with closing(sqlite3.connect(data / "proxyd.db")) as database, database:
        for row in rows:
            database.execute(f"INSERT INTO {row}")


def test_a_conversation_is_split_and_joined_while_no_proxy_runs(
    proxyd: Command, tmp_path: Path
) -> None:
    added(proxyd)
    conversation_of_two(tmp_path / "data")
    assert proxyd("conversation", "split", "b@x").code == 2, "nobody to ask"
    done = json.loads(proxyd("conversation", "split", "<b@x>", "--yes", "--json").out)
    assert done == {"from": 7, "conversation": 8, "mails": 1}
    assert len(json.loads(proxyd("conversation", "list", "--json").out)) == 2
    shown = proxyd("conversation", "show", "b@x").out
    assert shown.startswith("Conversation 8 of support: open, nobody's; ")
    assert "split it off from conversation 7" in shown
    assert "split off conversation 8" in proxyd("conversation", "show", "a@x").out
    back = proxyd("conversation", "join", "8", "a@x", "--yes")
    told = "Conversation 7 has the mails of conversation 8 now: 1\n"
    assert (back.code, back.out) == (0, told)
    shown = proxyd("conversation", "show", "8").out
    assert shown.startswith("Conversation 7 of support: open, nobody's; formerly also 8; ")
    assert "joined it with conversation 8" in shown


def test_a_conversation_is_given_to_a_colleague_and_to_nobody_while_no_proxy_runs(
    proxyd: Command, tmp_path: Path
) -> None:
    added(proxyd)
    conversation_of_two(tmp_path / "data")
    grants = ("--grant", "support:respond", "--password-stdin")
    assert proxyd("user", "add", "kim", "--name", "Kim", *grants, stdin="seven kettles\n").code == 0
    done = proxyd("conversation", "assign", "<b@x>", "kim")
    assert (done.code, done.out) == (0, "Conversation 7 of support is in the hands of kim.\n")
    told = json.loads(proxyd("conversation", "assign", "7", "--nobody", "--json").out)
    assert told == {"conversation": 7, "assignee": None}
    shown = proxyd("conversation", "show", "7").out
    assert "gave it to kim" in shown and "gave it back" in shown
    for words, said in (
        (("7",), "write a login, or --nobody"),
        (("7", "kim", "--nobody"), "write a login, or --nobody"),
        (("7", "rob"), "'rob' may not answer in support"),
        (("9", "kim"), "there is no conversation 9"),
    ):
        refused = proxyd("conversation", "assign", *words)
        assert refused.code == 2 and said in refused.err, words


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("split", "a@x"), "nothing would stay"),
        (("split", "b@y"), "did you mean b@x?"),
        (("split", "7"), "is the number of a conversation"),
        (("split", "b@x", "--mailbox", "suport"), "did you mean support?"),
        (("join", "7", "a@x"), "both are conversation 7"),
        (("join", "7", "9"), "there is no conversation 9"),
        (("join", "7", "nobody@else.example"), "no mail 'nobody@else.example' was ever here"),
    ],
)
def test_what_can_not_be_split_or_joined_is_said(
    proxyd: Command, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    added(proxyd)
    conversation_of_two(tmp_path / "data")
    said = proxyd("conversation", *words, "--yes")
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_a_conversation_is_on_hold_while_no_proxy_runs(proxyd: Command, tmp_path: Path) -> None:
    added(proxyd, "--zone", "Asia/Tokyo")
    conversation_of_two(tmp_path / "data")
    put = proxyd("conversation", "hold", "<b@x>", "--until", "3d", "--json")
    done = json.loads(put.out)
    at = datetime.strptime(done["until"], "%Y-%m-%d %H:%M:%S%z").astimezone(ZoneInfo("Asia/Tokyo"))
    assert (done["conversation"], at.time().isoformat()) == (7, "09:00:00")
    (listed,) = json.loads(proxyd("conversation", "list", "--json").out)
    keys = ["number", "mailbox", "status", "assignee", "changed"]
    assert list(listed) == [*keys, "waits_since", "overdue", "hold_until"]
    assert (listed["status"], listed["hold_until"]) == ("hold", done["until"])
    assert proxyd("conversation", "list").out.endswith(f"{done['until']}\n")
    head, _, *rows = proxyd("conversation", "show", "7").out.splitlines()
    assert head == f"Conversation 7 of support: hold until {done['until']}, nobody's"
    # It had waited since 1970.
    for row, said in zip(rows, ("it became overdue", "put it on hold until"), strict=True):
        assert said in row
    assert f"until {at.isoformat(' ', 'minutes')}" in rows[1]
    without = proxyd("conversation", "hold", "7")
    assert (without.code, without.out) == (0, "Conversation 7 of support is on hold.\n")
    shown = proxyd("conversation", "show", "7").out
    assert shown.startswith("Conversation 7 of support: hold, nobody's\n")
    assert "put it on hold, not until a day any more" in shown
    again = proxyd("conversation", "hold", "7", "--until", "tomorrow")
    assert re.fullmatch(r"Conversation 7 of support is on hold until .{24}\.\n", again.out)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("7", "--until", "someday"), "--until: 'someday' names no day; write tomorrow, a weekday"),
        (("7", "--until", "2001-01-01"), "--until: 2001-01-01 is not within the next two years"),
        (("7", "--until", "2099-02-30"), "--until: there is no day 2099-02-30"),
        (("7", "--until", "9999d"), "is not within the next two years"),
        (("9",), "there is no conversation 9"),
        (("b@y",), "did you mean b@x?"),
        (("7", "--mailbox", "suport"), "did you mean support?"),
        ((), "NUMBER|MESSAGE-ID"),
    ],
)
def test_what_can_not_be_on_hold_is_said(
    proxyd: Command, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    added(proxyd)
    conversation_of_two(tmp_path / "data")
    said = proxyd("conversation", "hold", *words)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    (listed,) = json.loads(proxyd("conversation", "list", "--json").out)
    assert (listed["status"], listed["hold_until"]) == ("open", None)


def test_what_is_not_read_yet_is_not_split(proxyd: Command, tmp_path: Path) -> None:
    added(proxyd)
    conversation_of_two(tmp_path / "data", refers=False)
    said = proxyd("conversation", "split", "b@x", "--yes")
    assert said.code == 2 and "run the proxy" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("conversation", "split", "\udcff@x", "--yes"),
        ("conversation", "join", "\udcff", "1", "--yes"),
        ("conversation", "show", "\udcff"),
        ("audit", "search", "--message", "\udcff"),
        ("user", "remove", "\udcff", "--yes"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_octets_that_are_no_text_are_misuse(proxyd: Command, words: tuple[str, ...]) -> None:
    added(proxyd)
    said = proxyd(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err


# ------------------------------------------------------------------ what is told, to the letter


def test_the_zone_is_chosen_when_a_mailbox_is_added(proxyd: Command) -> None:
    said = added(proxyd, "--zone", "Europe/Paris")
    assert "read times of Europe/Paris" in said.err
    assert (
        json.loads(proxyd("mailbox", "policy", "support", "--json").out)["zone"] == "Europe/Paris"
    )
    said = added(proxyd, "--zone", "Tokyo")
    assert said.code == 2 and "--zone" in said.err and "Asia/Tokyo" in said.err


def test_a_japanese_mailbox_has_the_zone_of_japan(proxyd: Command) -> None:
    added(proxyd, "--language", "ja")
    assert json.loads(proxyd("mailbox", "policy", "support", "--json").out)["zone"] == "Asia/Tokyo"


def test_the_machines_zone_is_shown(proxyd: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Lima")
    assert "read times of America/Lima" in added(proxyd).err
    assert json.loads(proxyd("mailbox", "policy", "support", "--json").out)["zone"] == ""


def test_a_name_with_a_space_is_quoted_where_it_is_suggested(proxyd: Command) -> None:
    added(proxyd)
    assert proxyd("mailbox", "set", "support", "--name", "our box").code == 0
    assert "mailbox policy 'our box' KEY=VALUE" in proxyd("mailbox", "policy", "our box").err


@pytest.mark.parametrize("command", [(), ("user",), ("mailbox",), ("audit",), ("secrets",)])
def test_no_line_of_help_is_cut_off(
    proxyd: Command, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for columns in ("60", "80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        said = proxyd(*command, "--help").out
        assert "..." not in said.replace("[ARGS]...", "") and "…" not in said


def test_csv_is_what_excel_reads(proxyd: Command, tmp_path: Path) -> None:
    for name in ("=cmd()", " =cmd()", "＝cmd()", "+1", "@x"):
        proxyd("mailbox", "add", name)
    proxyd("user", "add", "ben", "--name", "佐藤")
    assert proxyd("audit", "search", "--person", "-x").code == 2
    proxyd("audit", "export", "--format", "csv", "--output", "log.csv")
    octets = (tmp_path / "log.csv").read_bytes()
    assert octets.startswith(b"\xef\xbb\xbfnumber,") and octets.endswith(b"\r\n")
    assert octets.count(b"\n") == octets.count(b"\r\n") and "佐藤".encode() in octets
