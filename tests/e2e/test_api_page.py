"""Every command of docs/api.md, in order, as it stands there, against a real proxy."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.api_office import office_in
from tests.e2e.installation import Installation
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
_TOKEN = re.compile(r"proxyd_[0-9A-Za-z]{49}")


@pytest.fixture
def office(tmp_path: Path, certificates: Certificates) -> Iterator[Installation]:
    installed = office_in(tmp_path / "office", certificates)
    installed.start()
    yield installed
    installed.close()


def typed(block: str, at: Path, **environment: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        capture_output=True,
        text=True,
        cwd=at,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **environment},
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_each_command_does_what_the_page_says(office: Installation, tmp_path: Path) -> None:
    scripts = sysconfig.get_path("scripts")
    around = {
        "PATH": f"{scripts}:{os.environ['PATH']}",
        "PROXYD_CONFIG": str(office.config),
        "PROXYD": f"http://localhost:{office.ports['console']}",
    }
    first, *blocks = BLOCKS
    said = typed(first, tmp_path, **around)
    around["HR_TOKEN"], around["SIEM_TOKEN"] = _TOKEN.findall(said)
    answers = [typed(block, tmp_path, **around) for block in blocks]
    header, listed, added, changed, once, searched, refused = answers
    assert header == "" and (tmp_path / "hr.header").stat().st_mode & 0o077 == 0
    assert '"login":"hanako"' in listed
    assert json.loads(added)["person"]["grants"] == {"support": "respond"}
    assert '"already":false' in changed and '"left":null' in changed
    half = len(once) // 2
    assert once[:half] == once[half:] and json.loads(once[:half])["password"]
    assert '"did":"user add"' in searched
    assert (tmp_path / "log.jsonl").read_text("utf-8").count("\n") > 10
    errors = json.loads(refused)["errors"]
    assert {one["field"] for one in errors} == {"login"}


def test_the_page_names_each_problem_and_scope() -> None:
    from admin.api.problems import KINDS
    from proxyd.domain.api_token import ApiScope

    text = PAGE.read_text("utf-8")
    for kind, (status, _) in KINDS.items():
        assert re.search(rf"^\| {status} \| .*`{kind}`", text, re.M), kind
    assert all(f"`{scope}`" in text for scope in ApiScope)
    assert len(BLOCKS) == 8 and text.count("curl -") > 10
