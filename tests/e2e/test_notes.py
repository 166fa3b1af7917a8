"""Asked inside: a note in the thread that no customer ever sees, with a real provider, over the
real doors, across kill -9 and while the provider is away (job 5, without its screens).
"""

from __future__ import annotations

import base64
import imaplib
import quopri
import re
import smtplib
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP

import pytest

from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.patience import until

NOTE = "note@support.example.test.invalid"
US, HANAKO = "support@example.test", "hanako@customer.example.org"
ASKED = "<asked@customer.example.org>"
QUESTION = (
    "@ben この件、20%値引きしても大丈夫でしょうか。前回の請求書と同じ条件でお願いしたいです。"
)
ENGLISH = (
    "@ben Can we give him a discount of twenty per cent? He complains about prices every time."
)


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    office = found_company(count=0)
    # Ben says the same words in several tests: none of them is consent, however slow they are.
    office.proxy.command("mailbox", "policy", "support", "override=no")
    office.dovecot.deliver(
        f"From: Hanako <{HANAKO}>\r\nTo: {US}\r\nSubject: =?utf-8?B?"
        f"{base64.b64encode('見積もりの件'.encode()).decode()}?=\r\nMessage-ID: {ASKED}\r\n\r\n"
        "Could it be a little less?\r\n".encode()
    )
    office.proxy.wait_synced(1)
    return office


def mail(
    text: str, to: str = NOTE, *, answers: str = ASKED, cc: str = "", subject: str = "Re: 見積もり"
) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = f"Support <{US}>", to, subject
    if cc:
        made["Cc"] = cc
    if answers:
        made["In-Reply-To"] = made["References"] = answers
    made["Message-ID"] = f"<{abs(hash((text, to, cc, subject, answers)))}@pc.example.test>"
    made["Date"] = "Mon, 23 Nov 2026 10:00:00 +0900"
    made.set_content(text + "\n")
    return made


def send(office: Company, made: Message, login: str = "anna") -> tuple[int, str]:
    to = [*made.get_all("To", []), *made.get_all("Cc", [])]
    with office.proxy.smtp(login) as line:
        try:
            line.send_message(made, US, [each.strip() for one in to for each in one.split(",")])
        except smtplib.SMTPDataError as error:
            return error.smtp_code, error.smtp_error.decode()
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return code, text.decode()
    return 250, ""


def shown(office: Company, login: str, view: str) -> list[bytes]:
    """The mails of it, as they are."""
    with office.proxy.imap(login) as client:
        ok(client.select(f'"{view}"', readonly=True))
        return all_of(client)


def all_of(client: imaplib.IMAP4) -> list[bytes]:
    answer = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
    return [part[1] for part in answer if isinstance(part, tuple)]


def text_of(raw: bytes) -> str:
    parsed = message_from_bytes(raw)
    part = next(each for each in parsed.walk() if each.get_content_type() == "text/plain")
    return part.get_payload(decode=True).decode()  # type: ignore[union-attr]


def notes_of(office: Company, login: str, view: str) -> list[bytes]:
    return [raw for raw in shown(office, login, view) if b"X-Proxyd-Note:" in raw]


def at_the_provider(office: Company) -> str:
    """Everything that lies there, decoded as far as that goes."""
    files = [each for each in office.dovecot.maildir().rglob("*") if each.is_file()]
    found = ""
    for file in files:
        raw = file.read_bytes()
        found += raw.decode("utf-8", "replace") + quopri.decodestring(raw).decode(
            "utf-8", "replace"
        )
        for block in re.findall(rb"(?:[A-Za-z0-9+/]{20,}\r?\n?)+=*", raw):
            cut = re.sub(rb"\s", b"", block)
            found += base64.b64decode(cut[: len(cut) // 4 * 4]).decode("utf-8", "replace")
    return found


def nothing_has_left(office: Company) -> bool:
    sent = "".join(one.message.decode("utf-8", "replace") for one in office.sink.received)
    every = at_the_provider(office) + sent
    return not any(
        word in every for word in ("値引きしても", "X-Proxyd-Note", "[[note:", "complains")
    )


def test_two_colleagues_and_no_customer(office: Company) -> None:
    with office.proxy.imap("ben") as ben:
        ok(ben.select("INBOX"))
        assert send(office, mail(QUESTION)) == (250, "")
        until(lambda: ok(ben.noop()) and len(all_of(ben)) == 2)
    for login in ("anna", "ben"):
        for view in ("INBOX", "Status/Open", "Status/Unassigned", "Status/Notes"):
            assert len(notes_of(office, login, view)) == 1, (login, view)
    assert len(shown(office, "ben", "Status/Mentions")) == 1
    assert shown(office, "anna", "Status/Mentions") == []
    (raw,) = notes_of(office, "ben", "Status/Notes")
    assert QUESTION in text_of(raw)
    headers = message_from_bytes(raw)
    assert headers["In-Reply-To"] == ASKED
    # Ben presses Reply: it goes where it came from, and is in the same thread.
    answer = mail("@anna はい、今回だけなら。", headers["From"], answers=headers["Message-ID"])
    assert NOTE in headers["From"]
    answer.replace_header("To", NOTE)
    assert send(office, answer, "ben") == (250, "")
    with office.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        assert anna.search(None, "UNSEEN")[1][0].split() == [b"1", b"3"]
        (threads,) = anna.thread("REFERENCES", "UTF-8", "ALL")[1]
        assert threads == b"(1 2 3)"
    assert len(notes_of(office, "anna", "Status/Mentions")) == 1
    assert nothing_has_left(office)


def test_they_outlive_kill_9_and_a_provider_that_is_away(office: Company) -> None:
    office.proxy.kill()
    office.proxy.start()
    until(lambda: len(notes_of(office, "ben", "INBOX")) == 2)
    office.dovecot.stop()
    try:
        assert send(office, mail(ENGLISH)) == (250, "")
        assert len(notes_of(office, "ben", "Status/Notes")) == 3
        with office.proxy.imap("ben") as ben:
            ok(ben.select("Status/Notes"))
            assert ben.search(None, "TEXT", '"twenty per cent"')[1] == [b"3"]
    finally:
        office.dovecot.start()
    until(lambda: len(shown(office, "ben", "INBOX")) == 4)
    assert nothing_has_left(office)


def _note(office: Company) -> Message:
    return message_from_bytes(notes_of(office, "ben", "Status/Notes")[0], policy=SMTP)


def _quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


def _reply_all(office: Company) -> Message:
    note = _note(office)
    return mail(
        "ありがとう\n" + _quoted(text_of(bytes(note))), NOTE, cc=HANAKO, answers=note["Message-ID"]
    )


def _only_its_thread(office: Company) -> Message:
    return mail("Yes, we can", HANAKO, answers=_note(office)["Message-ID"])


def _inline(office: Company) -> Message:
    return mail(
        "FYI\n-------- Forwarded Message --------\n" + text_of(bytes(_note(office))),
        HANAKO,
        answers="",
    )


def _attached(office: Company) -> Message:
    made = mail("see below", HANAKO, answers="")
    made.add_attachment(message_from_bytes(bytes(_note(office)), policy=SMTP))
    return made


def _attached_file(office: Company) -> Message:
    made = mail("see the file", HANAKO)
    made.add_attachment(
        bytes(_note(office)), maintype="application", subtype="octet-stream", filename="a.eml"
    )
    return made


def _html(office: Company) -> Message:
    made = mail("x", HANAKO)
    quoted = QUESTION.removeprefix("@ben ").replace("大丈夫", "<b>大</b>丈夫")
    made.set_content(f"<p>はい</p><blockquote>{quoted}</blockquote>", subtype="html")
    return made


def _pasted(office: Company) -> Message:
    return mail("了解です。前回の請求書と同じ条件でお願いしたいです。", HANAKO)


def _wrapped(office: Company) -> Message:
    return mail("As I said:\n> he complains\n>about   prices\n> > every time\n", HANAKO)


def _bare_line_feeds(office: Company) -> Message:
    made = mail("x", HANAKO)
    made.set_content("he complains about\nprices every\ntime", cte="base64", charset="iso-2022-jp")
    return made


def _only_the_mark(office: Company) -> Message:
    found = re.search(r"\[\[note:\w+\]\]", text_of(bytes(_note(office))))
    assert found
    return mail(f"hello {found[0]}", HANAKO)


def _with_a_customer(office: Company) -> Message:
    return mail("@ben what now?", f"{NOTE}, {HANAKO}")


def _to_a_mailbox_that_is_none_of_his(office: Company) -> Message:
    return mail("hello", "note@sales.example.test.invalid")


def _to_ourselves(office: Company) -> Message:
    return mail(_quoted(text_of(bytes(_note(office)))), US, answers="")


LEAKS = (
    _reply_all, _only_its_thread, _inline, _attached, _attached_file, _html, _pasted, _wrapped,
    _bare_line_feeds, _only_the_mark, _with_a_customer, _to_ourselves,
    _to_a_mailbox_that_is_none_of_his,
)  # fmt: skip


WORDS = (_html, _pasted, _wrapped, _bare_line_feeds)


@pytest.mark.parametrize("leak", LEAKS, ids=[each.__name__ for each in LEAKS])
def test_it_can_t_leave(office: Company, leak: Callable[[Company], Message]) -> None:
    before = len(office.sink.received)
    for _ in range(1 if leak in WORDS else 2):  # no consent either, but to words
        code, said = send(office, leak(office), "ben")
        assert code == 550, said
        assert "nothing was sent" in said
    assert len(office.sink.received) == before
    assert nothing_has_left(office)


@pytest.mark.parametrize("view", ["Archive", "INBOX", "Status/Done", "Sent"])
def test_nor_into_a_folder_of_the_provider_s(office: Company, view: str) -> None:
    note = notes_of(office, "ben", "Status/Notes")[0].replace(
        b"Message-ID: <", b"Message-ID: <a", 1
    )
    with office.proxy.imap("ben") as ben:
        word, said = ben.append(view, "", "", note)  # type: ignore[arg-type]
        assert (word, b"stays" in said[0]) == ("NO", True), said
        ok(ben.select("Status/Notes"))
        if not view.startswith("Status"):
            assert ben.copy("1", view)[0] == "NO"
            assert ben.uid("MOVE", "1", view)[0] == "NO"
    assert nothing_has_left(office)


def test_nor_in_a_draft_that_somebody_else_finishes(office: Company) -> None:
    """Anna has begun it with words of a note: it lies in Drafts for both, and only here."""
    begun = mail("As Ben asked: he complains about prices every time", HANAKO)
    with office.proxy.imap("anna") as anna, office.proxy.imap("ben") as ben:
        ok(anna.append("Drafts", r"(\Draft)", "", bytes(begun)))  # type: ignore[arg-type]
        ok(ben.select("Drafts"))
        (found,) = all_of(ben)
        assert nothing_has_left(office)
        code, said = send(office, message_from_bytes(found, policy=SMTP), "ben")
        assert (code, "words of an internal note" in said) == (550, True), said
        ok(anna.select("Drafts"))
        ok(anna.store("1", "+FLAGS", r"(\Deleted)"))
        ok(anna.expunge())
        ok(ben.noop())
        assert ben.search(None, "ALL")[1] == [b""]


def test_an_answer_to_the_customer_goes_as_ever(office: Company) -> None:
    before = len(office.sink.received)
    made = mail("お世話になっております。20%お値引きいたします。よろしくお願いいたします。", HANAKO)
    assert send(office, made) == (250, "")
    until(lambda: len(office.sink.received) == before + 1)
    # and the notes have gone along to Done with the conversation
    until(lambda: len(notes_of(office, "anna", "Status/Done")) == 3)
    assert notes_of(office, "anna", "Status/Open") == []


BAD = {
    "no mail": (mail("hello", answers=""), 550, "answers none"),
    "a mail that nobody knows": (mail("hello", answers="<x@nowhere>"), 550, "answers none"),
    "30 MB": (mail("x" * 30_000_000), 552, "5 MB"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_note_has_one_answer(office: Company, what: str) -> None:
    made, code, word = BAD[what]
    answered, said = send(office, made)
    assert (answered, word in said) == (code, True), said
    assert len(notes_of(office, "anna", "Status/Notes")) == 3


def test_one_with_a_file(office: Company) -> None:
    made = mail("see the price list")
    made.add_attachment(b"1,2,3\r\n", maintype="text", subtype="csv", filename="prices.csv")
    assert send(office, made) == (250, "")
    raw = notes_of(office, "ben", "Status/Notes")[-1]
    names = [part.get_filename() for part in message_from_bytes(raw).walk()]
    assert "prices.csv" in names
    assert "Internal note" in text_of(raw)


def test_the_log_names_each_and_no_word_of_them(office: Company) -> None:
    rows = office.proxy.audit("--action", "append")
    written = [row for row in rows if row["detail"].get("what") == "note"]  # type: ignore[attr-defined]
    assert {(row["actor"], row["outcome"]) for row in written} == {("anna", "ok"), ("ben", "ok")}
    told = office.proxy.typed("conversation", "show", ASKED)
    assert "anna wrote an internal note" in " ".join(told.split())
    refused = office.proxy.audit("--action", "send", "--outcome", "refused")
    assert {row["detail"]["guard"] for row in refused} == {"note", "note-words"}  # type: ignore[index]
    assert "complains" not in str(office.proxy.audit())
    database = b"".join(f.read_bytes() for f in office.proxy.config.parent.rglob("*.db*"))
    assert database
    assert b"complains" not in database
    assert "値引き".encode() not in database


def test_who_wrote_it_deletes_it_for_good(office: Company) -> None:
    with office.proxy.imap("ben") as ben, office.proxy.imap("anna") as anna:
        ok(ben.select("INBOX"))
        ok(ben.store("2", "+FLAGS", r"(\Deleted)"))
        ok(ben.expunge())  # where the mails are it comes again
        assert len(notes_of(office, "anna", "Status/Notes")) == 4
        ok(ben.select("Status/Notes"))
        ok(ben.store("1", "+FLAGS", r"(\Deleted)"))
        assert ben.expunge()[0] == "NO"  # it is Anna's
        ok(anna.select("Status/Notes"))
        ok(anna.store("1", "+FLAGS", r"(\Deleted)"))
        ok(anna.expunge())
    assert len(notes_of(office, "anna", "Status/Notes")) == 3
    assert nothing_has_left(office)
