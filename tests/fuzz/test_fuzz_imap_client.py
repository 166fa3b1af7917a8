"""The machine of an upstream connection in each of its states, against whatever a server sends."""

from __future__ import annotations

import contextlib

import budget
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyd.domain.ports.upstream_rows import AppendedMail
from proxyd.domain.types import BytesBlob
from proxyd.imapwire.response import BadResponse, Response
from proxyd.imapwire.response_framer import ResponseLimits
from proxyd.upstream import command
from proxyd.upstream.command import UpstreamCommand, simple
from proxyd.upstream.imap_client import ImapClient, Phase
from proxyd.upstream.spool import Spool

PIECES = [
    *(b"* ", b"p1 ", b"p2 ", b"p3 ", b"+ ", b"OK ", b"NO ", b"BAD ", b"BYE ", b"PREAUTH ", b"\r\n"),
    *(b"[UIDVALIDITY 5] ", b"[CAPABILITY IMAP4rev1 IDLE] ", b"[CLOSED] ", b"[READ-ONLY] "),
    *(b"[UIDNEXT 9] ", b"[PERMANENTFLAGS (\\*)] ", b"1 EXISTS", b"1 FETCH (UID 1 FLAGS ())"),
    *(
        b"CAPABILITY IMAP4rev1",
        b"LIST () NIL x",
        b"SEARCH 1 2",
        b"{3}\r\n",
        b"{100}\r\n",
        b"x" * 50,
    ),
]
SENT = st.lists(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=8), max_size=12)
GREETING = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN STARTTLS] hello\r\n"
WELCOME = b"p1 OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS] welcome\r\n"

STATES: dict[str, tuple[list[bytes | UpstreamCommand], list[UpstreamCommand]]] = {
    "greeting": ([], []),
    "signing in": ([GREETING], [command.authenticate_plain("u", "p", initial=False)]),
    "before TLS": ([GREETING], [simple("STARTTLS")]),
    "signed in": ([GREETING, command.login("u", "p"), WELCOME], []),
    "selecting": (
        [GREETING, command.login("u", "p"), WELCOME],
        [command.open_folder("INBOX", b"INBOX", read_only=True)],
    ),
    "idling": ([GREETING, command.login("u", "p"), WELCOME], [command.idle()]),
    "pipelining": (
        [GREETING, command.login("u", "p"), WELCOME],
        [simple("STATUS", b"A", b"(MESSAGES)"), simple("NOOP")],
    ),
    "appending": (
        [GREETING, command.login("u", "p"), WELCOME],
        [command.append(b"INBOX", [AppendedMail((), None, BytesBlob(b"mail"))]), simple("NOOP")],
    ),
}


@pytest.mark.parametrize("state", STATES)
@settings(max_examples=budget.examples(150), deadline=None)
@given(sent=SENT)
def test_any_server_in_any_state(state: str, sent: list[list[bytes]]) -> None:
    budget.tried["conversations of the upstream machine"] += 1
    heard: list[Response] = []
    limits = ResponseLimits(response=4096, spool_from=64, literal=4096)
    client = ImapClient(lambda size: Spool(), heard.append, limits)
    before, commands = STATES[state]
    for step in before:
        if isinstance(step, bytes):
            client.feed(step)
        else:
            client.begin(step)
            client.outgoing()
    begun = [client.begin(one) for one in commands]
    written = [client.outgoing()]
    with contextlib.suppress(BadResponse):
        for line in sent:
            client.feed(b"".join(line))
            written.append(client.outgoing())
            client.feed(b"\r\n")
            written.append(client.outgoing())
    # Nothing is written that nobody began, and no greeting signs us in.
    if state == "greeting":
        assert not any(written)
        assert client.phase is not Phase.SIGNED_IN
    if state == "before TLS":
        assert client.phase in (Phase.NOT_SIGNED_IN, Phase.TLS)
    assert all(one.status is None or one.status.tag == one.tag for one in begun)
