"""user.js (admin/client_setup/thunderbird_user_js.py), read as Thunderbird reads it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given

from admin.client_setup.thunderbird_preferences import preferences
from admin.client_setup.thunderbird_user_js import user_js
from proxyd.domain.client_facts import ClientServer
from tests.admin.client_setup.thunderbird_facts import FACTS, HANAKO, NAMES, TAGS, TARO, called

# modules/libpref/parser: comments, and user_pref with true, false, a number or a string, in which
# these escapes are known and no others.
LINE = re.compile(r'user_pref\("((?:[^"\\\n]|\\.)*)", (true|false|-?\d+|"(?:[^"\\\n]|\\.)*")\);')
ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\(.)")
KNOWN = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "r": "\r"}


def unescaped(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1]:
            return KNOWN[found[1]]
        units = bytes.fromhex(found[0].replace("\\u", ""))
        return units.decode("utf-16-be")  # in pairs

    return ESCAPE.sub(one, text)


def read(made: bytes) -> dict[str, bool | int | str]:
    found: dict[str, bool | int | str] = {}
    for line in made.decode("utf-8").splitlines():
        if line.startswith("//"):
            continue
        parts = LINE.fullmatch(line)
        assert parts, line
        name, value = unescaped(parts[1]), parts[2]
        assert name not in found
        found[name] = unescaped(value[1:-1]) if value[0] == '"' else _plain(value)
    return found


def _plain(value: str) -> bool | int:
    return value == "true" if value in ("true", "false") else int(value)


def branch(found: dict[str, bool | int | str], start: str) -> dict[str, bool | int | str]:
    return {name[len(start) :]: found[name] for name in found if name.startswith(start)}


def test_tags_and_settings_are_those_of_every_profile() -> None:
    assert preferences(TAGS).items() <= read(user_js(FACTS, HANAKO)).items()


def test_one_mailbox_is_one_account_with_the_login_alone() -> None:
    found = read(user_js(FACTS, TARO))
    assert found["mail.accountmanager.accounts"] == "account1,account2"
    assert branch(found, "mail.server.server1.") == {
        "type": "imap",
        "name": "support@example.com",
        "hostname": "mail.example.com",
        "port": 1993,
        "socketType": 3,
        "userName": "taro",
        "authMethod": 3,
        "login_at_startup": True,
        "check_new_mail": True,
    }
    assert branch(found, "mail.smtpserver.smtp1.") == {
        "hostname": "send.example.com",
        "port": 1587,
        "try_ssl": 2,
        "username": "taro",
        "authMethod": 3,
    }
    assert branch(found, "mail.identity.id1.") == {
        "useremail": "support@example.com",
        "fullName": FACTS.organisation,
        "smtpServer": "smtp1",
        "valid": True,
    }
    assert found["mail.server.server2.type"] == "none"


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Local Folders"), ("ja", "ローカルフォルダー")]
)
def test_the_local_folders_are_named_in_the_persons_language(language: str, name: str) -> None:
    box = replace(TARO.mailboxes[0], language=language)
    found = read(user_js(FACTS, replace(TARO, mailboxes=(box,))))
    assert found["mail.server.server2.name"] == name


def test_without_an_organisation_the_address_is_the_senders_name() -> None:
    found = read(user_js(replace(FACTS, organisation=""), TARO))
    assert found["mail.identity.id1.fullName"] == "support@example.com"


def test_each_mailbox_is_an_account_with_its_own_sender() -> None:
    found = read(user_js(FACTS, HANAKO))
    assert found["mail.accountmanager.accounts"] == "account1,account2,account3"
    assert found["mail.smtpservers"] == "smtp1,smtp2"
    users = [found[f"mail.server.server{n}.userName"] for n in (1, 2)]
    assert users == ["hanako*support", "hanako*sales"]
    assert [found[f"mail.smtpserver.smtp{n}.username"] for n in (1, 2)] == users
    addresses = [found[f"mail.identity.id{n}.useremail"] for n in (1, 2)]
    assert addresses == ["support@example.com", "Sales@Example.com"]
    named = {value for name, value in found.items() if name.startswith("mail.account.")}
    assert named == {"server1", "server2", "server3", "id1", "id2"}


@pytest.mark.parametrize(("security", "socket"), [("tls", 3), ("starttls", 2)])
def test_the_connection_is_never_in_clear(security: str, socket: int) -> None:
    server = ClientServer("mail.example.com", 143, security)
    found = read(user_js(replace(FACTS, imap=server, smtp=server), TARO))
    assert found["mail.server.server1.socketType"] == socket
    assert found["mail.smtpserver.smtp1.try_ssl"] == socket


def test_the_one_mailbox_of_a_company_is_called_by_its_name() -> None:
    facts = replace(FACTS, mailboxes=FACTS.mailboxes[:1])
    assert read(user_js(facts, TARO))["mail.server.server1.name"] == FACTS.organisation


@given(NAMES)
def test_names_come_through(name: str) -> None:
    facts = called(name)
    found = read(user_js(facts, facts.people[0]))
    assert found["mailnews.tags.$assignee-hanako.tag"] == name
    assert found["mail.identity.id1.fullName"] == name
