"""kill -9 in the middle of a request to the API: nothing is done twice, nothing that was answered
is lost (proxyd/service/once.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.api_office import asked, office_in, person, token
from tests.e2e.installation import Installation
from tests.servers.certificates import Certificates

KEY = {"Idempotency-Key": "one-and-the-same"}
PATH = "/people/hanako/password"


@pytest.fixture
def office(tmp_path: Path, certificates: Certificates) -> Iterator[Installation]:
    installed = office_in(tmp_path / "office", certificates)
    person(installed, "ada", "admin")
    yield installed
    installed.close()


def changes(office: Installation) -> int:
    did = [one["detail"]["did"] for one in office.audit("--action", "admin")]  # type: ignore[index]
    return did.count("user password")


@pytest.mark.parametrize(
    ("point", "done", "again"),
    [
        ("before the API's change", 0, 200),
        ("before the API's answer is kept", 1, 409),
        ("after the API's answer is kept", 1, 200),
    ],
)
def test_asked_again_after_kill_9(office: Installation, point: str, done: int, again: int) -> None:
    shown = token(office, "ada", "people:write")
    office.start(dies=point)
    with pytest.raises(OSError):
        asked(office, shown, "POST", PATH, {}, **KEY)
    assert office.died() == -9
    assert changes(office) == done
    office.start()
    status, answer = asked(office, shown, "POST", PATH, {}, **KEY)
    assert status == again, answer
    assert changes(office) == 1
    if again == 409:
        assert answer["type"] == "urn:problem-type:proxyd:answer-lost"
    assert asked(office, shown, "POST", PATH, {}, **KEY) == (status, answer), "and for good"
    assert asked(office, shown, "POST", PATH, {})[0] == 200
    assert changes(office) == 2, "without the key it counts again"


def test_what_was_answered_is_answered_alike_after_kill_9(office: Installation) -> None:
    shown = token(office, "ada", "people:write")
    office.start()
    told: dict[str, object] = {}
    for number in range(8):
        key = {"Idempotency-Key": f"k{number}"}
        told[f"k{number}"] = asked(office, shown, "POST", PATH, {}, **key)[1]["password"]
    office.kill()
    office.start()
    for name, password in told.items():
        status, answer = asked(office, shown, "POST", PATH, {}, **{"Idempotency-Key": name})
        assert (status, answer["password"]) == (200, password)
    assert changes(office) == len(told)
