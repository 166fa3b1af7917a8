"""``proxyd client-setup`` and ``--setup`` as they are typed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from proxyd.commands.kit_folder import KitFolder
from tests.servers.certificates import make_ca
from tests.test_cli import Command, Said, added, proxyd

__all__ = ["proxyd"]

CONFIG = """
[server]
hostname = "mail.example.test"
data_dir = "data"
[tls]
certificate = "server.pem"
key = "server.key"
"""


@pytest.fixture
def company(proxyd: Command, tmp_path: Path) -> Command:
    """Reached by its name, with a certificate; one mailbox, Hanako who answers in it, and Ben who
    sees nothing yet.
    """
    make_ca(tmp_path)
    (tmp_path / "proxyd.toml").write_text(CONFIG)
    added(proxyd)
    person = ("user", "add", "hanako", "--name", "佐藤花子", "--grant", "support:respond")
    assert proxyd(*person).code == 0
    assert proxyd("user", "add", "ben", "--name", "Ben Mori").code == 0
    return proxyd


def secret(said: Said) -> str:
    return str(re.findall(r"^Password \(shown this once\): (.+)$", said.out, re.MULTILINE)[0])


def page(folder: str, login: str = "hanako") -> str:
    return (Path(folder) / login / "sheet.html").read_text("utf-8")


def records(proxyd: Command) -> list[dict[str, object]]:
    said = proxyd("audit", "export", "--format", "jsonl")
    lines = [json.loads(line) for line in said.out.splitlines()]
    return [line["detail"] for line in lines if line["action"] == "admin"]


# ------------------------------------------------------------------ the command


def test_for_a_person(company: Command) -> None:
    said = company("client-setup", "Hanako", "--output", "kit")
    assert said.code == 0
    assert re.match(r"Written to kit: \d+ files\. Begin with README\.txt\.\n$", said.out)
    unsigned, unknown = said.err.splitlines()
    assert unsigned.startswith("Profiles for Apple's devices are not signed")
    assert unknown.startswith("Passwords are not known here: ")
    assert "as hanako:PASSWORD" in page("kit")
    assert "mail.example.test" in page("kit") and "993" in page("kit")
    assert (Path("kit") / "hanako" / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert records(company)[-1] == {"did": "client setup", "logins": ["hanako"]}


@pytest.mark.parametrize("whom", [("--mailbox", "support"), ("--all",)])
def test_for_several(company: Command, whom: tuple[str, ...]) -> None:
    company("user", "add", "zoe", "--name", "Zoe", "--grant", "support:read")
    words = ("client-setup", *whom, "--output", "kit", "--no-pdf", "--language", "ja", "--json")
    written = json.loads(company(*words).out)
    assert written["people"] == ["hanako", "zoe"]
    assert written["folder"] == str(Path("kit").absolute())
    assert written["replaced"] == []
    assert {"hanako/sheet.html", "zoe/sheet.html", "README.txt"} <= set(written["files"])
    assert "hanako/sheet.pdf" not in written["files"]
    assert '<html lang="ja">' in page("kit") and "対応" in page("kit", "zoe")
    again = json.loads(company(*words).out)
    assert again["replaced"] == again["files"] == written["files"]


def test_a_pdf_that_is_not_wanted_any_more_goes(company: Command) -> None:
    company("client-setup", "hanako", "--output", "kit")
    said = company("client-setup", "hanako", "--output", "kit", "--no-pdf")
    assert "Replaced what was there before: " in said.out
    assert not (Path("kit") / "hanako" / "sheet.pdf").exists()


def test_a_new_password(company: Command, tmp_path: Path) -> None:
    words = ("client-setup", "hanako", "--output", "kit", "--new-password")
    said = company(*words)
    assert said.code == 2 and "Open sessions end. There is no terminal to ask on" in said.err
    assert not Path("kit").exists()
    said = company(*words, "--yes")
    assert said.code == 0 and "Passwords are not known" not in said.err
    made = re.findall(r"hanako:([a-z0-9-]{20})<", page("kit"))
    assert len(made) == 1 and made[0] not in said.out + said.err
    assert [record["did"] for record in records(company)[-2:]] == ["user password", "client setup"]
    assert made[0] not in json.dumps(records(company))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "--output: is missing; name a folder for the files"),
        (("--output", "kit"), "LOGIN: nobody is named; write logins, or --mailbox"),
        (("hanako", "--all", "--output", "kit"), "LOGIN: people are named in two ways"),
        (("--all", "--new-password", "--output", "kit"), "--new-password: it is for one person"),
        (("hanakko", "--output", "kit"), "there is no user 'hanakko'; did you mean hanako?"),
        (("--mailbox", "suport", "--output", "kit"), "there is no mailbox 'suport'; did you mean"),
        (
            ("hanako", "ben", "--output", "kit"),
            "ben: sees no mail yet; give a shared mailbox with: proxyd user grant ben",
        ),
        (("hanako", "--output", "no/kit"), "no is no folder; name a folder in one that is there"),
        (
            ("hanako", "--output", "data"),
            "--output: data holds what is not ours; name a new folder, an",
        ),
    ],
)
def test_what_is_refused(company: Command, words: tuple[str, ...], sentence: str) -> None:
    (Path("data") / "README.txt").touch()
    before = len(records(company))
    said = company("client-setup", *words)
    assert said.code == 2 and said.out == "" and sentence in said.err
    assert len(records(company)) == before and not Path("kit").exists()


def test_for_who_is_switched_off(company: Command) -> None:
    company("user", "disable", "hanako")
    said = company("client-setup", "hanako", "--output", "kit")
    assert said.code == 2
    assert said.err == "hanako: is disabled; let them in with: proxyd user enable hanako\n"
    said = company("client-setup", "--all", "--output", "kit")
    assert said.code == 2 and "--all: nobody sees mail there yet; add people with" in said.err


def test_a_name_that_the_pdf_can_not_show_is_told(company: Command) -> None:
    company("user", "add", "kim", "--name", "김민준", "--grant", "support:respond")
    lacking = "kim: the PDF's font lacks letters of their name, so sheet.pdf shows the login"
    said = company("client-setup", "--all", "--output", "kit")
    assert said.code == 0 and said.err.count(lacking) == said.err.count("lacks letters") == 1
    assert "김민준" in page("kit", "kim")
    said = company("client-setup", "--all", "--output", "kit", "--no-pdf")
    assert "lacks" not in said.err


def test_many_people_are_told_that_it_takes_time(
    company: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxyd.commands.kit_making._MANY", 1)
    hint = "1 sheets as PDF take some time; --no-pdf leaves them out"
    assert hint in company("client-setup", "hanako", "--output", "kit").err
    assert hint not in company("client-setup", "hanako", "--output", "kit", "--no-pdf").err


# ------------------------------------------------------------------ what the settings say


def test_what_will_not_work_for_most_people_is_told(company: Command) -> None:
    Path("proxyd.toml").write_text(
        '[server]\ndata_dir = "data"\n[imap]\ntls = ""\nstarttls = "127.0.0.1:1143"\n'
        '[smtp]\ntls = ""\nstarttls = "127.0.0.1:1587"\n'
    )
    said = company("client-setup", "hanako", "--output", "kit")
    assert said.code == 0
    assert "localhost is this machine alone" in said.err and "set server.hostname" in said.err
    assert "tls.certificate: is missing" in said.err
    assert "STARTTLS" in page("kit") and "1143" in page("kit")


def test_no_port_that_clients_could_be_told(company: Command) -> None:
    Path("proxyd.toml").write_text(CONFIG + '[smtp]\ntls = ""\nstarttls = ""\n')
    said = company("client-setup", "hanako", "--output", "kit")
    assert said.code == 2 and "clients.smtp: there is no port in [smtp]" in said.err


def test_an_authority_that_is_none(company: Command) -> None:
    Path("proxyd.toml").write_text(CONFIG + '[clients]\nca_file = "missing.pem"\n')
    said = company("client-setup", "hanako", "--output", "kit")
    assert said.code == 2 and "clients.ca_file: " in said.err and "can't be read" in said.err
    assert not Path("kit").exists()


def test_an_own_authority(company: Command) -> None:
    Path("proxyd.toml").write_text(CONFIG + '[clients]\nca_file = "ca.pem"\n')
    assert company("client-setup", "hanako", "--output", "kit").code == 0
    assert (Path("kit") / "ca.pem").read_bytes() == Path("ca.pem").read_bytes()
    assert "ca.pem" in page("kit")


# ------------------------------------------------------------------ with a new person or password


def test_a_new_person_is_one_command(company: Command) -> None:
    words = ("user", "add", "taro", "--name", "鈴木太郎", "--grant", "support:respond")
    said = company(*words, "--setup", "kit")
    assert said.code == 0 and "taro added.\n" in said.out and "Written to kit: " in said.out
    assert f"taro:{secret(said)}<" in page("kit", "taro")
    assert [record["did"] for record in records(company)[-2:]] == ["user add", "client setup"]
    assert secret(said) not in json.dumps(records(company))


def test_with_a_password_of_ones_own(company: Command) -> None:
    words = ("user", "password", "hanako", "--password-stdin", "--setup", "kit", "--json")
    shown = json.loads(company(*words, stdin='<b>"correct" & horse\n').out)
    assert "password" not in shown and "hanako/sheet.html" in shown["setup"]["files"]
    assert "hanako:&lt;b&gt;&#34;correct&#34; &amp; horse<" in page("kit")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("user", "add", "taro", "--name", "T"), "taro: would see no mail yet; give a shared"),
        (
            ("user", "add", "taro", "--name", "T", "--grant", "support:read"),
            "--setup: data holds what is not ours; name a new",
        ),
        (("user", "password", "hanako"), "--setup: data holds what is not ours; name a new"),
        (("user", "password", "ben"), "ben: sees no mail yet; give a shared mailbox with: proxyd"),
        (("user", "password", "nobody"), "there is no user 'nobody'"),
    ],
)
def test_nothing_is_changed_where_no_kit_can_be_written(
    company: Command, words: tuple[str, ...], sentence: str
) -> None:
    (Path("data") / "README.txt").touch()
    before = len(records(company))
    said = company(*words, "--setup", "data")
    assert said.code == 2 and said.out == "" and sentence in said.err
    assert len(records(company)) == before


@pytest.mark.parametrize("as_json", [False, True])
def test_the_password_is_shown_whatever_becomes_of_the_files(
    company: Command, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "kit/README.txt")

    monkeypatch.setattr(KitFolder, "write", full)
    more = ["--json"] if as_json else []
    said = company("user", "password", "hanako", "--setup", "kit", *more)
    assert said.code == 1 and "make room on its file system" in said.err
    shown = json.loads(said.out)["password"] if as_json else secret(said)
    assert re.fullmatch(r"[a-z0-9-]{20}", shown)


# ------------------------------------------------------------------ files for programs


def test_what_programs_take(company: Command) -> None:
    assert company("client-setup", "hanako", "--output", "kit").code == 0
    for path, said in {
        "hanako/hanako.mobileconfig": b"support@example.test",
        "example.test/config-v1.1.xml": b"<hostname>mail.example.test</hostname>",
        "hanako/autodiscover.xml": b"support@example.test",
        "example.test/dns.txt": b"_imaps._tcp.example.test. 3600 IN SRV",
    }.items():
        assert said in (Path("kit") / path).read_bytes()


def test_profiles_are_signed(company: Command) -> None:
    signing = ("--sign-certificate", "server.pem", "--sign-key", "server.key")
    said = company("client-setup", "hanako", "--output", "kit", *signing)
    assert said.code == 0 and "not signed" not in said.err
    assert (Path("kit") / "hanako" / "hanako.mobileconfig").read_bytes()[:1] == b"\x30"  # DER


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--sign-certificate", "server.pem"), "--sign-key: is missing; name both"),
        (("--sign-key", "server.key"), "--sign-certificate: is missing; name both"),
        (
            ("--sign-certificate", "ca.pem", "--sign-key", "server.key"),
            "the key does not belong to the first certificate",
        ),
        (
            ("--sign-certificate", "server.key", "--sign-key", "server.key"),
            "there is no certificate in the first file; name PEM files that fit",
        ),
        (
            ("--sign-certificate", "server.pem", "--sign-key", "server.pem"),
            "there is no key in the second file; name PEM files that fit",
        ),
    ],
)
def test_a_signature_that_can_not_be_made(
    company: Command, words: tuple[str, ...], sentence: str
) -> None:
    said = company("client-setup", "hanako", "--output", "kit", *words)
    assert said.code == 2 and sentence in said.err and not Path("kit").exists()
