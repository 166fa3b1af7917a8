"""A provider that quotes our credentials when it refuses: what readiness, metrics, log and the
commands tell of the refusal has them in no form. ("test_hostile_secrets.py" is about all else.)
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.e2e.hostile import quirks
from tests.e2e.hostile.cases import Case, all_say_the_same, furnished
from tests.e2e.hostile.house import SECRET, House
from tests.servers.certificates import Certificates


def forms(user: str) -> dict[str, str]:
    def b64(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    plain = b64(f"\0{user}\0{SECRET}")
    return {
        "as it is": SECRET,
        "quoted": f'"{SECRET}"',
        "PLAIN": plain,
        "PLAIN for somebody": b64(f"{user}\0{user}\0{SECRET}"),
        "LOGIN": b64(SECRET),
        "XOAUTH2": b64(f"user={user}\1auth=Bearer {SECRET}\1\1"),
        "in a URL": SECRET.replace(" ", "%20"),
        "hexadecimal": SECRET.encode().hex(),
        "half": plain[len(plain) // 2 :] + " " + plain[: len(plain) // 2],
    }


def quoting(name: str) -> bytes:
    said = " | ".join(forms(f"{name}@example.test").values()).encode()
    half = base64.b64encode(SECRET.encode())
    lines = b"* OK [ALERT] you said %b\r\n* OK [ALERT] %b\r\n" % (half[:10], half[10:])
    return lines + b"TAG NO you said " + said + b"\r\n"


CASES = {
    "folder": Case(
        quirks.commands(rb"(?:STATUS|SELECT|EXAMINE) \"?Work", quoting("folder")),
        (("folder", "Work", ()),),
        work=0,
    ),
    "entry": Case(
        quirks.commands(rb"AUTHENTICATE", quoting("entry")),
        (("provider", "", ()),),
        inbox=None,
        work=None,
        serious=True,
    ),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[House]:
    with furnished(tmp_path_factory.mktemp("quoting"), certificates, CASES) as house:
        yield house


@pytest.mark.parametrize("name", CASES)
def test_all_say_the_same(house: House, name: str) -> None:
    all_say_the_same(house, name, CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_nobody_says_what_it_quotes(house: House, name: str) -> None:
    proxy = house.proxy
    told = {
        "readiness": proxy.http("/readyz")[1],
        "metrics": proxy.http("/metrics")[1],
        "status": proxy.command("mailbox", "status"),
        "status for programs": proxy.command("mailbox", "status", "--json"),
        "test": proxy.command("mailbox", "test", name, check=False),
        "log": proxy.log(),
        "access log": repr(proxy.audit()),
    }
    with proxy.imap(f"anna*{name}") as client:
        told["client"] = repr([client.select("Work"), client.noop(), client.response("ALERT")])
    assert "you said" in told["readiness"], "the rest of it is told"
    for where, text in told.items():
        found = [one for one, form in forms(f"{name}@example.test").items() if form in text]
        assert not found, (where, found)
        half = base64.b64encode(SECRET.encode()).decode()
        assert half[:10] not in text and half[10:] not in text, where
