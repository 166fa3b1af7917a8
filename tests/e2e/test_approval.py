"""What Taro writes waits until Meg approves it, with a real provider, over the real doors; in
Japanese, as an office there has it.
"""

from __future__ import annotations

import base64
import imaplib
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.e2e.test_taking_back import (
    HANAKO,
    US,
    answer,
    asked,
    flags,
    folders,
    found,
    gone_out,
    send,
    steps,
    uids,
)
from tests.patience import until


def utf7(name: str) -> str:
    """RFC 3501 §5.1.3, of names without ASCII but "/"."""
    words = [
        "&"
        + base64.b64encode(each.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        + "-"
        for each in name.split("/")
    ]
    return "/".join(words)


STATUS = "対応状況"
TO_APPROVE, APPROVE = utf7(f"{STATUS}/承認待ち"), utf7(f"{STATUS}/承認する")
LEAVING, MENTIONS = utf7(f"{STATUS}/送信待ち"), utf7(f"{STATUS}/自分へのメモ")


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    office = found_company(count=1)
    office.proxy.typed("mailbox", "set", "support", "--language", "ja")
    office.proxy.add_person("taro", "鈴木 太郎", "support:respond-with-approval")
    office.proxy.add_person("meg", "伊藤 恵", "support:manage")
    office.proxy.add_person("rae", "Rae", "support:read")
    office.proxy.stop()
    office.proxy.start()
    return office


@pytest.fixture(autouse=True)
def _no_fault(office: Company) -> Iterator[None]:
    yield
    assert "Traceback" not in office.proxy.log()


def waiting(office: Company, name: str) -> EmailMessage:
    made = answer(asked(office, name))
    assert send(office, made, "taro") == (250, "")
    assert len(uids(office, "meg", TO_APPROVE, made["Message-ID"])) == 1
    return made


def moved(office: Company, login: str, made: EmailMessage, to: str, how: str = "MOVE") -> str:
    with office.proxy.imap(login) as client:
        ok(client.select(f'"{TO_APPROVE}"'))
        (uid,) = found(client, made["Message-ID"])
        done, data = client.uid(how, uid, f'"{to}"')
        return "" if done == "OK" else data[0].decode()


def test_it_waits_and_is_approved(office: Company) -> None:
    made = waiting(office, "approved")
    customer = "<approved@customer.example.org>"
    assert {TO_APPROVE, APPROVE} <= set(folders(office, "taro"))
    assert not {TO_APPROVE, APPROVE} & set(folders(office, "rae"))
    assert "$status-open" in flags(office, "meg", "INBOX", customer)
    assert "$replying" in flags(office, "meg", "INBOX", customer)
    code, text = send(office, answer(customer, "Anna is faster."), "anna")
    assert code == 550 and "承認待ちになっている鈴木 太郎さんの返信があります" in text
    assert gone_out(office, made) == 0
    assert moved(office, "meg", made, APPROVE) == ""
    until(lambda: gone_out(office, made), "it did not leave")
    (out,) = (one for one in office.sink.received if made["Message-ID"].encode() in one.message)
    assert out.message.replace(b"\r\n", b"\n") == made.as_bytes(policy=SMTP).replace(b"\r\n", b"\n")
    until(lambda: "$status-done" in flags(office, "meg", "INBOX", customer))
    until(lambda: uids(office, "taro", "Sent", made["Message-ID"]), "no copy in Sent")
    assert uids(office, "meg", TO_APPROVE, made["Message-ID"]) == []
    assert steps(office, made) == ["asks", "approved"]
    (record,) = (
        one
        for one in office.proxy.audit("--message", made["Message-ID"].strip("<>"))
        if one["detail"].get("step") == "approved"  # type: ignore[attr-defined]
    )
    assert record["actor"] == "meg" and record["detail"]["writer"] == "taro"  # type: ignore[index]
    told = office.proxy.command("conversation", "show", customer.strip("<>"))
    assert "was not sent" not in told and "in the hands of taro" in told
    assert "approved a mail of taro" in told and "waits for approval" in told


@pytest.mark.parametrize("login", ["taro", "anna"])
@pytest.mark.parametrize("how", ["MOVE", "COPY"])
def test_who_may_not_approve(office: Company, login: str, how: str) -> None:
    made = waiting(office, f"not-{login}-{how}")
    assert "「管理」" in moved(office, login, made, APPROVE, how)
    assert len(uids(office, "meg", TO_APPROVE, made["Message-ID"])) == 1
    assert gone_out(office, made) == 0


def test_nobody_approves_their_own(office: Company) -> None:
    """Not even who manages by now."""
    made = waiting(office, "own")
    office.proxy.typed("user", "grant", "taro", "support:manage")
    try:
        until(lambda: "自分が書いたメール" in _tried(office, made))
    finally:
        office.proxy.typed("user", "grant", "taro", "support:respond-with-approval")
    assert gone_out(office, made) == 0


def _tried(office: Company, made: EmailMessage) -> str:
    try:
        return moved(office, "taro", made, APPROVE)
    except (imaplib.IMAP4.error, OSError):  # the session ends with the change of the grant
        return ""


def test_given_back_with_a_note(office: Company) -> None:
    made = waiting(office, "given-back")
    assert moved(office, "meg", made, "Drafts") == ""
    assert len(uids(office, "taro", "Drafts", made["Message-ID"])) == 1
    with office.proxy.imap("taro") as taro:
        ok(taro.select(f'"{MENTIONS}"', readonly=True))
        raw = taro.uid("FETCH", "1:*", "(BODY.PEEK[])")[1][-2][1]
    text = message_from_bytes(raw).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "伊藤 恵さんが承認しませんでした。" in text and "下書きにあります。" in text
    assert steps(office, made) == ["asks", "given-back", "came-back"]
    assert gone_out(office, made) == 0


def test_its_writer_takes_it_back(office: Company) -> None:
    made = waiting(office, "by-taro")
    assert moved(office, "taro", made, "Drafts") == ""
    assert len(uids(office, "taro", "Drafts", made["Message-ID"])) == 1
    assert gone_out(office, made) == 0


def test_a_reason_at_the_mail(office: Company) -> None:
    """A note at what waits works as at any mail."""
    made = waiting(office, "reason")
    note = EmailMessage(policy=SMTP)
    note["From"], note["To"] = US, "note@support.example.test.invalid"
    note["Subject"], note["In-Reply-To"] = "Re: reason", made["Message-ID"]
    note["Message-ID"], note["Date"] = "<why@pc.example.test>", "Mon, 23 Nov 2026 10:00:00 +0900"
    note.set_content("@taro 値引きの話は入れないでください。\n")
    with office.proxy.smtp("meg") as line:
        line.send_message(note, US, [note["To"]])
    until(lambda: len(uids(office, "taro", "INBOX", "<why@pc.example.test>")) == 1)


def test_an_answer_of_a_plain_colleague_does_not_wait(office: Company) -> None:
    made = answer(asked(office, "plain"))
    assert send(office, made, "ben") == (250, "")
    assert gone_out(office, made) == 1
    assert HANAKO in made["To"]


def test_its_writer_is_removed(office: Company) -> None:
    """It waits for nobody's approval any more."""
    office.proxy.add_person("tom", "Tom", "support:respond-with-approval")
    made = answer(asked(office, "toms"))
    assert send(office, made, "tom") == (250, "")
    office.proxy.typed("user", "remove", "tom", "--yes")
    until(lambda: uids(office, "meg", "Drafts", made["Message-ID"]), "it did not come back")
    assert uids(office, "meg", TO_APPROVE, made["Message-ID"]) == []
    assert "$replying" not in flags(office, "meg", "INBOX", "<toms@customer.example.org>")
    assert send(office, answer("<toms@customer.example.org>", "Ben's"), "ben") == (250, "")


def test_a_corrected_text_beside_the_one_that_waits(office: Company) -> None:
    made = waiting(office, "corrected")
    corrected = answer("<corrected@customer.example.org>", "In other words.")
    code, text = send(office, corrected, "taro")
    assert code == 550 and "ご自身の返信があります（送信待ちまたは承認待ち）" in text
    assert moved(office, "taro", made, "Drafts") == ""
    assert send(office, corrected, "taro") == (250, "")


def test_who_approved_it_hears_that_it_came_back(office: Company) -> None:
    made = waiting(office, "refused-late")
    office.sink.answer_data = "554 5.7.1 looks like spam"
    try:
        assert moved(office, "meg", made, APPROVE) == ""
        until(lambda: uids(office, "taro", "Drafts", made["Message-ID"]), "it did not come back")
    finally:
        office.sink.answer_data = ""
    for login in ("taro", "meg"):
        with office.proxy.imap(login) as client:
            ok(client.select(f'"{MENTIONS}"', readonly=True))
            answered = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
        assert any("looks like spam" in str(_text(part[1])) for part in answered if len(part) == 2)


def _text(raw: bytes) -> str:
    return message_from_bytes(raw).get_payload(decode=True).decode()  # type: ignore[union-attr]


@pytest.mark.parametrize("automatic", [False, True])
def test_the_customer_writes_again_before_it_is_approved(
    office: Company, *, automatic: bool
) -> None:
    made = waiting(office, f"again-{automatic}")
    first = f"<again-{automatic}@customer.example.org>"
    second = f"<second-{automatic}@customer.example.org>"
    auto = "Auto-Submitted: auto-replied\r\n" if automatic else ""
    office.dovecot.deliver(
        f"From: Hanako <{HANAKO}>\r\nTo: {US}\r\nSubject: Re: again\r\nMessage-ID: {second}\r\n"
        f"In-Reply-To: {first}\r\nReferences: {first}\r\n{auto}\r\nSolved, thank you.\r\n".encode()
    )
    until(lambda: uids(office, "anna", "INBOX", second), "the mail did not come")
    assert moved(office, "meg", made, APPROVE) == ""
    if automatic:
        until(lambda: gone_out(office, made), "it did not leave")
    else:
        until(lambda: uids(office, "taro", "Drafts", made["Message-ID"]), "it did not come back")
        assert gone_out(office, made) == 0
        assert steps(office, made) == ["asks", "approved", "given-up", "came-back"]
