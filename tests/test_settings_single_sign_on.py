"""``[single_sign_on]``: what is wrong is said in a sentence, before anybody stands before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from proxyd.app.single_sign_on import button, organisation
from proxyd.settings_file import read
from proxyd.settings_single_sign_on import (
    SECRET_LIMIT,
    SingleSignOnSettings,
    claims_of,
    files_at_fault,
)
from tests.servers.certificates import make_ca

LISTENING = """
[imap]
tls = ""
starttls = "127.0.0.1:1143"
[smtp]
tls = ""
starttls = "127.0.0.1:1587"
[console]
listen = "127.0.0.1:8025"
[single_sign_on]
"""
WHOLE = """
issuer = "https://id.example.com/realms/staff"
client_id = "proxyd"
client_secret_file = "secret"
"""


def wrong(directory: Path, text: str) -> list[tuple[str, str, str]]:
    path = directory / "proxyd.toml"
    path.write_text(LISTENING + text, "utf-8")
    found = read(path, {}).problems
    return [(one.key.removeprefix("single_sign_on."), one.what, one.instead) for one in found]


def test_whole_and_off(tmp_path: Path) -> None:
    assert wrong(tmp_path, WHOLE) == []
    assert wrong(tmp_path, "") == []
    every = """
    name = "Example Inc."
    name_ja = "例示株式会社"
    scopes = ["openid", "email"]
    login_claim = "email"
    domains = ["example.com", "mail.example.jp"]
    require = ["hd=example.com", "groups=a=b"]
    second_factor = ["amr=mfa"]
    acr_values = "gold"
    logout = false
    """
    assert wrong(tmp_path, WHOLE + every) == []
    settings = read(tmp_path / "proxyd.toml", {}).settings.single_sign_on
    assert claims_of(settings.require) == (("hd", "example.com"), ("groups", "a=b"))
    assert claims_of(settings.second_factor) == (("amr", "mfa"),)
    named = button(settings)
    assert (named.en, named.ja, named.signs_out) == ("Example Inc.", "例示株式会社", False)
    assert button(SingleSignOnSettings()).ja == "SSO"


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ('client_id = "proxyd"', "issuer", "is missing"),
        (WHOLE.replace('"proxyd"', '""'), "client_id", "is missing"),
        (WHOLE.replace('"secret"', '""'), "client_secret_file", "is missing"),
        (WHOLE.replace("https:", "http:"), "issuer", "is not an issuer"),
        (WHOLE.replace("https:", "ftp:"), "issuer", "is not an issuer"),
        (WHOLE.replace("staff", "staff?x=y"), "issuer", "is not an issuer"),
        (WHOLE + 'login_claim = "email"', "domains", "anybody's at that provider would count"),
        (WHOLE + 'domains = ["@Example.com"]', "domains", "is not a domain"),
        (WHOLE + 'domains = ["example"]', "domains", "is not a domain"),
        (WHOLE + 'domains = "example.com"', "domains", "must be a list"),
        (WHOLE + 'require = ["mfa"]', "require", "is not claim and value"),
        (WHOLE + 'require = ["=x"]', "require", "is not claim and value"),
        (WHOLE + "second_factor = [1]", "second_factor", "must be a text"),
        (WHOLE + 'scopes = ["profile"]', "scopes", 'has no "openid"'),
        (WHOLE + 'scopes = ["openid profile"]', "scopes", "is not a scope"),
        (WHOLE + 'secret = "x"', "secret", "is not a setting"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, text: str, key: str, says: str) -> None:
    found = wrong(tmp_path, text)
    assert [(one[0], says in one[1]) for one in found] == [(key, True)], found
    assert len(found[0][2]) > 10


def test_without_the_console_there_is_no_way_in(tmp_path: Path) -> None:
    path = tmp_path / "proxyd.toml"
    path.write_text(LISTENING.replace("127.0.0.1:8025", "") + WHOLE, "utf-8")
    (problem,) = read(path, {}).problems
    assert problem.key == "single_sign_on.issuer" and "the console is off" in problem.what


def test_an_address_needs_its_scope(tmp_path: Path) -> None:
    text = 'login_claim = "email"\ndomains = ["example.com"]\nscopes = ["openid"]'
    ((key, what, _),) = wrong(tmp_path, WHOLE + text)
    assert (key, what) == ("scopes", 'has no "email"')


def test_a_provider_on_this_machine_may_do_without_tls(tmp_path: Path) -> None:
    near = WHOLE.replace("https://id.example.com", "http://127.0.0.1:5000")
    assert wrong(tmp_path, near) == []


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (b"s3cret\n", 0o600, ""),
        (b"s3cret", 0o600, ""),
        (b"s3cret", 0o640, "is open to other users"),
        (b"", 0o600, "does not hold one line"),
        (b"\n", 0o600, "does not hold one line"),
        (b"one\ntwo\n", 0o600, "does not hold one line"),
        (b"x" * (SECRET_LIMIT + 1), 0o600, "does not hold one line"),
        ("秘密".encode(), 0o600, "does not hold one line"),
        (None, 0, "can't be read"),
    ],
    ids=range(9),
)
def test_the_secret_s_file(tmp_path: Path, content: bytes | None, mode: int, says: str) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
        file.chmod(mode)
    found = list(files_at_fault(SingleSignOnSettings(client_secret_file=file), datetime.now(UTC)))
    assert len(found) == bool(says)
    for key, what, _ in found:
        assert key == "single_sign_on.client_secret_file" and says in what
        assert "s3cret" not in what


def test_the_authority_s_file(tmp_path: Path) -> None:
    make_ca(tmp_path)
    file = next(iter(tmp_path.glob("*.pem")))
    settings = SingleSignOnSettings(ca_file=file)
    now = datetime.now(UTC)
    assert list(files_at_fault(settings, now)) == []
    ((key, what, _),) = files_at_fault(settings, now + timedelta(days=100_000))
    assert key == "single_sign_on.ca_file" and "expired" in what
    file.write_text("no certificate")
    ((_, what, _),) = files_at_fault(settings, now)
    assert "is not a PEM certificate" in what
    file.unlink()
    ((_, what, _),) = files_at_fault(settings, now)
    assert "can't be read" in what


def test_put_together_from_the_settings(tmp_path: Path) -> None:
    assert organisation(SingleSignOnSettings(), None, lambda: 0) is None  # type: ignore[arg-type]
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    settings = SingleSignOnSettings(
        issuer="https://id.example.com", client_id="proxyd", client_secret_file=file
    )
    made = organisation(settings, None, lambda: 0)  # type: ignore[arg-type]
    assert made is not None and "s3cret" not in repr(vars(made.door))
