"""The API against its own OpenAPI document: a real proxy, a program per role, schemathesis.

The same inputs in every run (``--generation-deterministic``), and so many that all roles together
take less than a minute.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admin.api.openapi import operation_id
from admin.api.route import PREFIX
from admin.api.routes import ROUTES
from proxyd.domain.api_token import OF_ROLE
from proxyd.domain.types import Role
from tests.admin.api.test_matrix import BY_MAILBOX
from tests.e2e.installation import PASSWORD, Installation
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates

CONSOLE = '[console]\nlisten = "127.0.0.1:0"\napi_requests_per_s = 10000\n'
HOOKS = Path(__file__).with_name("schema_hooks.py")
EXAMPLES = 5  # of each row, besides those at the edges
# What a schema can't say is said by 422: a password that everybody would guess, a name with
# characters that nobody sees.
SETTINGS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422"]
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "413", "415", "422"]
[checks.missing_required_header]
expected-statuses = ["400", "401", "422"]
"""


@pytest.fixture
def office(tmp_path: Path, certificates: Certificates) -> Iterator[Installation]:
    """One for each: an admin's storm leaves nobody as they were."""
    directory = tmp_path / "office"
    directory.mkdir()
    installed = Installation(directory, certificates, CONSOLE)
    for role in Role:
        words = ("user", "add", f"the.{role}", "--name", role, "--role", role, "--password-stdin")
        installed.typed(*words, stdin=PASSWORD + "\n")
    installed.start()
    yield installed
    installed.close()


def token(office: Installation, role: Role) -> str:
    words = [word for scope in sorted(OF_ROLE[role]) for word in ("--scope", scope)]
    made = office.typed("api-token", "add", f"the.{role}", "--name", "robot", *words, "--json")
    return str(json.loads(made)["token"])


def must_meet(role: Role) -> set[str]:
    """What needs no knowledge of anything that is there: to be carried out at least once."""
    rows = [row for row in ROUTES if role in row.roles]
    rows = [row for row in rows if "{" not in row.path and row.path not in BY_MAILBOX]
    met = {f"GET {PREFIX}{row.path}" for row in rows if row.method == "GET"}
    return met | ({f"POST {PREFIX}/people"} if role is Role.ADMIN else set())


def operations(role: Role) -> list[str]:
    return [operation_id(row) for row in ROUTES if role in row.roles]


def carried_out(report: Path) -> set[str]:
    """Operations that were answered with 2xx at least once."""
    return {
        label
        for line in report.read_text("utf-8").splitlines()
        for label, statuses in answered(json.loads(line))
        if any(200 <= status < 300 for status in statuses)
    }


def answered(event: dict[str, Any]) -> Iterator[tuple[str, list[int]]]:
    recorder = event.get("ScenarioFinished", {}).get("recorder")
    if recorder and "interactions" in recorder:
        found = [one["response"] for one in recorder["interactions"].values()]
        yield recorder["label"], [one["status_code"] for one in found if one]


@pytest.mark.parametrize("role", list(Role))
def test_the_server_does_what_the_document_says(
    office: Installation, role: Role, tmp_path: Path
) -> None:
    report = tmp_path / "report.ndjson"
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS)
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
    done = subprocess.run(
        [
            *program,
            f"http://localhost:{office.ports['console']}/api/v1/openapi.json",
            *("--header", f"Authorization: Bearer {token(office, role)}"),
            *("--phases", "examples,coverage,fuzzing", "--mode", "all"),
            *("--max-examples", str(EXAMPLES), "--generation-deterministic"),
            *("--request-timeout", str(PATIENCE_S), "--continue-on-failure", "--no-color"),
            # Those of others are not there for it: tests/admin/api/test_matrix.py.
            *(word for one in operations(role) for word in ("--include-operation-id", one)),
            *("--report", "ndjson", "--report-ndjson-path", str(report)),
            # Who tries wrong tokens is slowed down (429); what they open is tests/admin/api's.
            *("--exclude-checks", "ignored_auth"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=4 * PATIENCE_S,
        cwd=tmp_path,
        env={
            **os.environ,
            "COLUMNS": "160",
            "SCHEMATHESIS_HOOKS": str(HOOKS),
            "OWN_LOGIN": f"the.{role}",
        },
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert "an API request failed" not in office.log()
    assert must_meet(role) <= carried_out(report)
