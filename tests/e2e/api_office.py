"""A real proxy with its HTTP API, and nothing behind it: a mailbox whose provider never answers."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.e2e.installation import PASSWORD, Installation
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates

CONSOLE = '[console]\nlisten = "127.0.0.1:0"\n'


def office_in(directory: Path, certificates: Certificates, more: str = CONSOLE) -> Installation:
    directory.mkdir()
    installed = Installation(directory, certificates, more)
    mailbox = ("mailbox", "add", "support", "--address", "support@example.test")
    servers = ("--imap", "imap://support@127.0.0.1:1", "--smtp", "smtp://127.0.0.1:1")
    installed.typed(*mailbox, *servers, "--password-stdin", stdin="secret\n")
    installed.add_person("hanako", "佐藤 花子")
    return installed


def person(office: Installation, login: str, role: str) -> None:
    words = ("user", "add", login, "--name", login, "--role", role, "--password-stdin")
    office.typed(*words, stdin=PASSWORD + "\n")


def token(office: Installation, login: str, *scopes: str) -> str:
    words = [word for scope in scopes for word in ("--scope", scope)]
    made = office.typed("api-token", "add", login, "--name", "robot", *words, "--json")
    return str(json.loads(made)["token"])


def asked(
    office: Installation, token: str, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    """Status and JSON. Raises OSError where the proxy dies before it answers."""
    url = f"http://localhost:{office.ports['console']}/api/v1{path}"
    told = {"Authorization": f"Bearer {token}", **headers}
    data = None
    if body is not None:
        told["Content-Type"], data = "application/json", json.dumps(body).encode()
    request = urllib.request.Request(url, data, told, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
