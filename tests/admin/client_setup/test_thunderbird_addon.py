"""The add-on as a file (admin/client_setup/thunderbird_addon.py); what it does is an e2e test's."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from typing import Any

from hypothesis import given

from admin.client_setup.thunderbird_addon import addon, told_as_json
from proxyd.domain.client_facts import ClientFacts
from proxyd.domain.tags_told import told_of_mailbox, told_to_person
from tests.admin.client_setup.thunderbird_facts import FACTS, HANAKO, NAMES, SALES, TAGS, called

TOLD = told_to_person(FACTS.organisation, HANAKO)
TOKEN = "p1.token"
FOR_TAGS = {"messagesRead", "messagesTags", "messagesTagsList", "storage"}
FOR_SENDER = {"accountsRead", "accountsIdentities"}


def unpacked(made: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def part(made: bytes, name: str) -> Any:
    return json.loads(unpacked(made)[name])


def test_all_that_it_names_is_in_it() -> None:
    made = addon(FACTS, TOLD, TOKEN)
    files = unpacked(made)
    manifest = part(made, "manifest.json")
    assert set(manifest["background"]["scripts"]) < files.keys()
    english, japanese = (part(made, f"_locales/{code}/messages.json") for code in ("en", "ja"))
    used = set(re.findall(r"__MSG_(\w+)__", json.dumps(manifest)))
    assert english.keys() == japanese.keys() == used
    assert manifest["default_locale"] == "en"


def test_it_may_do_no_more_than_it_needs() -> None:
    def permissions(facts: ClientFacts, told: Any) -> set[str]:
        return set(part(addon(facts, told, TOKEN), "manifest.json")["permissions"])

    tags_of = "https://autoconfig.example.com/.well-known/proxyd/tags"
    assert permissions(FACTS, TOLD) == FOR_TAGS | FOR_SENDER | {tags_of}
    other_port = replace(FACTS, web="https://autoconfig.example.com:8443")
    assert tags_of in permissions(other_port, TOLD)
    of_mailbox = told_of_mailbox("", SALES, TAGS)
    assert permissions(FACTS, of_mailbox) == FOR_TAGS | {tags_of}
    assert permissions(replace(FACTS, web=""), of_mailbox) == FOR_TAGS


def test_it_asks_where_clients_reach_us() -> None:
    settings = part(addon(FACTS, TOLD, TOKEN), "settings.json")
    assert settings == {
        "url": "https://autoconfig.example.com/.well-known/proxyd/tags",
        "token": TOKEN,
        "minutes": 10,
        "told": told_as_json(TOLD),
    }


def test_without_a_web_server_it_carries_the_tags_and_no_token() -> None:
    settings = part(addon(replace(FACTS, web=""), TOLD, TOKEN), "settings.json")
    assert (settings["url"], settings["token"]) == ("", "")
    assert settings["told"]["tags"][0] == {
        "key": "$status-open",
        "label": "Open",
        "colour": "#C62828",
        "ordinal": "!001",
    }


def test_no_stranger_is_asked_for_a_newer_one() -> None:
    gecko = part(addon(FACTS, TOLD, TOKEN), "manifest.json")["browser_specific_settings"]["gecko"]
    assert gecko["update_url"].startswith("https://mail.example.com/")


def test_the_same_is_the_same_to_the_octet() -> None:
    assert addon(FACTS, TOLD, TOKEN) == addon(FACTS, TOLD, TOKEN)


@given(NAMES)
def test_names_come_through(name: str) -> None:
    facts = called(name)
    told = told_to_person(facts.organisation, facts.people[0])
    carried = part(addon(facts, told, TOKEN), "settings.json")["told"]
    assert (carried["organisation"], carried["tags"][-1]["label"]) == (name, name)
