"""The machine of one connection, without any I/O."""

from __future__ import annotations

import pytest

from proxyd.domain.permanent_flags import NO_FLAGS, PermanentFlags
from proxyd.domain.ports.upstream_rows import AppendedMail
from proxyd.domain.types import BytesBlob
from proxyd.imapwire.response import BadResponse, Response
from proxyd.upstream import command
from proxyd.upstream.command import UpstreamCommand, simple
from proxyd.upstream.imap_client import ImapClient, InFlight, Opened, Phase
from proxyd.upstream.spool import Spool


class Played:
    """A client, what it wrote, and what it heard."""

    def __init__(self) -> None:
        self.heard: list[Response] = []
        self.client = ImapClient(lambda size: Spool(), self.heard.append)

    def written(self) -> bytes:
        pieces = self.client.outgoing()
        return b"".join(one if isinstance(one, bytes) else b"".join(one.chunks()) for one in pieces)

    def begin(self, one: UpstreamCommand) -> InFlight:
        return self.client.begin(one)

    def signed_in(self, capabilities: bytes = b"IMAP4rev1 LITERAL+ IDLE") -> Played:
        self.client.feed(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n")
        begun = self.begin(command.authenticate_plain("u", "p", initial=True))
        self.written()
        self.client.feed(begun.tag + b" OK [CAPABILITY " + capabilities + b"] welcome\r\n")
        return self


def test_greeting_and_sign_in() -> None:
    played = Played()
    assert played.client.phase is Phase.GREETING
    played.signed_in()
    assert played.client.phase is Phase.SIGNED_IN
    assert played.client.can("LITERAL+")
    assert not played.client.can("AUTH=PLAIN")


def test_no_command_outside_of_its_phase() -> None:
    played = Played()
    with pytest.raises(ValueError, match="SELECT while greeting"):
        played.begin(simple("SELECT", b"INBOX"))
    played.signed_in()
    with pytest.raises(ValueError, match="LOGIN while signed in"):
        played.begin(command.login("u", "p"))


def test_refused_sign_in_stays_outside() -> None:
    played = Played()
    played.client.feed(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
    begun = played.begin(command.login('a"b', "p\\w"))
    assert played.written() == b'p1 LOGIN "a\\"b" "p\\\\w"\r\n'
    played.client.feed(b"p1 NO [AUTHENTICATIONFAILED] no\r\n")
    assert begun.status is not None
    assert begun.status.code == "AUTHENTICATIONFAILED"
    assert played.client.phase is Phase.NOT_SIGNED_IN


def test_authenticate_without_initial_response_waits() -> None:
    played = Played()
    played.client.feed(b"* OK hello\r\n")
    begun = played.begin(command.authenticate_plain("u", "p", initial=False))
    assert played.written() == b"p1 AUTHENTICATE PLAIN\r\n"
    played.client.feed(b"+ \r\n")
    assert played.written() == b"AHUAcA==\r\n"
    played.client.feed(b"+ more\r\n")  # no such step in PLAIN: cancelled
    assert played.written() == b"*\r\n"
    played.client.feed(b"p1 BAD cancelled\r\n")
    assert begun.status is not None
    assert not begun.status.ok


def test_literals_are_asked_for_or_not() -> None:
    played = Played().signed_in(b"IMAP4rev1")
    played.begin(simple("LIST", b'""', b"{3}\r\na\nb"))
    assert played.written() == b'p2 LIST "" {3}\r\n'
    assert played.written() == b""
    played.client.feed(b"+ go\r\n")
    assert played.written() == b"a\nb\r\n"

    played = Played().signed_in(b"IMAP4rev1 LITERAL+")
    played.begin(simple("LIST", b'""', b"{3}\r\na\nb"))
    assert played.written() == b'p2 LIST "" {3+}\r\na\nb\r\n'

    for capability, size, asked in (
        (b"LITERAL+", 65536, b"+"),
        (b"LITERAL+", 65537, b""),
        (b"LITERAL-", 4096, b"+"),
        (b"LITERAL-", 4097, b""),
    ):
        played = Played().signed_in(b"IMAP4rev1 " + capability)
        played.begin(command.append(b"INBOX", [AppendedMail((), None, BytesBlob(b"x" * size))]))
        assert played.written().startswith(b"p2 APPEND INBOX {%d%b}\r\n" % (size, asked))


def test_refused_literal_is_not_sent() -> None:
    played = Played().signed_in(b"IMAP4rev1")
    mail = AppendedMail(("\\Seen",), None, BytesBlob(b"mail"))
    begun = played.begin(command.append(b"INBOX", [mail]))
    later = played.begin(simple("NOOP"))
    assert played.written() == b"p2 APPEND INBOX (\\Seen) {4}\r\n"
    played.client.feed(b"p2 NO [OVERQUOTA] full\r\n")
    assert begun.status is not None
    assert played.written() == b"p3 NOOP\r\n"
    assert later.status is None


def test_several_mails_of_one_append_wait_one_by_one() -> None:
    """RFC 3502 §6.3.11, each with its own "+"."""
    played = Played().signed_in(b"IMAP4rev1 MULTIAPPEND")
    mails = [AppendedMail((), None, BytesBlob(one)) for one in (b"one", b"four", b"seven")]
    begun = played.begin(command.append(b"INBOX", mails))
    later = played.begin(simple("NOOP"))
    assert played.written() == b"p2 APPEND INBOX {3}\r\n"
    played.client.feed(b"+ go\r\n")
    assert played.written() == b"one {4}\r\n"
    played.client.feed(b"+ go\r\n")
    assert played.written() == b"four {5}\r\n"
    played.client.feed(b"p2 NO [OVERQUOTA] full\r\n")
    assert begun.status is not None
    assert played.written() == b"p3 NOOP\r\n"
    assert later.status is None

    played = Played().signed_in(b"IMAP4rev1 MULTIAPPEND LITERAL+")
    played.begin(command.append(b"INBOX", mails))
    assert played.written() == b"p2 APPEND INBOX {3+}\r\none {4+}\r\nfour {5+}\r\nseven\r\n"


def test_answers_in_any_order() -> None:
    played = Played().signed_in()
    first, second = played.begin(simple("NOOP")), played.begin(simple("CHECK"))
    assert played.written() == b"p2 NOOP\r\np3 CHECK\r\n"
    played.client.feed(b"p3 NO no\r\n* 5 EXISTS\r\np2 OK done\r\n")
    assert first.status is not None
    assert second.status is not None
    assert (first.status.ok, second.status.ok) == (True, False)


@pytest.mark.parametrize("tag", [b"p9", b"p1", b"x"])
def test_answer_to_nothing_ends_it(tag: bytes) -> None:
    played = Played().signed_in()
    with pytest.raises(BadResponse):
        played.client.feed(tag + b" OK done\r\n")


def test_preauth_is_nobody_we_know() -> None:
    with pytest.raises(BadResponse, match="PREAUTH"):
        Played().client.feed(b"* PREAUTH welcome root\r\n")


def test_goodbye_is_remembered() -> None:
    played = Played()
    played.client.feed(b"* BYE too many connections\r\n")
    assert played.client.phase is Phase.ENDED
    assert played.client.bye is not None
    assert played.client.bye.text == "too many connections"


def test_a_stray_continuation_is_not_believed() -> None:
    played = Played().signed_in()
    with pytest.raises(BadResponse):
        played.client.feed(b"+ what\r\n")
    assert played.written() == b""


def test_a_continuation_for_a_literal_that_went_unasked_changes_nothing() -> None:
    played = Played().signed_in()
    played.client.capabilities = frozenset({"LITERAL+"})
    played.begin(simple("LIST", b"{1}\r\nx"))
    written = played.written()
    played.client.feed(b"+ go on\r\n")
    assert (written, played.written()) == (b"p2 LIST {1+}\r\nx\r\n", b"")


# ---------------------------------------------------------------- STARTTLS


def starttls() -> Played:
    played = Played()
    played.client.feed(b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hello\r\n")
    played.begin(simple("STARTTLS"))
    assert played.written() == b"p1 STARTTLS\r\n"
    return played


def test_starttls_forgets_what_was_told_in_clear() -> None:
    played = starttls()
    played.client.feed(b"* CAPABILITY IMAP4rev1 AUTH=EVIL\r\np1 OK begin\r\n")
    assert played.client.phase is Phase.TLS
    assert played.client.capabilities is None
    played.client.tls_begins()
    assert played.client.phase is Phase.NOT_SIGNED_IN


@pytest.mark.parametrize("behind", [b"* OK [CAPABILITY IMAP4rev1]\r\n", b"* ", b"\r\n", b"x"])
@pytest.mark.parametrize("together", [True, False])
def test_not_an_octet_is_accepted_behind_starttls(behind: bytes, together: bool) -> None:
    played = starttls()
    with pytest.raises(BadResponse):
        if together:
            played.client.feed(b"p1 OK begin\r\n" + behind)
        else:
            played.client.feed(b"p1 OK begin\r\n")
            played.client.feed(behind)


# ---------------------------------------------------------------- folders


SELECTED = (
    b"* 3 EXISTS\r\n* OK [UIDVALIDITY 17] x\r\n* OK [UIDNEXT 4] x\r\n"
    b"* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n"
)


def selecting(*, read_only: bool = False) -> Played:
    played = Played().signed_in()
    played.begin(command.open_folder("INBOX", b"INBOX", read_only=read_only))
    played.written()
    return played


def test_what_is_selected() -> None:
    played = selecting()
    played.client.feed(SELECTED + b"p2 OK [READ-WRITE] done\r\n")
    kept = PermanentFlags(keywords=True, unkept=NO_FLAGS - {"\\Seen"})
    assert played.client.opened == Opened("INBOX", False, 17, kept, 3, 1, 3, 4)
    played.client.feed(b"* OK [UIDVALIDITY 18] changed\r\n")
    assert played.client.opened is not None
    assert played.client.opened.uidvalidity == 18


def test_read_only_by_wish_or_by_the_servers_word() -> None:
    played = selecting(read_only=True)
    played.client.feed(SELECTED + b"p2 OK done\r\n")
    assert played.client.opened is not None
    assert played.client.opened.read_only
    played = selecting()
    played.client.feed(SELECTED + b"p2 OK [READ-ONLY] done\r\n")
    assert played.client.opened is not None
    assert played.client.opened.read_only


def test_failed_select_leaves_nothing_selected() -> None:
    played = selecting()
    played.client.feed(SELECTED + b"p2 OK done\r\n")
    played.begin(command.open_folder("Work", b"Work", read_only=False))
    played.client.feed(b"p3 NO no such folder\r\n")
    assert played.client.opened is None


def test_close_leaves_nothing_selected() -> None:
    played = selecting()
    played.client.feed(SELECTED + b"p2 OK done\r\n")
    played.begin(simple("UNSELECT"))
    played.written()
    played.client.feed(b"p3 OK done\r\n")
    assert played.client.opened is None


# ---------------------------------------------------------------- IDLE


def test_idle_ends_with_done() -> None:
    played = Played().signed_in()
    begun = played.begin(command.idle())
    assert played.written() == b"p2 IDLE\r\n"
    played.client.feed(b"+ idling\r\n* 4 EXISTS\r\n")
    assert played.written() == b""
    played.client.release()
    assert played.written() == b"DONE\r\n"
    played.client.feed(b"p2 OK done\r\n")
    assert begun.status is not None


def test_idle_released_before_the_server_was_ready() -> None:
    played = Played().signed_in()
    played.begin(command.idle())
    played.client.release()
    assert played.written() == b"p2 IDLE\r\n"
    played.client.feed(b"+ idling\r\n")
    assert played.written() == b"DONE\r\n"


@pytest.mark.parametrize("answer", [b"p2 BAD what\r\n", b"+ idling\r\np2 OK enough\r\n"])
def test_idle_ended_by_the_server_says_no_done(answer: bytes) -> None:
    played = Played().signed_in()
    played.begin(command.idle())
    played.written()
    played.client.feed(answer)
    played.client.release()
    played.begin(simple("NOOP"))
    assert played.written() == b"p3 NOOP\r\n"


def test_every_split_gives_the_same_state() -> None:
    talk = (
        SELECTED + b"* 2 FETCH (FLAGS (\\Seen) UID 2)\r\np2 OK [READ-WRITE] done\r\n* 4 EXISTS\r\n"
    )
    whole = selecting()
    whole.client.feed(talk)
    for step in (1, 2, 5, 11):
        played = selecting()
        for start in range(0, len(talk), step):
            played.client.feed(talk[start : start + step])
        assert played.client.opened == whole.client.opened
        assert played.heard == whole.heard
