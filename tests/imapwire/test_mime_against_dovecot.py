"""ENVELOPE, BODY, BODYSTRUCTURE and sections: the same answers as a real Dovecot gives."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from typing import Any

import pytest

from proxyd.imapwire.mime import MimeMail
from proxyd.mailtext.mime_tree import MimePart
from tests.corpus import mails
from tests.imapwire.odd_mails import BROKEN, LEGAL
from tests.imapwire.wirevalues import fetch_rows, read
from tests.servers.dovecot import Dovecot

REALISTIC = {f"corpus_{i}": raw for i, (raw, _, _) in enumerate(mails(60, seed=5))}
# A server stores no empty mail and makes every line end CRLF: nothing to compare there.
NOT_STORABLE = {"nothing", "bare_line_feeds", "lone_returns"}
MAILS = {n: m for n, m in (REALISTIC | LEGAL | BROKEN).items() if n not in NOT_STORABLE}


# Where we differ on purpose. Dovecot counts the line break after a close-delimiter to the inner
# part; RFC 2046 §5.1.1 gives it to the outer delimiter. It joins RFC 2231 pieces; we leave that to
# the client. The rest is broken mail, which no RFC describes.
DIFFERENT_ENVELOPE = {"addresses_nonsense", "address_without_angle_end", "fields_twice"}
DIFFERENT_STRUCTURE = {
    "message_in_message",
    "long_parameters",
    "multipart_without_boundary",
    "content_type_nonsense",
    "content_type_without_value",
    "parameters_nonsense",
    "unclosed_quote",
    "disposition_empty",
}
DIFFERENT_SECTIONS = {
    "nested",
    "message_in_message",
    "no_blank_line",
    "multipart_without_boundary",
    "header_cut_by_boundary",
    "same_boundary_inside",
}


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, dict[bytes, Any]]]:
    with Dovecot() as dovecot:
        client = imaplib.IMAP4("127.0.0.1", dovecot.plain_port)
        client.login(dovecot.user, dovecot.password)
        for raw in MAILS.values():
            client.append("INBOX", None, None, raw)
        client.select("INBOX", readonly=True)
        yield {
            name: _fetch(client, number, sections_of(raw))
            for number, (name, raw) in enumerate(MAILS.items(), 1)
        }


def _fetch(client: imaplib.IMAP4, number: int, sections: list[bytes]) -> dict[bytes, Any]:
    asked = b" ".join(b"BODY.PEEK[" + text + b"]" for text in sections)
    command = "(ENVELOPE BODY BODYSTRUCTURE " + asked.decode() + ")"
    _, data = client.fetch(str(number), command)
    wire = b"* " + b"".join(d if isinstance(d, bytes) else d[0] + b"\r\n" + d[1] for d in data)
    return fetch_rows(wire.replace(b"* %d (" % number, b"* %d FETCH (" % number, 1) + b"\r\n")[
        number
    ]


def sections_of(raw: bytes) -> list[bytes]:
    found = [b"", b"HEADER", b"TEXT", b"HEADER.FIELDS (SUBJECT X-NONE)", b"HEADER.FIELDS.NOT (TO)"]
    return found + list(_paths(MimeMail(raw).root, b"", inside=True))


def _paths(part: MimePart, prefix: bytes, *, inside: bool) -> Iterator[bytes]:
    if part.divided:
        for number, child in enumerate(part.children, 1):
            path = prefix + b"%d" % number
            yield from (path, path + b".MIME")
            yield from _paths(child, path + b".", inside=False)
    elif part.message is not None:
        if not inside:
            yield from (prefix + word for word in (b"HEADER", b"TEXT", b"HEADER.FIELDS (SUBJECT)"))
        yield from _paths(part.message, prefix if not inside else b"1.", inside=True)
    elif inside:
        yield prefix + b"1"


def same(differing: set[str]) -> list[str]:
    assert differing <= MAILS.keys()
    return [name for name in MAILS if name not in differing]


@pytest.mark.parametrize("name", same(DIFFERENT_ENVELOPE))
def test_envelope(name: str, answers: dict[str, dict[bytes, Any]]) -> None:
    assert read(MimeMail(MAILS[name]).envelope()) == answers[name][b"ENVELOPE"]


@pytest.mark.parametrize("name", same(DIFFERENT_STRUCTURE))
def test_structure(name: str, answers: dict[str, dict[bytes, Any]]) -> None:
    mail = MimeMail(MAILS[name])
    assert read(mail.bodystructure(extended=False)) == answers[name][b"BODY"]
    assert read(mail.bodystructure(extended=True)) == answers[name][b"BODYSTRUCTURE"]


@pytest.mark.parametrize("name", same(DIFFERENT_SECTIONS))
def test_sections(name: str, answers: dict[str, dict[bytes, Any]]) -> None:
    mail = MimeMail(MAILS[name])
    for text in sections_of(MAILS[name]):
        assert mail.section(text) == answers[name][b"BODY[" + text + b"]"], text
