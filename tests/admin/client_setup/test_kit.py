"""Which files a kit has (admin/client_setup/kit.py, kit_pieces.py)."""

from __future__ import annotations

import pytest

from admin.client_setup.kit import KitFile, kit, paths
from admin.client_setup.kit_pieces import (
    FOR_ALL,
    FOR_DOMAIN,
    FOR_MAILBOX,
    FOR_PERSON,
    Order,
    domains_of,
    mailboxes_of,
)
from proxyd.domain.tags_told import told_of_mailbox
from tests.admin.client_setup.facts import SECRET, facts, mailbox, person
from tests.servers.certificates import make_ca

HANAKO = person(mailboxes=(mailbox(), mailbox("Info@Shop.example.test")))
BEN = person("ben", "Ben Mori")
TOKENS = {"hanako": f"p1.{SECRET}"}
MACHINES = {"support": (told_of_mailbox("Aoba", mailbox(), HANAKO.tags), f"m1.{SECRET}")}


@pytest.fixture(scope="module")
def ca_pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_ca(tmp_path_factory.mktemp("tls")).ca.read_text("ascii")


def made(order: Order) -> dict[str, bytes]:
    files = kit(order)
    assert len({file.path for file in files}) == len(files)
    return {file.path: file.content for file in files}


def test_what_is_made_for_whom(ca_pem: str) -> None:
    order = Order(facts(HANAKO, BEN, ca_pem=ca_pem), (HANAKO, BEN), {"ben": SECRET})
    files = made(order)
    assert files.keys() >= {
        *("ben/sheet.html", "ben/sheet.pdf", "hanako/sheet.html", "hanako/sheet.pdf"),
        *("ca.pem", "README.txt"),
    }
    assert list(files)[-1] == "README.txt"
    assert files["ca.pem"] == ca_pem.encode()
    assert f"ben:{SECRET}".encode() in files["ben/sheet.html"]
    assert b"as hanako:PASSWORD" in files["hanako/sheet.html"]
    assert files["ben/sheet.pdf"].startswith(b"%PDF")


def test_what_is_not_wanted_or_not_there_is_left_out() -> None:
    files = made(Order(facts(BEN), (BEN,), pdf=False))
    assert "ben/sheet.html" in files
    assert not {"ben/sheet.pdf", "ca.pem"} & files.keys()
    readme = files["README.txt"].decode("utf-8")
    assert "sheet.pdf" not in readme and "ca.pem" not in readme


def test_how_far_it_is_is_told() -> None:
    done: list[int] = []
    kit(Order(facts(HANAKO, BEN), (HANAKO, BEN), pdf=False), done.append)
    assert done == [1, 2]


def test_whose_name_windows_keeps_for_itself_has_files_there_too() -> None:
    con = person("con", "Con", (mailbox("support@aux.test"),))
    files = made(Order(facts(con), (con,), pdf=False))
    assert {"con+/sheet.html", "con+/con+.mobileconfig", "aux+.test/dns.txt"} <= files.keys()
    assert b"con+.mobileconfig" in files["con+/sheet.html"]
    assert files.keys() <= set(paths(["con"], con.mailboxes))


def test_in_a_language_of_choice() -> None:
    files = made(Order(facts(BEN), (BEN,), language="ja", pdf=False))
    assert b'<html lang="ja">' in files["ben/sheet.html"]


def test_the_readme_names_every_kind_of_file_in_both_languages(ca_pem: str) -> None:
    everything = Order(facts(HANAKO, ca_pem=ca_pem), (HANAKO,), tokens=TOKENS, machines=MACHINES)
    readme = made(everything)["README.txt"].decode("utf-8")
    for piece in (*FOR_PERSON, *FOR_DOMAIN, *FOR_MAILBOX, *FOR_ALL):
        path = piece.path.format(login="LOGIN", domain="DOMAIN", mailbox="MAILBOX")
        assert readme.count(f"{path}\n    ") == 2
        assert piece.english in readme and piece.japanese in readme
        assert piece.english.endswith(".") and piece.japanese.endswith("。")


def test_the_places_are_known_before_the_files_are_made(ca_pem: str) -> None:
    order = Order(
        facts(HANAKO, BEN, ca_pem=ca_pem), (HANAKO, BEN), tokens=TOKENS, machines=MACHINES
    )
    boxes = mailboxes_of(order.people)
    assert set(made(order)) <= set(paths(["hanako", "ben"], boxes))
    assert domains_of(boxes) == ["example.test", "shop.example.test"]


def test_what_follows_colleagues_is_for_who_has_a_token() -> None:
    order = Order(facts(HANAKO, BEN), (HANAKO, BEN), pdf=False, tokens=TOKENS, machines=MACHINES)
    files = made(order)
    assert {"hanako/prefs.js", "ben/prefs.js", "hanako/thunderbird-tags.xpi"} < files.keys()
    assert "ben/thunderbird-tags.xpi" not in files
    assert [path for path in files if path.endswith(".zip")] == ["thunderbird-machine-support.zip"]


@pytest.mark.parametrize(
    "shown",
    [
        Order(facts(BEN), (BEN,), {"ben": SECRET}, tokens=TOKENS, machines=MACHINES),
        KitFile("x", b"y"),
    ],
)
def test_no_secret_is_shown_by_mistake(shown: object) -> None:
    assert SECRET not in repr(shown) and "b'y'" not in repr(shown)
