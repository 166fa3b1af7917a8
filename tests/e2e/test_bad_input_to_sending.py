"""Whatever comes through the doors for sending gets a clear answer; nothing goes out by mistake.

Over real sockets to the running process. After every test a normal client must be served at once.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.care import grown_kib, served, unharmed
from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS, PASSWORD, Installation
from tests.e2e.raw_line import RawLine, memory_kib

MIB = 1024 * 1024
MAILS = 5


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=MAILS)


@pytest.fixture(scope="module")
def proxy(office: Company) -> Iterator[Installation]:
    served(office.proxy)
    pid, before = office.proxy.pid, memory_kib(office.proxy)
    yield office.proxy
    unharmed(office.proxy, pid, before)


@pytest.fixture(autouse=True)
def nobody_notices(proxy: Installation) -> Iterator[None]:
    yield
    served(proxy)


def signed_in(proxy: Installation) -> RawLine:
    line = RawLine(proxy, "smtp-tls")
    assert line.reply().startswith(b"220 ")
    assert line.say(b"EHLO client.example").startswith(b"250-")
    word = base64.b64encode(b"\0anna\0" + PASSWORD.encode())
    assert line.say(b"AUTH PLAIN " + word).startswith(b"235 ")
    return line


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"NONSENSE", b"50"),
        (b"MAIL FROM", b"501"),
        (b"MAIL FROM:<a", b"501"),
        (b"MAIL FROM:<a@b.example> SIZE=-1", b"5"),
        (b"MAIL FROM:<a@b.example> SIZE=99999999999", b"552"),
        (b"MAIL FROM:<stranger@example.test>", b"553"),
        (b"MAIL FROM:<" + b"a" * 5000 + b">", b"5"),
        (b"RCPT TO:<a@b.example>", b"503"),
        (b"DATA", b"503"),
        (b"AUTH PLAIN =", b"5"),
        (b"VRFY \x00\x01\xff", b"5"),
        (b"\x00\x01\x02\xff", b"50"),
    ],
    ids=lambda value: value[:30].decode("ascii", "replace"),
)
def test_a_malformed_command_is_refused(proxy: Installation, command: bytes, code: bytes) -> None:
    with signed_in(proxy) as line:
        told = line.say(command)
        assert told.startswith((code, b"252")), told
        assert line.say(b"NOOP").startswith(b"250 ")


def test_a_line_without_end_is_cut(proxy: Installation) -> None:
    def act() -> None:
        with signed_in(proxy) as line:
            line.say(b"MAIL FROM:<%b>" % ADDRESS.encode())
            line.say(b"RCPT TO:<a@b.example>")
            assert line.say(b"DATA").startswith(b"354 ")
            try:
                for _ in range(100):
                    line.send(b"a" * MIB)
                line.send(b"\r\n.\r\n")
            except OSError:
                return
            assert line.reply().startswith((b"552 ", b"421 "))

    assert grown_kib(proxy, act) < 8 * 1024  # of the 35 MiB that are held until it is too much


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r\n.\r\r\n",
        b"\n..\r\n",
    ],
    ids=repr,
)
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"], ids=repr)
def test_ends_a_mail_only_where_a_mail_ends(
    proxy: Installation, office: Company, end: bytes, line_end: bytes
) -> None:
    """CVE-2023-51764 and its kin: no end but CRLF.CRLF may begin a second mail, neither here nor
    at a provider that takes others for one. A header of bare LF is one as well.
    """
    before = len(office.sink.received)
    inner = b"MAIL FROM:<%b>\r\nRCPT TO:<victim@b.example>\r\nDATA\r\n" % ADDRESS.encode()
    head = b"From: %b\r\nTo: a@b.example\r\nMessage-ID: <%b>\r\nSubject: x\r\n\r\n"
    id_ = b"smuggle-%b@example.test" % (end + line_end).hex().encode()
    mail = (head % (ADDRESS.encode(), id_)).replace(b"\r\n", line_end) + b"one"
    with signed_in(proxy) as line:
        line.say(b"MAIL FROM:<%b>" % ADDRESS.encode())
        line.say(b"RCPT TO:<a@b.example>")
        assert line.say(b"DATA").startswith(b"354 ")
        line.send(mail + end + inner + b"Subject: two\r\n\r\ntwo\r\n.\r\n")
        assert line.reply().startswith(b"250 ")
        assert line.say(b"NOOP").startswith(b"250 ")
    (sent,) = office.sink.received[before:]
    assert sent.recipients == ("a@b.example",)
    assert b"victim" in sent.message, "it stayed text of the one mail"
    ends = sent.message.count(b"\r\n")
    assert ends == sent.message.count(b"\n") == sent.message.count(b"\r")


def test_a_mail_that_breaks_off_is_not_sent(proxy: Installation, office: Company) -> None:
    before = len(office.sink.received)
    line = signed_in(proxy)
    line.say(b"MAIL FROM:<%b>" % ADDRESS.encode())
    line.say(b"RCPT TO:<a@b.example>")
    assert line.say(b"DATA").startswith(b"354 ")
    line.send(b"From: %b\r\nSubject: half\r\n\r\nDear\r\n.\r" % ADDRESS.encode())
    line.hang_up()
    whole = b"From: %b\r\nSubject: whole\r\n\r\nDear\r\n" % ADDRESS.encode()
    with proxy.smtp("anna") as client:
        client.sendmail(ADDRESS, ["a@b.example"], whole)
    (sent,) = office.sink.received[before:]
    assert b"Subject: whole" in sent.message


@pytest.mark.parametrize(
    "text",
    [
        b"no header at all\r\n",
        b"\r\nempty header\r\n",
        b"From: nobody\r\n\r\nx\r\n",
        b"From: stranger@example.test\r\n\r\nx\r\n",
        b"From: %b\r\nFrom: stranger@example.test\r\n\r\nx\r\n" % ADDRESS.encode(),
        b"From: %b\r\nSubject: " % ADDRESS.encode() + b"a" * 3_000_000 + b"\r\n\r\nx\r\n",
        b"From: %b\r\n" % ADDRESS.encode() + b"X: y\r\n" * 300_000 + b"\r\nx\r\n",
    ],
    ids=range(7),
)
def test_a_malformed_mail_is_refused_for_good(
    proxy: Installation, office: Company, text: bytes
) -> None:
    before = len(office.sink.received)
    with signed_in(proxy) as line:
        line.say(b"MAIL FROM:<%b>" % ADDRESS.encode())
        line.say(b"RCPT TO:<a@b.example>")
        line.say(b"DATA")
        line.send(text + b".\r\n")
        assert line.reply().startswith(b"55")
        assert line.say(b"NOOP").startswith(b"250 ")
    assert len(office.sink.received) == before


def test_behind_starttls_nothing_is_run(proxy: Installation) -> None:
    with RawLine(proxy, "smtp-starttls") as line:
        line.reply()
        line.say(b"EHLO a.example")
        line.send(b"STARTTLS\r\nMAIL FROM:<%b>\r\nRCPT TO:<a@b.example>\r\n" % ADDRESS.encode())
        assert line.reply()[:3] in (b"220", b"501", b"503", b"554", b"421")
        try:
            line.start_tls()
        except OSError:
            return  # closed: nothing can have been run
        assert line.say(b"NOOP").startswith(b"250 ")
        assert line.say(b"EHLO a.example").startswith(b"250")
        assert line.say(b"RCPT TO:<a@b.example>").startswith(b"5")
