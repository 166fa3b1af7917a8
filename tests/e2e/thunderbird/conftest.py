"""A company whose Anna sits in front of Thunderbird; her colleague Ben is a script."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS, PASSWORD, Installation
from tests.e2e.thunderbird.preferences import tags
from tests.e2e.thunderbird.program import Thunderbird
from tests.e2e.thunderbird.screen import Screen
from tests.servers.absent import needs

NEEDED = {"thunderbird": "thunderbird", "Xvfb": "xvfb"}  # program: Debian's package of it
TITLE = "support"  # of Anna's account


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    for program in NEEDED:
        needs(program)
    missing = [package for program, package in NEEDED.items() if not shutil.which(program)]
    if missing:
        pytest.fail(f"These tests need packages: apt-get install {' '.join(missing)}", False)
    screen = Screen()
    yield screen
    screen.close()


@pytest.fixture(scope="module")
def seat(
    tmp_path_factory: pytest.TempPathFactory, screen: Screen
) -> Iterator[Callable[..., Thunderbird]]:
    """Starts Thunderbirds: ``seat(company, {"a.preference": True})``; all end with the file.

    Anna's, unless another login is named.
    """
    running: list[Thunderbird] = []

    def sit_down(
        company: Company, preferences: dict[str, object], login: str = "anna"
    ) -> Thunderbird:
        handed_out = {**tags(), **preferences}
        program = Thunderbird(tmp_path_factory.mktemp("thunderbird"), screen, handed_out)
        running.append(program)
        program.start()
        program.do("setUp", account(company.proxy, login))
        program.open(TITLE, "Inbox")
        return program

    yield sit_down
    for program in running:
        program.close()


def account(proxy: Installation, login: str) -> dict[str, object]:
    """What this person types, and the authority her admin has installed."""
    body = proxy.certificates.ca.read_text().split("-----")[2]
    return {
        "title": TITLE,
        "name": "Support",
        "address": ADDRESS,
        "login": login,
        "password": PASSWORD,
        "imap": proxy.ports["imap-tls"],
        "smtp": proxy.ports["smtp-tls"],
        "ca": "".join(body.split()),
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport]:
    """A picture of the screen beside each failure."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    screen = getattr(item, "funcargs", {}).get("screen")
    if report.failed and isinstance(screen, Screen):
        directory: Path = item.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        file = directory / f"{item.name.replace('/', '-')}.png"
        screen.picture(file)
        report.sections.append(("screen", str(file)))
    return report  # type: ignore[return-value]
