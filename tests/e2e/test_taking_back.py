"""A mail waits in *Leaving* and can be taken back, with a real provider, over the real doors."""

from __future__ import annotations

import imaplib
import re
import smtplib
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.e2e.keeping_copies import Mbsync, OfflineImap
from tests.patience import until

US, HANAKO = "support@example.test", "hanako@customer.example.org"
LEAVING, NOTES = "Status/Leaving", "Status/Notes"


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    office = found_company(count=1)
    office.proxy.add_person("meg", "Meg Ito", "support:manage")
    office.proxy.add_person("rae", "Rae", "support:read")
    return office


@pytest.fixture(autouse=True)
def _as_it_should_be(office: Company) -> Iterator[None]:
    delay(office, 3600)
    yield
    assert "Traceback" not in office.proxy.log()


def delay(office: Company, seconds: int) -> None:
    """A process that begins goes by it from its first mail on."""
    if _NOW.get("delay") != seconds:
        office.proxy.typed("mailbox", "policy", "support", f"send-delay-s={seconds}")
        office.proxy.stop()
        office.proxy.start()
        _NOW["delay"] = seconds


_NOW: dict[str, int] = {}


def asked(office: Company, name: str) -> str:
    """A customer's mail; its Message-ID."""
    id_ = f"<{name}@customer.example.org>"
    office.dovecot.deliver(
        f"From: Hanako <{HANAKO}>\r\nTo: {US}\r\nSubject: {name}\r\nMessage-ID: {id_}\r\n\r\n"
        "Could it be a little less?\r\n".encode()
    )
    until(lambda: uids(office, "anna", "INBOX", id_), "the mail did not come")
    return id_


def answer(to: str, words: str = "Yes, it could.") -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = f"Support <{US}>", HANAKO, f"Re: {to[1:8]}"
    made["In-Reply-To"] = made["References"] = to
    made["Message-ID"] = f"<{abs(hash((to, words)))}@pc.example.test>"
    made["Date"] = "Mon, 23 Nov 2026 10:00:00 +0900"
    made.set_content(words + "\n")
    return made


def send(
    office: Company, made: Message, login: str = "anna", more: tuple[str, ...] = ()
) -> tuple[int, str]:
    with office.proxy.smtp(login) as line:
        try:
            line.sendmail(US, [HANAKO, *more], bytes(made))
        except smtplib.SMTPDataError as error:
            return error.smtp_code, error.smtp_error.decode()
    return 250, ""


def uids(office: Company, login: str, view: str, id_: str) -> list[bytes]:
    with office.proxy.imap(login) as client:
        if client.select(f'"{view}"', readonly=True)[0] != "OK":
            return []
        return found(client, id_)


def found(client: imaplib.IMAP4, id_: str) -> list[bytes]:
    ok(client.noop())
    return client.uid("SEARCH", "HEADER", "Message-ID", f'"{id_}"')[1][0].split()


def octets(client: imaplib.IMAP4, uid: bytes) -> bytes:
    return client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1]


def flags(office: Company, login: str, view: str, id_: str) -> str:
    with office.proxy.imap(login) as client:
        ok(client.select(f'"{view}"', readonly=True))
        (uid,) = found(client, id_)
        return client.uid("FETCH", uid, "(FLAGS)")[1][0].decode()


def gone_out(office: Company, made: Message) -> int:
    return sum(made["Message-ID"].encode() in each.message for each in office.sink.received)


def folders(office: Company, login: str) -> list[str]:
    with office.proxy.imap(login) as client:
        return [line.decode().rpartition('"/" ')[2].strip('"') for line in client.lsub()[1]]


def steps(office: Company, made: Message) -> list[str]:
    records = office.proxy.audit("--message", made["Message-ID"].strip("<>"))
    return [
        str(one["detail"].get("step"))  # type: ignore[attr-defined]
        for one in records
        if one["action"] == "leaving"
    ]


def test_it_leaves_when_its_time_is_over(office: Company) -> None:
    delay(office, 1)
    made = answer(asked(office, "leaves"))
    assert send(office, made) == (250, "")
    until(lambda: gone_out(office, made), "it did not leave")
    until(lambda: uids(office, "ben", "Sent", made["Message-ID"]), "no copy in Sent")
    assert uids(office, "anna", LEAVING, made["Message-ID"]) == []
    (out,) = (one for one in office.sink.received if made["Message-ID"].encode() in one.message)
    assert out.message.replace(b"\r\n", b"\n") == bytes(made).replace(b"\r\n", b"\n")
    assert "$status-done" in flags(office, "ben", "INBOX", "<leaves@customer.example.org>")
    assert steps(office, made) == ["held"]
    assert gone_out(office, made) == 1
    told = office.proxy.command("conversation", "show", "leaves@customer.example.org")
    assert "handed in a mail, which waits" in told and "was not sent" not in told
    assert "in the hands of anna" in told


def test_it_is_taken_back_by_a_move(office: Company) -> None:
    customer = asked(office, "moved")
    made = answer(customer)
    assert send(office, made, more=("secret@customer.example.org",)) == (250, "")
    assert LEAVING in folders(office, "ben")
    assert LEAVING not in folders(office, "rae")
    assert "$replying" in flags(office, "ben", "INBOX", customer)
    assert "$status-open" in flags(office, "ben", "INBOX", customer)
    code, text = send(office, answer(customer, "No, never."), "ben")
    assert code == 550 and "is sending an answer" in text
    with office.proxy.imap("anna") as anna:
        ok(anna.select(LEAVING))
        (uid,) = found(anna, made["Message-ID"])
        answered = anna.uid("MOVE", uid, "Drafts")
        assert answered[0] == "OK"
        assert b"COPYUID" in anna.response("COPYUID")[0].encode() or anna.response("COPYUID")
        assert found(anna, made["Message-ID"]) == []
        ok(anna.select("Drafts"))
        (uid,) = found(anna, made["Message-ID"])
        draft = octets(anna, uid)
    parsed = message_from_bytes(draft)
    assert parsed["Bcc"] == "secret@customer.example.org"
    assert "X-Proxyd-Sent-By" not in parsed
    assert "\\Draft" in flags(office, "ben", "Drafts", made["Message-ID"])
    assert uids(office, "anna", "Sent", made["Message-ID"]) == []
    assert steps(office, made) == ["held", "taken-back", "came-back"]
    # A program that has not heard of its 250 repeats what its writer has taken back.
    code, text = send(office, made)
    assert code == 550 and "lies in Drafts" in text
    # It is finished, and sent again.
    delay(office, 0)
    made.replace_header("Date", "Mon, 23 Nov 2026 10:05:00 +0900")
    assert send(office, made) == (250, "")
    assert gone_out(office, made) == 1


def test_copy_deleted_expunge_and_what_thunderbird_does(office: Company) -> None:
    """A client that files its own copy and sets \\Answered right after the 250."""
    customer = asked(office, "copied")
    made = answer(customer)
    assert send(office, made) == (250, "")
    with office.proxy.imap("anna") as anna:
        assert anna.append("Sent", "(\\Seen)", None, bytes(made))[0] == "OK"
        ok(anna.select("INBOX"))
        (uid,) = found(anna, customer)
        ok(anna.uid("STORE", uid, "+FLAGS", "(\\Answered)"))
        ok(anna.select("Sent"))
        assert found(anna, made["Message-ID"]) == []
        ok(anna.select(LEAVING))
        numbers = anna.search(None, "ALL")[1][0].split()
        number = numbers[-1]
        assert anna.copy(number.decode(), "Drafts")[0] == "OK"
        ok(anna.store(number.decode(), "+FLAGS", "(\\Deleted)"))
        ok(anna.expunge())
        assert found(anna, made["Message-ID"]) == []
        ok(anna.select("Drafts"))
        assert len(found(anna, made["Message-ID"])) == 1
        assert anna.append("Sent", "(\\Seen)", None, bytes(made))[0] == "OK"
        ok(anna.select("Sent"))
        assert found(anna, made["Message-ID"]) == []
    assert "\\Answered" not in flags(office, "ben", "INBOX", customer)
    client = imaplib.IMAP4("127.0.0.1", office.dovecot.plain_port)
    client.login(office.dovecot.user, office.dovecot.password)
    client.select("INBOX")

    def at_the_provider() -> str:
        client.noop()
        number = client.search(None, f'HEADER Message-ID "{customer}"')[1][0]
        return str(client.fetch(number, "(FLAGS)")[1])

    until(lambda: "Answered" not in at_the_provider())
    client.logout()


def test_deleting_it_stops_it(office: Company) -> None:
    made, other = answer(asked(office, "deleted")), answer(asked(office, "trashed"))
    assert send(office, made) == send(office, other) == (250, "")
    with office.proxy.imap("anna") as anna:
        ok(anna.select(LEAVING))
        (uid,) = found(anna, made["Message-ID"])
        ok(anna.uid("STORE", uid, "+FLAGS", "(\\Deleted)"))
        ok(anna.expunge())
        (uid,) = found(anna, other["Message-ID"])
        refused = anna.uid("MOVE", uid, "INBOX")
        assert refused[0] == "NO" and b"Drafts" in refused[1][0]
        assert anna.uid("MOVE", uid, "Trash")[0] == "OK"
        assert found(anna, other["Message-ID"]) == []
    assert len(uids(office, "anna", "Drafts", made["Message-ID"])) == 1
    assert len(uids(office, "anna", "Trash", other["Message-ID"])) == 1
    assert gone_out(office, made) == gone_out(office, other) == 0


def test_the_provider_is_away_when_it_is_taken_back(office: Company) -> None:
    made = answer(asked(office, "away"))
    assert send(office, made) == (250, "")
    office.dovecot.stop()
    try:
        with office.proxy.imap("anna") as anna:
            ok(anna.select(LEAVING))
            (uid,) = found(anna, made["Message-ID"])
            refused = anna.uid("MOVE", uid, "Drafts")
            assert refused[0] == "NO" and b"it comes to where it was dragged" in refused[1][0]
            assert len(found(anna, made["Message-ID"])) == 1
    finally:
        office.dovecot.start()
    until(lambda: uids(office, "anna", "Drafts", made["Message-ID"]), "it did not come back")
    until(lambda: uids(office, "anna", LEAVING, made["Message-ID"]) == [], "it waits still")
    assert len(uids(office, "anna", "Drafts", made["Message-ID"])) == 1
    until(lambda: office.proxy.http("/readyz")[0] == 200)
    assert steps(office, made) == ["held", "taken-back", "came-back"]


def test_who_may_take_it_back(office: Company) -> None:
    made = answer(asked(office, "whose"))
    assert send(office, made) == (250, "")
    with office.proxy.imap("ben") as ben:
        ok(ben.select(LEAVING))
        (uid,) = found(ben, made["Message-ID"])
        refused = ben.uid("MOVE", uid, "Drafts")
        assert refused[0] == "NO" and b"only who wrote this mail" in refused[1][0]
        refused = ben.uid("STORE", uid, "+FLAGS", "(\\Deleted)")
        assert refused[0] == "NO" and b"only who wrote this mail" in refused[1][0]
        ok(ben.expunge())
        assert len(found(ben, made["Message-ID"])) == 1
    with office.proxy.imap("meg") as meg:
        ok(meg.select(LEAVING))
        (uid,) = found(meg, made["Message-ID"])
        moved = meg.uid("MOVE", uid, "Drafts")
        assert moved[0] == "OK", moved
    # Its writer is told who has done it.
    (note,) = mentions(office, "anna", "Re: whose")
    assert "Meg Ito took it back" in note


@pytest.mark.parametrize("polls", [True, False])
@pytest.mark.parametrize(
    "said",
    ["UID MOVE {} Drafts", "UID COPY {} Drafts", "UID STORE {} +FLAGS.SILENT (\\Deleted)",
     "UID EXPUNGE {}", "MOVE 1 Drafts", "COPY 1 Trash"],
)  # fmt: skip
def test_who_is_too_late_hears_it(office: Company, said: str, *, polls: bool) -> None:
    """Also who has just heard that it is gone: it was named before that was read."""
    if polls and not said.startswith("UID"):
        return  # its number is another mail's then
    delay(office, 2)
    made = answer(asked(office, f"late{abs(hash((said, polls)))}"))
    with office.proxy.imap("anna") as anna:
        assert send(office, made) == (250, "")
        ok(anna.select(LEAVING))
        (uid,) = found(anna, made["Message-ID"])
        until(lambda: gone_out(office, made), "it did not leave")
        until(lambda: uids(office, "ben", LEAVING, made["Message-ID"]) == [])
        if polls:
            ok(anna.noop())
        words = said.format(uid.decode()).split(" ")
        answered = anna.uid(*words[1:]) if words[0] == "UID" else anna.xatom(*words)
        assert answered[0] == "NO" and b"has already left" in answered[1][0], answered
    assert uids(office, "anna", "Drafts", made["Message-ID"]) == []


def test_marked_as_deleted_it_does_not_leave(office: Company) -> None:
    """As mutt and alpine do, which say EXPUNGE when they are left."""
    delay(office, 3)
    made = answer(asked(office, "marked"))
    assert send(office, made) == (250, "")
    with office.proxy.imap("anna") as anna:
        ok(anna.select(LEAVING))
        (uid,) = found(anna, made["Message-ID"])
        ok(anna.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"))
        until(lambda: uids(office, "ben", "Drafts", made["Message-ID"]), "it is not in Drafts")
        ok(anna.expunge())
    assert gone_out(office, made) == 0
    assert uids(office, "ben", LEAVING, made["Message-ID"]) == []
    assert steps(office, made) == ["held", "taken-back", "came-back"]


@pytest.mark.parametrize("program", ["mbsync", "offlineimap", "offlineimap on two lines"])
def test_dragged_by_who_keeps_copies_it_is_one_draft(
    office: Company, tmp_path: Path, program: str
) -> None:
    """They have no MOVE: APPEND, and then EXPUNGE where it was. offlineimap with two connections
    does both at once, in any order.
    """
    made = answer(asked(office, program.replace(" ", "-")))
    assert send(office, made) == (250, "")
    if program == "mbsync":
        mbsync = Mbsync(office.proxy, tmp_path, login="anna", expunge="Both")
        mbsync.sync()
        (file,) = mbsync.mails(LEAVING).values()
        drafts, sync = mbsync.directory / "Drafts", mbsync.sync
    else:
        lines = 2 if "two" in program else 1
        offline = OfflineImap(office.proxy, tmp_path, connections=lines)
        offline.sync()
        (file,) = offline.files(LEAVING)
        drafts, sync = offline.mail / "Drafts", offline.sync
    file.rename(drafts / "new" / "1.dragged.here")
    sync()
    assert len(uids(office, "ben", "Drafts", made["Message-ID"])) == 1
    assert uids(office, "ben", LEAVING, made["Message-ID"]) == []
    sync()  # nothing that it has would be brought once more
    sync()
    assert len(uids(office, "ben", "Drafts", made["Message-ID"])) == 1
    kept = [*drafts.glob("cur/*"), *drafts.glob("new/*")]
    copies = sum(made["Message-ID"].encode() in each.read_bytes() for each in kept)
    # On two lines it may fetch the draft before it has brought its own file, and has both.
    assert copies in ({1, 2} if "two" in program else {1})
    done = steps(office, made)
    taken = 2 if "two" in program and done.count("taken-back") == 2 else 1  # on each line
    assert done == ["held", *["taken-back"] * taken, "came-back"]
    assert gone_out(office, made) == 0


def test_removed_first_and_then_brought_it_is_one_draft(office: Company) -> None:
    """mbsync where *Leaving* comes before *Drafts*, as in Japanese."""
    made = answer(asked(office, "removed-first"))
    assert send(office, made) == (250, "")
    with office.proxy.imap("anna") as anna:
        ok(anna.select(LEAVING))
        (uid,) = found(anna, made["Message-ID"])
        shown = octets(anna, uid)
        ok(anna.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"))
        ok(anna.uid("EXPUNGE", uid))
        for _ in range(2):
            assert anna.append("Drafts", "(\\Seen)", None, shown)[0] == "OK"
    lies = {name: uids(office, "ben", name, made["Message-ID"]) for name in ("Drafts", "Trash")}
    assert (len(lies["Drafts"]), lies["Trash"]) == (1, [])
    assert gone_out(office, made) == 0


def test_close_takes_back_what_one_may(office: Company) -> None:
    hers, his = answer(asked(office, "hers")), answer(asked(office, "his"))
    assert send(office, hers) == send(office, his, "ben") == (250, "")
    with office.proxy.imap("ben") as ben:
        ok(ben.select(LEAVING))
        assert ben.store("1:*", "+FLAGS", "(\\Deleted)")[0] == "NO"
        ok(ben.close())
    assert len(uids(office, "ben", "Drafts", his["Message-ID"])) == 1
    assert uids(office, "ben", LEAVING, his["Message-ID"]) == []
    assert len(uids(office, "ben", LEAVING, hers["Message-ID"])) == 1
    with office.proxy.imap("anna") as anna:
        ok(anna.select(LEAVING))
        (uid,) = found(anna, hers["Message-ID"])
        assert anna.uid("MOVE", uid, "Drafts")[0] == "OK"


def mentions(office: Company, login: str, word: str) -> list[str]:
    """The texts of the notes that name this person, with a word in them."""
    with office.proxy.imap(login) as client:
        ok(client.select("Status/Mentions", readonly=True))
        answered = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
        texts = [
            message_from_bytes(part[1]).get_payload(decode=True).decode()  # type: ignore[union-attr]
            for part in answered
            if isinstance(part, tuple)
        ]
    return [text for text in texts if word in text]


def test_somebody_has_answered_meanwhile(office: Company) -> None:
    """From outside, as webmail does."""
    customer = asked(office, "outside")
    made = answer(customer)
    delay(office, 8)
    assert send(office, made) == (250, "")
    webmail = answer(customer, "Webmail was faster.")
    office.dovecot.deliver(bytes(webmail), "Sent")
    until(lambda: uids(office, "anna", "Drafts", made["Message-ID"]), "it did not come back")
    assert gone_out(office, made) == 0
    (note,) = mentions(office, "anna", "Re: outside")
    assert "outside proxyd" in note
    assert steps(office, made) == ["held", "given-up", "came-back"]


def test_the_provider_refuses_or_is_away(office: Company) -> None:
    delay(office, 1)
    office.sink.answer_data = "554 5.7.1 looks like spam"
    refused = answer(asked(office, "spam"))
    try:
        assert send(office, refused) == (250, "")
        until(lambda: uids(office, "anna", "Drafts", refused["Message-ID"]), "it did not come back")
    finally:
        office.sink.answer_data = ""
    (note,) = mentions(office, "anna", "Re: spam")
    assert "looks like spam" in note
    office.sink.answer_data = "451 4.7.1 greylisted"
    later = answer(asked(office, "later"))
    assert send(office, later) == (250, "")
    ready = lambda: office.proxy.http("/readyz")[1]  # noqa: E731
    until(lambda: "greylisted" in ready(), "no trouble is told")
    assert len(uids(office, "anna", LEAVING, later["Message-ID"])) == 1
    office.sink.answer_data = ""
    until(lambda: gone_out(office, later), "it did not leave")
    until(lambda: "greylisted" not in ready(), "the trouble goes on")
    assert gone_out(office, later) == 1
    assert re.search(r'proxyd_upstream_leaving\{mailbox="support"\} 0', metrics(office))


def metrics(office: Company) -> str:
    return office.proxy.http("/metrics")[1]


def test_a_copy_that_was_filed_before_it_was_handed_in(office: Company) -> None:
    """As mutt does with fcc_before_send: it must not stay as if the mail had been sent."""
    made, others = answer(asked(office, "before")), answer(asked(office, "others"))
    webmail = answer("<nobody@customer.example.org>", "Another mail of that name")
    for name in ("In-Reply-To", "References"):  # an answer from webmail would stop this one
        del webmail[name]
    webmail.replace_header("To", "somebody@else.example.org")
    webmail.replace_header("Message-ID", made["Message-ID"])
    office.dovecot.deliver(bytes(webmail), "Sent")
    with office.proxy.imap("anna") as anna:
        assert anna.append("Sent", "(\\Seen)", None, bytes(made))[0] == "OK"
        assert anna.append("Sent", "(\\Seen)", None, bytes(others))[0] == "OK"
        assert send(office, made) == (250, "")
        ok(anna.select(LEAVING))
        (uid,) = found(anna, made["Message-ID"])
        assert anna.uid("MOVE", uid, "Drafts")[0] == "OK"
        ok(anna.select("Sent"))
        until(lambda: len(found(anna, made["Message-ID"])) == 1)
        (uid,) = found(anna, made["Message-ID"])
        assert b"Another mail" in octets(anna, uid)
        assert len(found(anna, others["Message-ID"])) == 1


def test_a_late_copy_of_what_was_taken_back(office: Company) -> None:
    """Sent must never have it, wherever the draft is by then."""
    names = ("to-trash", "earlier", "deleted", "edited")
    mails = {name: answer(asked(office, f"afterwards-{name}")) for name in names}
    assert all(send(office, made) == (250, "") for made in mails.values())
    edited = answer("<afterwards-edited@customer.example.org>", "Yes, and much less.")
    with office.proxy.imap("anna") as anna:
        assert anna.append("Sent", "(\\Seen)", None, bytes(mails["earlier"]))[0] == "OK"
        ok(anna.select(LEAVING))
        for name, made in mails.items():
            (uid,) = found(anna, made["Message-ID"])
            to = "Trash" if name in ("to-trash", "earlier") else "Drafts"
            assert anna.uid("MOVE", uid, to)[0] == "OK"
        delay(office, 0)  # the doors are shut for a moment
    with office.proxy.imap("anna") as anna:
        assert send(office, edited) == (250, "")
        ok(anna.select("Drafts"))
        for name in ("deleted", "edited"):
            (uid,) = found(anna, mails[name]["Message-ID"])
            ok(anna.uid("STORE", uid, "+FLAGS", "(\\Deleted)"))
        ok(anna.expunge())
        for made in (*mails.values(), edited):
            assert anna.append("Sent", "(\\Seen)", None, bytes(made))[0] == "OK"
        ok(anna.select("Sent"))
        for made in mails.values():
            assert found(anna, made["Message-ID"]) == []
        assert len(found(anna, edited["Message-ID"])) == 1
        ok(anna.select("Drafts"))
        kept = [name for name in names if found(anna, mails[name]["Message-ID"])]
        assert kept == ["deleted", "edited"]  # the others lie in Trash
    (record,) = (
        one
        for one in office.proxy.audit("--message", mails["deleted"]["Message-ID"].strip("<>"))
        if one["action"] == "append" and one["view"] == "Drafts"
    )
    assert record["actor"] == "anna"


def test_a_copy_under_another_message_id(office: Company) -> None:
    made = answer(asked(office, "renamed"))
    copy, other = answer("<renamed@customer.example.org>"), answer("<renamed@customer.example.org>")
    copy.replace_header("Message-ID", "<copy@pc.example.test>")
    other.replace_header("Message-ID", "<other@pc.example.test>")
    other.replace_header("To", "somebody@else.example.org")
    assert send(office, made) == (250, "")
    with office.proxy.imap("anna") as anna:
        for each in (copy, other):
            assert anna.append("Sent", "(\\Seen)", None, bytes(each))[0] == "OK"
        ok(anna.select(LEAVING))
        (uid,) = found(anna, made["Message-ID"])
        assert anna.uid("MOVE", uid, "Drafts")[0] == "OK"
        ok(anna.select("Sent"))
        assert found(anna, copy["Message-ID"]) == []
        assert len(found(anna, other["Message-ID"])) == 1


def test_what_cannot_be_done_with_what_waits(office: Company) -> None:
    made = answer(asked(office, "refused"))
    assert send(office, made) == send(office, made) == (250, "")
    with office.proxy.imap("anna") as anna:
        ok(anna.select(LEAVING))
        (uid,) = found(anna, made["Message-ID"])
        assert b"X-Proxyd-Sent-By: anna" in octets(anna, uid)
        for refused in (
            anna.append(LEAVING, None, None, bytes(made)),
            anna.uid("COPY", uid, "Status/Done"),
            anna.uid("COPY", uid, LEAVING),
            anna.uid("MOVE", uid, "INBOX"),
            anna.delete(LEAVING),
            anna.rename(LEAVING, "Mine"),
        ):
            assert refused[0] == "NO", refused
        assert len(found(anna, made["Message-ID"])) == 1
        ok(anna.select("INBOX"))
        (uid,) = found(anna, "<refused@customer.example.org>")
        assert anna.uid("COPY", uid, LEAVING)[0] == "NO"


def test_its_writer_is_gone(office: Company) -> None:
    """Disabled: it leaves. Removed: it comes to Drafts."""
    office.proxy.add_person("dan", "Dan", "support:respond")
    office.proxy.add_person("eve", "Eve", "support:respond")
    delay(office, 15)
    disabled, removed = answer(asked(office, "disabled")), answer(asked(office, "removed"))
    assert send(office, disabled, "dan") == send(office, removed, "eve") == (250, "")
    office.proxy.typed("user", "disable", "dan")
    office.proxy.typed("user", "remove", "eve", "--yes")
    until(lambda: uids(office, "anna", "Drafts", removed["Message-ID"]), "it did not come back")
    until(lambda: gone_out(office, disabled), "it did not leave")
    assert gone_out(office, removed) == 0


def test_the_mailbox_is_not_removed_while_it_waits(office: Company) -> None:
    made = answer(asked(office, "removing"))
    assert send(office, made) == (250, "")
    with pytest.raises(AssertionError, match=r"exit 2(.|\n)*in Leaving(.|\n)*send-delay-s=0"):
        office.proxy.command("mailbox", "remove", "support", "--yes")
    assert len(uids(office, "anna", LEAVING, made["Message-ID"])) == 1


def test_it_leaves_in_spite_of_what_its_writer_knew(office: Company) -> None:
    """Ben's answer has finished the conversation as well: one consent is enough."""
    delay(office, 1)
    customer = asked(office, "spite")
    assert send(office, answer(customer, "Ben's"), "ben") == (250, "")
    until(lambda: "$status-done" in flags(office, "anna", "INBOX", customer), "it is not done")
    made = answer(customer, "Anna's")
    code, text = send(office, made)
    assert code == 550 and "Ben Mori answered" in text
    made.replace_header("Subject", f"!send! {made['Subject']}")
    assert send(office, made) == (250, "")
    until(lambda: gone_out(office, made), "it did not leave")
    assert steps(office, made) == ["held", "held"]  # of the conversation


def test_with_no_delay_any_more_it_leaves(office: Company) -> None:
    made = answer(asked(office, "no-delay"))
    assert send(office, made) == (250, "")
    _NOW["delay"] = 0
    office.proxy.typed("mailbox", "policy", "support", "send-delay-s=0")
    until(lambda: gone_out(office, made), "it did not leave")


def test_two_mails_of_one_message_id(office: Company) -> None:
    """Both go out, and Sent has both."""
    delay(office, 2)
    first = answer(asked(office, "twice"))
    second = answer(asked(office, "twice-2"), "Another thing, too.")
    second.replace_header("Message-ID", first["Message-ID"])
    assert send(office, first) == send(office, second) == (250, "")
    until(lambda: gone_out(office, first) == 2, "they did not leave")
    until(lambda: len(uids(office, "anna", "Sent", first["Message-ID"])) == 2)
    with office.proxy.imap("anna") as anna:
        for made in (first, second):
            assert anna.append("Sent", "(\\Seen)", None, bytes(made))[0] == "OK"
        ok(anna.select("Sent"))
        copies = [octets(anna, uid) for uid in found(anna, first["Message-ID"])]
    assert sorted(b"Another thing" in each for each in copies) == [False, True]
