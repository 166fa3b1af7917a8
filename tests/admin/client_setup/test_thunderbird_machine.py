"""What is unpacked beside Thunderbird (admin/client_setup/thunderbird_machine.py, zipped.py)."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from dataclasses import replace

from admin.client_setup.thunderbird_addon import addon
from admin.client_setup.thunderbird_machine import thunderbird_machine
from proxyd.domain.tags_told import told_of_mailbox
from tests.admin.client_setup.thunderbird_facts import FACTS, SUPPORT, TAGS

TOLD = told_of_mailbox(FACTS.organisation, SUPPORT, TAGS)


def unpacked(made: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_each_file_lies_where_thunderbird_looks_for_it() -> None:
    files = unpacked(thunderbird_machine(FACTS, TOLD, "m1.token"))
    rules = json.loads(files.pop("policies.json"))["policies"]
    named = {f"certificates/{name}" for name in rules["Certificates"]["Install"]}
    assert files.pop("extensions/tags@proxyd.invalid.xpi") == addon(FACTS, TOLD, "m1.token")
    assert files.keys() == named


def test_without_an_authority_of_ones_own_there_is_none() -> None:
    files = unpacked(thunderbird_machine(replace(FACTS, ca_pem=""), TOLD, "m1.token"))
    assert files.keys() == {"policies.json", "extensions/tags@proxyd.invalid.xpi"}


def test_everybody_at_the_machine_may_read_it() -> None:
    with zipfile.ZipFile(io.BytesIO(thunderbird_machine(FACTS, TOLD, ""))) as archive:
        modes = {stat.filemode(entry.external_attr >> 16) for entry in archive.infolist()}
    assert modes == {"?rw-r--r--"}
