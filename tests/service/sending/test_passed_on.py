"""Forwarded as an attachment, without References: it is a forward all the same."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.passed_on import MOST, passed_on
from proxyd.service.api.submission import Envelope, Guarded
from tests.service.conftest import mail
from tests.service.sending.sending_bench import ORIGIN
from tests.service.sending.test_without_references import Office, office

__all__ = ["office"]

SUPPLIER = "parts@shop.example"


def part(
    raw: bytes, kind: str = "message/rfc822", *, encoded: bool = False, name: str = ""
) -> bytes:
    disposition = f'Content-Disposition: attachment; filename="{name}"\r\n' if name else ""
    crlf = raw.replace(b"\n", b"\r\n")
    body = base64.encodebytes(crlf).replace(b"\n", b"\r\n") if encoded else crlf
    encoding = "Content-Transfer-Encoding: base64\r\n" if encoded else ""
    head = f"--b\r\nContent-Type: {kind}\r\n{disposition}{encoding}\r\n"
    return head.encode() + body + b"\r\n"


def forward(
    *parts: bytes, subject: str = "Fwd: Order", more: str = "", to: str = SUPPLIER
) -> bytes:
    head = (
        f"From: support@example.test\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Date: Sun, 29 Nov 2026 10:00:00 +0000\r\nMessage-ID: <forward@us>\r\n{more}"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nPlease see\r\n"
    )
    return head.encode() + b"".join(parts) + b"--b--\r\n"


MANY = [mail(f"{number}@x") for number in range(MOST + 5)]
M1, M2 = mail("m1@x"), mail("m2@x", subject="Other")


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        (forward(), ()),
        (forward(part(M1)), ("m1@x",)),
        (forward(part(M1), part(M2), part(M1)), ("m1@x", "m2@x")),
        (forward(part(M1, encoded=True)), ("m1@x",)),
        (forward(part(M1, "application/octet-stream", encoded=True, name="a.eml")), ("m1@x",)),
        (forward(part(M1, "application/octet-stream", name="a.pdf")), ()),
        (forward(part(b"Subject: none\n\nno id\n")), ()),
        (forward(part(forward(part(M2)).replace(b"\r\n", b"\n"))), ("forward@us",)),
        (forward(*map(part, MANY)), tuple(f"{n}@x" for n in range(MOST))),
    ],
)  # fmt: skip
def test_the_mails_that_go_out_inside(message: bytes, ids: tuple[str, ...]) -> None:
    assert passed_on(message) == ids


@given(st.binary(max_size=400))
def test_any_octets_give_an_answer(junk: bytes) -> None:
    passed_on(forward(part(junk), part(junk, encoded=True)))
    passed_on(b"Content-Type: message/rfc822\r\n\r\n" + junk)


async def sent(office: Office, message: bytes, to: str = SUPPLIER) -> None:
    anna = office.world.team.by_login("anna")
    assert anna is not None
    await office.submission.submit(anna, Envelope("support@example.test", (to,), message), ORIGIN)


def marks(office: Office, message_id: str) -> set[str]:
    (message,) = office.world.room.state.by_message_id[message_id]
    return {*message.flags, *message.local_keywords} & {"\\Answered", "$Forwarded"}


async def told(office: Office) -> list[tuple[str, object, object]]:
    records = [one.record for one in await office.world.log(action="status")]
    return [(one.message_id, one.detail.get("by"), one.detail.get("forwarded")) for one in records]


@pytest.mark.parametrize("subject", ["Fwd: Order", "[Fwd: Order]", "Could you deliver this?", ""])
@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("to", [SUPPLIER, "c@example.com"])
async def test_it_is_told_as_a_forward(
    office: Office, subject: str, encoded: bool, to: str
) -> None:
    """Also back to its sender: nothing says that it answers."""
    await office.comes("m1@x")
    await sent(office, forward(part(M1, encoded=encoded), subject=subject, to=to), to)
    assert await told(office) == [("m1@x", "forward", [to])]
    assert marks(office, "m1@x") == {"$Forwarded"}
    conversation = office.world.room.state.threads["m1@x"]
    assert (conversation.status, conversation.assignee) == ("open", None)
    assert office.world.room.state.threads["forward@us"] is conversation


async def test_several_mails_of_one_conversation_are_all_marked(office: Office) -> None:
    await office.comes("m1@x")
    await office.comes("m2@x", answers="m1@x")
    await sent(office, forward(part(M1), part(M2)))
    assert (marks(office, "m1@x"), marks(office, "m2@x")) == ({"$Forwarded"}, {"$Forwarded"})


async def test_no_guard_of_answers_is_asked(office: Office) -> None:
    await office.answered()
    await sent(office, forward(part(M1)))
    assert marks(office, "m1@x") == {"\\Answered", "$Forwarded"}


async def test_what_names_a_mail_is_about_that_one(office: Office) -> None:
    await office.comes("m1@x")
    await office.comes("m2@x", subject="Other")
    more = "In-Reply-To: <m2@x>\r\nReferences: <m2@x>\r\n"
    answer = forward(part(M1), subject="Re: Other", more=more, to="c@example.com")
    await sent(office, answer, "c@example.com")
    assert (marks(office, "m1@x"), marks(office, "m2@x")) == (set(), {"\\Answered"})


async def test_an_answer_that_names_no_mail_is_guarded_whatever_is_attached(
    office: Office,
) -> None:
    await office.answered()
    await office.comes("m2@x", subject="Other")
    ben = office.world.team.by_login("ben")
    assert ben is not None
    message = forward(part(M2), subject="Re: Order", to="c@example.com")
    envelope = Envelope("support@example.test", ("c@example.com",), message)
    with pytest.raises(Guarded) as refused:
        await office.submission.submit(ben, envelope, ORIGIN)
    assert refused.value.guard == "answered"


async def test_a_mail_that_nobody_has_here_is_none_of_ours(office: Office) -> None:
    await office.comes("m2@x", subject="Other")
    await sent(office, forward(part(M1)))
    assert await told(office) == []
