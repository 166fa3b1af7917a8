"""What goes out and what is filed, octet by octet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.errors import CannotDo
from proxyd.service.sending.outgoing import Stamp, prepare

STAMP = Stamp("hanako", datetime(2026, 5, 3, 10, 5, tzinfo=UTC), "t0k3n")
HEAD = b"From: support@example.test\r\nMessage-ID: <1@x>\r\nDate: today\r\n"


def ready(message: bytes, recipients: tuple[str, ...] = ("a@b.example",)):
    return prepare(message, "support@example.test", recipients, STAMP)


def refused(message: bytes) -> tuple[str, dict[str, str]]:
    with pytest.raises(CannotDo) as caught:
        ready(message)
    return caught.value.reason, caught.value.facts


def test_a_whole_mail_goes_out_octet_by_octet():
    body = b"\r\n" + "長い".encode("iso-2022-jp") + b"x" * 5000 + b"\xff\0\r\n.\r\n..\r\n no end"
    mail = HEAD + b"X-Odd : y\r\nSubject: =?utf-8?B?5bGx?=\r\n  folded\r\n" + body
    outgoing = ready(mail)
    assert outgoing.message == mail
    assert outgoing.copy == b"X-Proxyd-Sent-By: hanako\r\n" + mail
    assert outgoing.headers.message_id == "1@x"
    assert outgoing.authors == ("support@example.test",)


def test_bcc_and_our_own_fields_do_not_go_out():
    mail = HEAD + (
        b"bcc: secret@b.example,\r\n other@b.example\r\nX-PROXYD-Sent-By: somebody else\r\n"
        b"Resent-Bcc: x@b.example\r\nTo: a@b.example\r\n\r\nBcc: in the body\r\n"
    )
    outgoing = ready(mail)
    assert outgoing.message == HEAD + b"To: a@b.example\r\n\r\nBcc: in the body\r\n"
    assert outgoing.copy.count(b"X-Proxyd-Sent-By") == 1
    assert b"bcc: secret@b.example,\r\n other@b.example\r\n" in outgoing.copy
    assert b"somebody else" not in outgoing.copy


def test_message_id_and_date_are_added_where_they_are_missing():
    outgoing = ready(b"From: A <a@b.example>\r\n\r\nx\r\n")
    assert outgoing.message == (
        b"Message-ID: <t0k3n@b.example>\r\nDate: Sun, 03 May 2026 10:05:00 +0000\r\n"
        b"From: A <a@b.example>\r\n\r\nx\r\n"
    )
    assert outgoing.headers.message_id == "t0k3n@b.example"


def test_a_message_id_that_is_none_is_replaced():
    outgoing = ready(b"From: a@b.example\r\nMessage-ID: none\r\nDate: x\r\n\r\n")
    assert outgoing.message.startswith(b"Message-ID: <t0k3n@b.example>\r\nFrom:")
    assert outgoing.message.count(b"Message-ID") == 1


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_bare_line_ends_become_crlf(end):
    mail = HEAD + b"\r\na\r\n.\r\nb\r\n"
    assert ready(mail.replace(b"\r\n", end)).message == mail
    assert ready(HEAD + b"\r\na" + end + b"." + end + b"b\r\n").message == mail


@pytest.mark.parametrize(
    ("mail", "what"),
    [
        (b"", "from"),
        (b"\r\nno header", "from"),
        (b"To: a@b\r\n\r\nx", "from"),
        (b"From: a@b.example\r\nFrom: c@d.example\r\n\r\n", "from"),
        (b"From: a@b.example\r\nSender: a@b\r\nSender: c@d\r\n\r\n", "sender"),
        (b"From: a@b.example\r\nMessage-ID: <1@x>\r\nmessage-id: <2@x>\r\n\r\n", "message-id"),
        (b"From: a@b.example\r\nnot a field\r\n\r\n", "header"),
        (b" folded at once\r\nFrom: a@b.example\r\n\r\n", "header"),
        (b"From: a@b.example\r\nReply-To: a@b\r\nReply-To: c@d\r\n\r\n", "reply-to"),
        (b"From: a@b.example, c@d.example\r\n\r\n", "sender"),
        (b"From: a@b.example\r\nSender: a@b.example, c@d.example\r\n\r\n", "sender"),
        (b"From: a@b.example\r\nSubject: x\0y\r\n\r\n", "header"),
        (b"From: a@b.example\r\nSubject: x\x0bFrom: c@d.example\r\n\r\n", "header"),
        ("From: a@b.example\r\nSubject: x\u2028Sender : c@d\r\n\r\n".encode(), "header"),
        (b"From: a@b.example\r\nSubject: x\nX: y\r\n\r\nbody", "line ends"),
        (b"From: a@b.example\r\nSubject: x\rFrom: c@d.example\r\n\r\n", "line ends"),
        (b"From: a@b.example\r\r\nTo: x\r\n\r\n", "line ends"),
        (b"From: a@b.example\nTo: x\n\r\nbody\r\n", "line ends"),
        (b"From: a@b.example\nFrom: c@d.example\n\nbody\n", "from"),
        (b"From: a@b.example\r\nX: " + b"y" * 300_000 + b"\r\n\r\n", "header size"),
    ],
)
def test_malformed(mail, what):
    assert refused(mail) == ("malformed", {"what": what})


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b"From: nobody", "From"),
        (b"From:", "From"),
        (b"From : support@example.test", "From"),
        (b"From: support@example.test\r\nSender:", "Sender"),
        (b"From: support@example.test\r\nSender: a b@c", "Sender"),
        (b"From: support@example.test\r\nReply-To: <a@x> <b@y>", "Reply-To"),
        (b"From: support@example.test\r\nResent-From: (x", "Resent-From"),
        (b"From: support@example.test\r\nResent-Sender: a@b, ", "Resent-Sender"),
    ],
)
def test_a_sender_that_others_read_otherwise(line, field):
    assert refused(line + b"\r\n\r\nhello\r\n") == ("unclear-sender", {"field": field})


def test_an_empty_reply_to_says_nothing():
    assert ready(HEAD + b"Reply-To:\r\n\r\nx").authors == ("support@example.test",)


def test_what_a_name_shows_is_asked_for_too():
    mail = b'From: "boss@example.test" <support@example.test>\r\nResent-From: x@y\r\n\r\n'
    assert ready(mail).authors == ("support@example.test", "x@y", "boss@example.test")


def test_a_header_alone_is_a_mail():
    assert ready(HEAD).message == HEAD + b"\r\n"
    assert ready(HEAD + b"\r\n").message == HEAD + b"\r\n"


def test_all_authors_are_found():
    mail = b"From: A <a@b.example>, c@d.example\r\nSender: e@f.example\r\n\r\n"
    assert ready(mail).authors == ("a@b.example", "c@d.example", "e@f.example")


def test_digests_tell_mails_apart():
    first = ready(HEAD + b"Subject: x\r\n\r\nhello\r\n")
    again = ready(b"Message-ID: <2@x>\r\nFrom: support@example.test\r\nSubject: x\r\n\r\nhello")
    assert (first.digest, first.body_digest) == (again.digest, again.body_digest)
    other_subject = ready(HEAD + b"Subject: y\r\n\r\nhello\r\n")
    assert other_subject.body_digest == first.body_digest
    assert other_subject.digest != first.digest
    elsewhere = ready(HEAD + b"Subject: x\r\n\r\nhello\r\n", ("z@b.example",))
    assert elsewhere.body_digest == first.body_digest
    assert elsewhere.digest != first.digest


@given(st.binary(max_size=200))
def test_any_body_keeps_its_octets_but_for_line_ends(body):
    outgoing = ready(HEAD + b"\r\n" + body)
    goes = outgoing.message
    assert goes.count(b"\r") == goes.count(b"\n") == goes.count(b"\r\n")
    plain = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert goes.removeprefix(HEAD + b"\r\n").replace(b"\r\n", b"\n") == plain


@given(st.binary(max_size=200))
def test_any_octets_are_a_mail_or_malformed(raw):
    try:
        outgoing = ready(b"From: a@b.example\r\n" + raw)
    except CannotDo as refusal:
        assert refusal.reason in ("malformed", "unclear-sender")
    else:
        assert outgoing.headers.message_id
