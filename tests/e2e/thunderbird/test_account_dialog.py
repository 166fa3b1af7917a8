"""A new colleague types name, address and password into a fresh Thunderbird, and works.

She finds her settings as at a real installation: Thunderbird asks autoconfig.example.test and
autodiscover.example.test over TLS, where a web server passes on to proxyd's HTTP door.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from admin.client_pages import AUTOCONFIG, OUTLOOK
from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS, PASSWORD
from tests.e2e.thunderbird.letter import Letter
from tests.e2e.thunderbird.program import Thunderbird
from tests.e2e.thunderbird.screen import Screen
from tests.servers.certificates import Certificates, make_ca
from tests.servers.front import Front, first_of, passed_on
from tests.servers.ports import free_ports

NAMES = ("autoconfig.example.test", "autodiscover.example.test", "example.test")
CLIENTS = """
[clients]
organisation = "青葉商事"
web = "https://autoconfig.example.test"
"""
TLS = 3  # nsMsgSocketType.SSL
HUB = Path(__file__).with_name("hub.js").read_text()


class Web:
    """The web server in front, which terminates TLS; ``asked``: request lines, as they came."""

    def __init__(self, certificates: Certificates, port: int) -> None:
        self.asked: list[str] = []
        self.front = Front(certificates, self._serve)
        self._port = port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        self.asked.append(line.decode().strip())
        answers, requests = await asyncio.open_connection("127.0.0.1", self._port)
        requests.write(line)
        await first_of(passed_on(reader, requests), passed_on(answers, writer))
        requests.close()


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    """At ports that can be told to clients."""
    company = found_company(count=3, more=CLIENTS)
    company.proxy.stop()
    text = company.proxy.config.read_text()
    for port in free_ports(2):
        text = text.replace('\ntls = "127.0.0.1:0"', f'\ntls = "127.0.0.1:{port}"', 1)
    company.proxy.config.write_text(text)
    company.proxy.start()
    return company


@pytest.fixture(scope="module")
def web_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("web"), names=NAMES)


@pytest.fixture(scope="module")
def web(company: Company, web_certificates: Certificates) -> Iterator[Web]:
    web = Web(web_certificates, company.proxy.ports["http"])
    web.front.start()
    yield web
    web.front.stop()


@pytest.fixture(scope="module")
def program(
    tmp_path_factory: pytest.TempPathFactory, screen: Screen, web: Web
) -> Iterator[Thunderbird]:
    """Fresh from the package. Names and ports lead here, and nothing leads out."""
    preferences = {
        "network.dns.localDomains": ",".join(NAMES),
        "network.socket.forcePort": f"443={web.front.port}",
        "mail.provider.suppress_dialog_on_startup": False,
        "mailnews.auto_config_url": "",
    }
    program = Thunderbird(tmp_path_factory.mktemp("fresh"), screen, preferences)
    program.start()
    yield program
    program.close()


def hub(program: Thunderbird, what: str, *arguments: object) -> Any:
    call = "return hub[arguments[0]](...arguments[1])"
    return program.run(f"{HUB}\n{call}", what, list(arguments))


def at(program: Thunderbird, step: str) -> None:
    def there() -> bool:
        return hub(program, "step") == step and hub(program, "ready")

    try:
        program.see(step, there)
    except AssertionError as error:
        shown = hub(program, "step"), hub(program, "text")
        raise AssertionError(f"{error}, but {shown}") from None


def authority(certificates: Certificates) -> str:
    return "".join(certificates.ca.read_text().split("-----")[2].split())


def test_address_and_password_are_all_she_types(
    program: Thunderbird, company: Company, web: Web, web_certificates: Certificates
) -> None:
    for certificates in (company.proxy.certificates, web_certificates):
        hub(program, "trust", authority(certificates))
    program.see("the dialog", lambda: hub(program, "step") == "emailAutoConfigSubview")
    hub(program, "type", "realName", "佐藤 あんな")
    hub(program, "type", "email", ADDRESS)
    at(program, "emailAutoConfigSubview")
    hub(program, "forward")
    at(program, "emailConfigFoundSubview")
    assert f"GET {AUTOCONFIG[0]}?emailaddress=support%40example.test HTTP/1.1" in web.asked
    assert f"POST {OUTLOOK} HTTP/1.1" in web.asked
    hub(program, "forward")
    program.see("the password", lambda: hub(program, "step") == "emailPasswordSubview")
    hub(program, "type", "password", f"anna:{PASSWORD}")
    at(program, "emailPasswordSubview")
    hub(program, "forward")
    at(program, "emailAddedSuccessSubview")
    hub(program, "forward")
    program.see("no dialog", lambda: hub(program, "step") == "")
    ports = company.proxy.ports
    (account,) = hub(program, "accounts")
    assert account["imap"] == ["localhost", ports["imap-tls"], TLS, ADDRESS]
    assert account["smtp"] == ["localhost", ports["smtp-tls"], TLS, ADDRESS]
    assert account["from"] == ADDRESS


def test_she_reads_and_answers_as_the_shared_mailbox(
    program: Thunderbird, company: Company
) -> None:
    program.settled()  # a new account's folders are still being found, and one of them chosen
    program.open(ADDRESS, "Inbox")
    letter = Letter(company, "order")
    try:
        program.read(letter.subject)
    except AssertionError as error:
        shown = {what: program.look(what) for what in ("folder", "rows", "dialogs", "windows")}
        raise AssertionError(f"{error}, but {shown}\n{program.dialogue()[-3000:]}") from None
    program.do("reply")
    program.see("a reply", lambda: program.look("draft"))
    program.do("type", "It is on its way.")
    before = len(company.sink.received)
    program.do("send")
    program.see("the window closed", lambda: program.look("draft") is None)
    (sent,) = company.sink.received[before:]
    mail = email.message_from_bytes(sent.message, policy=email.policy.default)
    assert [one.addr_spec for one in mail["From"].addresses] == [ADDRESS]
    assert b"It is on its way." in sent.message
    program.see("it answered", lambda: program.row(letter.subject)["answered"])
    with company.proxy.imap("ben") as ben:
        ben.select("INBOX")
        assert "$assignee-anna" in letter.flags(ben)
