"""Nobody gets a mail that shows another sender than was checked; odd but honest senders go out.

Through a real SMTP session to the running process, and what arrives at the provider's server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.e2e.raw_line import RawLine
from tests.e2e.test_bad_input_to_sending import signed_in
from tests.mailtext.corpora import FORGERIES, HONEST


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=1)


@pytest.fixture(scope="module")
def line(office: Company) -> Iterator[RawLine]:
    with signed_in(office.proxy) as line:
        yield line


def submitted(line: RawLine, mail: bytes) -> bytes:
    assert line.say(b"MAIL FROM:<%b>" % ADDRESS.encode()).startswith(b"250 ")
    assert line.say(b"RCPT TO:<a@b.example>").startswith(b"250 ")
    assert line.say(b"DATA").startswith(b"354 ")
    line.send(mail + b"\r\n.\r\n")
    return line.reply()


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_does_not_go_out(office: Company, line: RawLine, name: str) -> None:
    before = len(office.sink.received)
    told = submitted(line, FORGERIES[name] + b"\r\n" + name.encode())
    assert told.startswith((b"553 5.7.1 ", b"554 5.6.0 ")), told
    assert len(office.sink.received) == before


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_sender_goes_out_as_it_is(office: Company, line: RawLine, name: str) -> None:
    before = len(office.sink.received)
    head = HONEST[name]
    end = b"\r\n" if head.endswith(b"\r\n") else b"\n"
    told = submitted(line, head + end + name.encode())
    assert told.startswith(b"250 "), told
    (sent,) = office.sink.received[before:]
    assert head.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") in sent.message
