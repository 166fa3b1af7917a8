"""Nobody outside learns a login from a copy of Sent that is attached; nothing else changes."""

from __future__ import annotations

import base64
import email
import quopri
import tracemalloc
from datetime import UTC, datetime
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain import attached
from proxyd.domain.attached import without_ours
from proxyd.service.sending.outgoing import Stamp, prepare
from tests.effort import effort_of

STAMP = Stamp("anna", datetime(2026, 11, 28, tzinfo=UTC), "token")
COPY = (
    b"X-Proxyd-Sent-By: anna\r\nFrom: support@example.test\r\nTo: ida@buyer.example\r\n"
    b"Subject: =?utf-8?B?5bGx?=\r\nMessage-ID: <a@us>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0900\r\n"
    b"\r\nX-Proxyd-Sent-By: stands in a text\r\nHello  \r\n.\r\n"
)
CLEAN = COPY.removeprefix(b"X-Proxyd-Sent-By: anna\r\n")
HEAD = b"From: support@example.test\r\nMessage-ID: <f@us>\r\nDate: x\r\nMIME-Version: 1.0\r\n"


def multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b1") -> bytes:
    lines = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n\r\n'
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return lines + b"preamble\r\n" + body + b"--" + boundary + b"--\r\nepilogue\r\n"


TEXT = b"Content-Type: text/plain\r\n\r\nPlease see below\r\n"


def as_mail(inner: bytes, *lines: bytes, kind: bytes = b"message/rfc822") -> bytes:
    return b"\r\n".join((b"Content-Type: " + kind, *lines, b"", inner))


def in_base64(inner: bytes) -> bytes:
    return base64.encodebytes(inner).replace(b"\n", b"\r\n")


def in_quoted(inner: bytes) -> bytes:
    return quopri.encodestring(inner.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


B64, QP = b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: Quoted-Printable"
EML = b'Content-Disposition: attachment; filename="Sent.EML"'


def forwards(copy: bytes) -> dict[str, bytes]:
    nested = HEAD + multipart(TEXT, as_mail(copy), boundary=b"b2")
    return {
        "attached": HEAD + multipart(TEXT, as_mail(copy)),
        "the mail itself": HEAD + as_mail(copy),
        "a digest": HEAD + multipart(b"\r\n" + copy, b"\r\n" + copy, kind=b"digest"),
        "nested": HEAD + multipart(TEXT, as_mail(nested)),
        "nested directly": HEAD + multipart(as_mail(as_mail(copy))),
        "in an alternative": HEAD
        + multipart(multipart(TEXT, as_mail(copy), kind=b"related", boundary=b"b3")),
        "8bit": HEAD + multipart(as_mail(copy, b"Content-Transfer-Encoding: 8bit")),
        "global": HEAD + multipart(as_mail(copy, kind=b"message/global")),
        "headers alone": HEAD + multipart(as_mail(copy, kind=b"text/rfc822-headers")),
        "a file": HEAD + multipart(as_mail(copy, EML, kind=b"application/octet-stream")),
    }


def encoded(copy: bytes) -> dict[str, bytes]:
    nested = HEAD + multipart(TEXT, as_mail(in_base64(copy), B64), boundary=b"b2")
    return {
        "base64": HEAD + multipart(TEXT, as_mail(in_base64(copy), B64)),
        "quoted": HEAD + multipart(TEXT, as_mail(in_quoted(copy), QP)),
        "a file": HEAD
        + multipart(as_mail(in_base64(copy), B64, EML, kind=b"application/octet-stream")),
        "nested": HEAD + multipart(TEXT, as_mail(in_base64(nested), B64)),
    }


@pytest.mark.parametrize("name", forwards(COPY))
def test_only_our_field_is_cut(name: str) -> None:
    assert without_ours(forwards(COPY)[name]) == forwards(CLEAN)[name]


def all_of(message: bytes) -> list[tuple[str, object]]:
    """Each part, decoded to the end."""
    found: list[tuple[str, object]] = []
    waiting = [email.message_from_bytes(message, policy=policy.compat32)]
    while waiting:
        part = waiting.pop()
        found.append((str(part.get_content_type()), sorted(part.items())))
        if part.is_multipart():
            waiting.extend(part.get_payload())  # type: ignore[arg-type]
            continue
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        found.append(("octets", payload.replace(b"\r\n", b"\n").rstrip()))
    return found


@pytest.mark.parametrize("name", encoded(COPY))
def test_encoded_it_says_the_same_without_our_field(name: str) -> None:
    cut = without_ours(encoded(COPY)[name])
    assert all_of(cut) != all_of(encoded(COPY)[name])
    if name != "nested":
        assert all_of(cut) == all_of(encoded(CLEAN)[name])
    assert b"X-Proxyd-Sent-By: anna" not in _unfolded(cut)
    assert max(map(len, cut.split(b"\r\n"))) <= 78


def _unfolded(message: bytes) -> bytes:
    """All that stands in it, in any encoding."""
    text, last = message, b""
    while text != last:
        last = text
        for _, octets in all_of(text):
            if isinstance(octets, bytes) and octets not in text:
                text += octets
    return text


@pytest.mark.parametrize("kind", [b"signed", b"encrypted"])
def test_what_is_signed_keeps_its_octets(kind: bytes) -> None:
    signature = b"Content-Type: application/pgp-signature\r\n\r\nabc"
    inner = multipart(TEXT, as_mail(COPY), boundary=b"b2")
    message = HEAD + multipart(inner, signature, kind=kind)
    assert without_ours(message) is message


def test_a_signed_mail_that_is_attached_keeps_its_signature() -> None:
    signed = (
        b"X-Proxyd-Sent-By: anna\r\n"
        + HEAD
        + multipart(TEXT, as_mail(COPY), kind=b"signed", boundary=b"b2")
    )
    message = HEAD + multipart(as_mail(signed))
    assert without_ours(message) == message.replace(b"X-Proxyd-Sent-By: anna\r\n", b"", 1)


@pytest.mark.parametrize(
    "message",
    [
        HEAD + b"\r\nX-Proxyd-Sent-By: anna in a text of message/rfc822\r\n",
        HEAD + multipart(TEXT, as_mail(CLEAN)),
        HEAD + multipart(TEXT, as_mail(b"%%%", B64)),
        HEAD + multipart(TEXT, as_mail(in_base64(CLEAN), B64)),
        b"",
    ],
)
def test_everything_else_is_the_very_same(message: bytes) -> None:
    assert without_ours(message) is message


def test_what_goes_out_and_what_is_filed() -> None:
    outgoing = prepare(
        forwards(COPY)["attached"], "support@example.test", ("s@sup.example",), STAMP
    )
    assert outgoing.message == forwards(CLEAN)["attached"]
    assert outgoing.copy == b"X-Proxyd-Sent-By: anna\r\n" + outgoing.message


def test_a_redirected_copy_is_a_mail_of_its_own() -> None:
    """mutt's bounce, Thunderbird's redirect and "edit as new": the field is at the top."""
    redirected = b"Resent-From: support@example.test\r\nResent-To: s@sup.example\r\n" + COPY
    outgoing = prepare(redirected, "support@example.test", ("s@sup.example",), STAMP)
    assert b"X-Proxyd-Sent-By: anna" not in outgoing.message
    assert outgoing.message.endswith(CLEAN[CLEAN.index(b"\r\n\r\n") :]), "the text is its writer's"


PIECES = [
    *(b"Content-Type: message/rfc822\r\n", B64 + b"\r\n", QP + b"\r\n", b"\r\n", b"--b1\r\n"),
    *(b"Content-Type: multipart/mixed; boundary=b1\r\n", b"--b1--\r\n", b"\n", b"\0", b"\xff"),
    *(b"X-Proxyd-A: b\r\n c\r\n", in_base64(COPY), in_base64(COPY)[:-7], in_quoted(COPY), COPY),
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_whatever_the_octets(message: bytes) -> None:
    once = without_ours(message)
    assert without_ours(once) == once
    if b"message/" not in message:
        assert once is message


def test_the_effort_is_linear() -> None:
    def big(times: int) -> bytes:
        mails = [as_mail(COPY + b"x" * 76 * 200)] * times
        return HEAD + multipart(*mails, as_mail(in_base64(COPY + b"x\r\n" * 20_000 * times), B64))

    small, large = big(20), big(200)
    assert without_ours(small).count(b"X-Proxyd-Sent-By: anna") == 0
    once = effort_of(lambda: without_ours(small))
    assert effort_of(lambda: without_ours(large)) < 40 * max(once, 0.001)


def test_a_big_mail_without_any_is_not_copied() -> None:
    """Fifty megabytes that somebody sends: looked through in windows, nothing else."""
    raw = HEAD + b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw += b"QUJD" * (1024 * 1024 * 12)
    tracemalloc.start()
    try:
        assert without_ours(raw) is raw
        assert tracemalloc.get_traced_memory()[1] < 4 * attached.WINDOW
    finally:
        tracemalloc.stop()
