"""How mail clients reach this installation (app/reached.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxyd.app.reached import reached
from proxyd.settings import ClientSettings, ImapSettings, ServerSettings, Settings
from proxyd.settings_values import Listen


def settings(imap: ImapSettings, clients: ClientSettings) -> Settings:
    return Settings(server=ServerSettings(hostname="mail.example.test"), imap=imap, clients=clients)


@pytest.mark.parametrize(
    ("tls", "starttls", "given", "expected"),
    [
        (993, 143, "", ("mail.example.test", 993, "tls")),
        (None, 143, "", ("mail.example.test", 143, "starttls")),
        (9993, 9143, "imap.example.test:993", ("imap.example.test", 993, "tls")),
        (9993, 9143, "imap.example.test:143", ("imap.example.test", 143, "starttls")),
        (9993, 9143, "imap.example.test:9143", ("imap.example.test", 9143, "starttls")),
        (None, 9143, "imap.example.test:993", ("imap.example.test", 993, "tls")),
    ],
)
def test_server(
    tls: int | None, starttls: int | None, given: str, expected: tuple[str, int, str]
) -> None:
    at = [Listen("0.0.0.0", port) if port else None for port in (tls, starttls)]
    found = reached(settings(ImapSettings(tls=at[0], starttls=at[1]), ClientSettings(imap=given)))
    assert (found.imap.host, found.imap.port, found.imap.security) == expected


def test_the_authority_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("青葉-----BEGIN CERTIFICATE-----\n", "utf-8")
    found = reached(settings(ImapSettings(), ClientSettings(ca_file=file)))
    assert found.ca_pem == "-----BEGIN CERTIFICATE-----\n"


def test_where_the_system_chose_the_port_it_is_told() -> None:
    any_port = Listen("127.0.0.1", 0)
    given = settings(ImapSettings(tls=any_port, starttls=None), ClientSettings())
    assert reached(given).imap.port == 0
    found = reached(given, {"imap-tls": 4711, "imap-starttls": 4712, "smtp-tls": 4713})
    assert (found.imap.port, found.imap.security) == (4711, "tls")
