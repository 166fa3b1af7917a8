"""``proxyd app-password …`` and what else has to do with devices, as it is typed."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from proxyd.commands.installation import opened, settings_of
from proxyd.commands.kit_folder import KitFolder
from proxyd.domain.app_passwords import secret_in
from proxyd.domain.types import Origin
from tests.test_cli import Command, Said, proxyd
from tests.test_cli_client_setup import company, page, records

__all__ = ["company", "proxyd"]


def secret(said: Said) -> str:
    shown = re.findall(r"^Application password \(shown this once\): (.+)$", said.out, re.MULTILINE)
    assert len(shown) == 1 and secret_in(shown[0]) is not None
    return str(shown[0])


def listed(proxyd: Command, login: str = "hanako") -> list[dict[str, object]]:
    found = json.loads(proxyd("app-password", "list", login, "--json").out)
    assert isinstance(found, list)
    return found


def test_from_beginning_to_end(company: Command, tmp_path: Path) -> None:
    assert company("app-password", "list", "hanako").out == (
        "hanako has no application passwords.\n"
    )
    said = company("app-password", "add", "Hanako", "--name", "花子の電話")
    assert said.code == 0
    assert said.out.startswith("hanako: application password '花子の電話', number 1, for imap and")
    words = ("app-password", "add", "hanako", "--name", "copier", "--scope", "smtp", "--json")
    copier = json.loads(company(*words).out)["app_password"]
    assert (copier["number"], copier["scopes"]) == (2, ["smtp"])
    assert secret_in(copier["password"]) is not None

    async def used() -> None:
        async with opened(settings_of(tmp_path / "proxyd.toml")) as at:
            origin = Origin("imap", "192.0.2.7", "iPhone Mail")
            await at.store.write(lambda tx: tx.app_passwords.used(1, origin))

    asyncio.run(used())
    phone, other = listed(company)
    assert phone["name"] == "花子の電話" and other["last_used"] is None
    last = phone["last_used"]
    assert isinstance(last, dict)
    assert (last["door"], last["address"]) == ("imap", "192.0.2.7")
    table = company("app-password", "list", "hanako").out
    assert "iPhone Mail" in table and "never" in table and "imap, smtp" in table
    (person,) = [
        one for one in json.loads(company("user", "list", "--json").out) if one["login"] == "hanako"
    ]
    assert (person["app_passwords"], person["app_passwords_only"]) == (2, False)

    removed = company("app-password", "remove", "hanako", "花子の電話")
    assert removed.out == "花子の電話 (number 1) opens nothing any more.\n"
    assert company("app-password", "remove", "hanako", "--all").code == 2  # nobody to ask
    removed = company("app-password", "remove", "hanako", "--all", "--yes")
    assert removed.out == "copier (number 2) opens nothing any more.\n"
    assert company("app-password", "remove", "hanako", "--all", "--yes").out == "There was none.\n"
    assert listed(company) == []
    searched = company("audit", "search").out
    assert "app-password add" in searched and "app_password=copier" in searched
    for shown in (secret(said), copier["password"]):
        assert shown not in searched + company("audit", "export", "--format", "jsonl").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "nobody", "--name", "x"), "there is no user 'nobody'"),
        (("add", "hanaka", "--name", "x"), "did you mean hanako?"),
        (("add", "hanako", "--name", "12"), "'12' is a number"),
        (("add", "hanako", "--name", "a\nb"), "cannot be seen"),
        (("add", "hanako", "--name", "x", "--scope", "web"), "web"),
        (
            ("add", "hanako", "--name", "x", "--scope", "imap", "--setup", "kit"),
            "the files set up reading and sending",
        ),
        (("add", "ben", "--name", "x", "--setup", "kit"), "ben: sees no mail yet"),
        (("add", "hanako", "--name", "iphone"), "'iphone' exists already"),
        (("remove", "hanako"), "NAME-OR-NUMBER: is missing"),
        (("remove", "hanako", "iPhone", "--all"), "names one, and --all means all"),
        (("remove", "hanako", "iPhon"), "did you mean iPhone?"),
        (("remove", "hanako", "99"), "see: proxyd app-password list LOGIN"),
        (("list", "nobody"), "there is no user 'nobody'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_can_t_be_done(company: Command, words: tuple[str, ...], sentence: str) -> None:
    assert company("app-password", "add", "hanako", "--name", "iPhone").code == 0
    before = records(company)
    said = company("app-password", *words)
    assert (said.code, said.out) == (2, "") and sentence in said.err
    assert records(company) == before
    assert [one["name"] for one in listed(company)] == ["iPhone"]


def test_a_kit_with_a_password_of_its_own(company: Command) -> None:
    said = company("app-password", "add", "hanako", "--name", "PC", "--setup", "one")
    assert f"hanako:{secret(said)}" in page("one")
    words = ("client-setup", "hanako", "--app-password", "PC 2", "--output", "two", "--no-pdf")
    said = company(*words)
    assert said.code == 0 and "Passwords are not known here" not in said.err
    assert [one["name"] for one in listed(company)] == ["PC", "PC 2"]
    found = re.search(r"hanako:([a-z0-9-]{27})\b", page("two"))
    assert found is not None and secret_in(found[1]) is not None
    again = company("client-setup", "hanako", "--app-password", "pc", "--output", "three")
    assert again.code == 2 and "exists already" in again.err and not Path("three").exists()
    both = company(*words, "--new-password", "--yes")
    assert both.code == 2 and "a sheet has one password" in both.err


def test_a_kit_for_each_of_several(company: Command) -> None:
    company("user", "add", "zoe", "--name", "Zoe", "--grant", "support:read")
    words = ("client-setup", "--all", "--app-password", "kit", "--output", "all", "--no-pdf")
    assert company(*words).code == 0
    for login in ("hanako", "zoe"):
        assert re.search(rf"{login}:[a-z0-9-]{{27}}\b", page("all", login))
        assert [one["name"] for one in listed(company, login)] == ["kit"]


def test_files_that_can_t_be_written_leave_no_password(
    company: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device", "kit")

    monkeypatch.setattr(KitFolder, "_put", full)
    words = ("client-setup", "hanako", "--app-password", "PC", "--output", "kit", "--no-pdf")
    assert company(*words).code == 1
    assert listed(company) == []
    # Where one was asked for by itself, it is shown whatever becomes of the files.
    said = company("app-password", "add", "hanako", "--name", "PC", "--setup", "kit")
    assert said.code == 1 and secret(said)


def test_a_new_person_with_a_device(company: Command) -> None:
    person = ("user", "add", "zoe", "--name", "Zoe", "--grant", "support:respond")
    said = company(*person, "--setup", "kit", "--app-password", "12")
    assert said.code == 2 and "is a number" in said.err
    said = company(*person, "--setup", "kit", "--app-password", "iPhone")
    assert said.code == 0 and f"zoe:{secret(said)}" in page("kit", "zoe")
    own = re.findall(r"^Password \(shown this once\): (.+)$", said.out, re.MULTILINE)
    assert len(own) == 1 and own[0] not in page("kit", "zoe")


def test_a_new_own_password_leaves_them_and_says_so(company: Command) -> None:
    assert "stay" not in company("user", "password", "hanako").err
    company("app-password", "add", "hanako", "--name", "iPhone")
    said = company("user", "password", "hanako")
    assert "Application passwords of hanako stay: 1." in said.err
    assert "proxyd app-password remove hanako --all" in said.err
    assert len(listed(company)) == 1


def test_only_with_application_passwords(company: Command) -> None:
    switch = ("user", "app-passwords-only", "hanako")
    assert "with the own password, or" in company(*switch).out
    said = company(*switch, "on")
    assert said.out == "hanako comes in for mail with application passwords only.\n"
    assert "has none yet" in said.err
    assert json.loads(company(*switch, "--json").out) == {
        "login": "hanako",
        "app_passwords_only": True,
        "app_passwords": 0,
    }
    assert "application passwords only" in company("user", "list").out
    company("app-password", "add", "hanako", "--name", "iPhone")
    assert "only" in company("app-password", "list", "hanako").err
    assert company(*switch, "off").err == ""
    assert records(company)[-1] == {
        "did": "user app-passwords-only",
        "login": "hanako",
        "only": "off",
    }
    assert company("user", "app-passwords-only", "nobody", "on").code == 2
    assert company(*switch, "perhaps").code == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--role", "admin"), "a login of the role admin reads no mail"),
        (("--role", "auditor"), "a login of the role auditor reads no mail"),
        (("--app-password", "12"), "'12' is a number"),
        (("--app-password", " "), "is empty"),
    ],
)
def test_nobody_is_added_for_a_device_that_can_t_be(
    company: Command, words: tuple[str, ...], sentence: str
) -> None:
    said = company("user", "add", "emi", "--name", "Emi", "--app-password", "PC", *words)
    assert said.code == 2 and sentence in said.err
    assert "emi" not in company("user", "list").out


def test_an_admin_with_a_mailbox_has_devices_and_who_has_none_is_told(company: Command) -> None:
    words = ("user", "add", "emi", "--name", "Emi", "--role", "admin", "--app-password", "PC")
    assert secret(company(*words, "--grant", "support:read"))
    said = company("user", "add", "ken", "--name", "Ken", "--app-password", "PC")
    assert said.code == 0 and "It opens nothing until ken has a shared mailbox" in said.err
    company("user", "add", "root", "--name", "Root", "--role", "admin")
    said = company("app-password", "add", "root", "--name", "PC")
    assert said.code == 2 and "reads no mail" in said.err and "user grant root" in said.err
