"""policies.json (admin/client_setup/thunderbird_policies.py)."""

from __future__ import annotations

import json
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given

from admin.client_setup.thunderbird_addon import ADDON_ID
from admin.client_setup.thunderbird_policies import certificates, policies
from admin.client_setup.thunderbird_preferences import preferences
from proxyd.domain.client_facts import Tag
from tests.admin.client_setup.thunderbird_facts import FACTS, NAMES, PEM, TAGS
from tests.servers.certificates import make_ca

URL = "file:///opt/proxyd/tags.xpi"
# What the published schema says of what we use (Thunderbird's policies-schema.json, the same from
# 128 to 153): for each policy the types of its members. An e2e test asks the program itself.
SCHEMA: dict[str, dict[str, Any]] = {
    "Preferences": {"Value": (bool, int, str), "Status": {"default", "locked", "user", "clear"}},
    "ExtensionSettings": {
        "installation_mode": {"allowed", "blocked", "force_installed", "normal_installed"},
        "install_url": (str,),
        "updates_disabled": (bool,),
    },
}


def read(made: bytes) -> dict[str, Any]:
    file = json.loads(made)
    assert file.keys() == {"policies"}
    found: dict[str, Any] = file["policies"]
    return found


def test_it_is_what_the_schema_knows() -> None:
    made = read(policies(FACTS, TAGS, URL))
    for policy, members in SCHEMA.items():
        for one in made.pop(policy).values():
            for name, value in one.items():
                known = members[name]
                assert value in known if isinstance(known, set) else type(value) in known
    assert made == {"Certificates": {"Install": ["proxyd-ca-1.pem", "proxyd-ca-2.pem"]}}


def test_tags_and_settings_are_defaults_that_a_user_may_change() -> None:
    found = read(policies(FACTS, TAGS))["Preferences"]
    lasting = [tag for tag in TAGS if not tag.keyword.startswith("$assignee-")]
    assert {name: one["Value"] for name, one in found.items()} == preferences(lasting)
    assert {one["Status"] for one in found.values()} == {"default"}


def test_a_colleague_is_no_default_which_the_add_on_could_not_take_away() -> None:
    assert any(tag.keyword.startswith("$assignee-") for tag in TAGS)
    assert not [name for name in read(policies(FACTS, TAGS))["Preferences"] if "$assignee-" in name]


def test_nobody_removes_the_add_on_and_nobody_else_renews_it() -> None:
    found = read(policies(FACTS, TAGS, URL))["ExtensionSettings"][ADDON_ID]
    assert found == {
        "installation_mode": "force_installed",
        "install_url": URL,
        "updates_disabled": True,
    }
    assert "ExtensionSettings" not in read(policies(FACTS, TAGS))


def test_each_certificate_is_a_file_and_none_where_all_trust_it_anyway(tmp_path: Path) -> None:
    assert certificates(FACTS) == {
        "proxyd-ca-1.pem": PEM.format("root").encode(),
        "proxyd-ca-2.pem": PEM.format("issuing").encode(),
    }
    without = replace(FACTS, ca_pem="")
    assert certificates(without) == {}
    assert "Certificates" not in read(policies(without, TAGS))
    pem = make_ca(tmp_path).ca.read_text()
    (one,) = certificates(replace(FACTS, ca_pem=f"an authority\n{pem}")).values()
    assert ssl.PEM_cert_to_DER_cert(one.decode()) == ssl.PEM_cert_to_DER_cert(pem)


@given(NAMES)
def test_names_come_through(name: str) -> None:
    made = policies(FACTS, [Tag("$status-asked", name, "#C62828")])
    made.decode("utf-8")
    found = read(made)["Preferences"]["mailnews.tags.$status-asked.tag"]
    assert found["Value"] == name
