"""Anna's day in front of Thunderbird: what she does there, and what proxyd makes of it.

Each test looks at both: at what is on her screen, and at what a colleague is told by the server.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS, PASSWORD
from tests.e2e.thunderbird.conftest import TITLE
from tests.e2e.thunderbird.letter import Letter, pills, tags
from tests.e2e.thunderbird.program import Thunderbird
from tests.patience import PATIENCE_S, until

# No copies of all bodies of all folders, which keep it and the machine busy: test_restart.py. No
# compression: over it Thunderbird 153 was seen to stand still in IDLE until the event after the
# next (docs/what-clients-do.md).
ON_DEMAND: dict[str, object] = {
    "mail.server.default.use_compress_deflate": False,
    "mail.server.default.offline_download": False,
    "mail.server.default.autosync_offline_stores": False,
}
DESK = "desk@example.test"
COUNT = 24
TAKEN = "already taken by Ben Mori"  # what else was said may show still


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    """Two mailboxes; the second one speaks Japanese."""
    users = {ADDRESS: "upstream secret", DESK: "upstream secret"}
    company = found_company(count=COUNT, users=users)
    provider = company.dovecot
    company.proxy.typed(
        "mailbox", "add", "desk", "--address", DESK, "--language", "ja",
        "--imap", f"imaps://desk%40example.test@127.0.0.1:{provider.tls_port}",
        "--smtp", f"smtps://support%40example.test@127.0.0.1:{company.sink.port}",
        "--ca-file", str(company.proxy.certificates.ca), "--password-stdin",
        stdin=provider.password + "\n",
    )  # fmt: skip
    company.proxy.typed("user", "grant", "anna", "desk:respond")
    return company


@pytest.fixture(scope="module")
def tb(company: Company, seat: Callable[..., Thunderbird]) -> Thunderbird:
    program = seat(company, ON_DEMAND)
    program.settled()
    return program


@pytest.fixture
def anna(tb: Thunderbird) -> Thunderbird:
    """In her INBOX, nothing on the screen that hides something."""
    tb.do("tidyUp")
    tb.open(TITLE, "Inbox")
    return tb


@pytest.fixture
def ben(company: Company) -> Iterator[imaplib.IMAP4_SSL]:
    with company.proxy.imap("ben") as client:
        client.select("INBOX")
        yield client


# ---------------------------------------------------------------- what is shown


def test_it_shows_all_folders_and_the_virtual_ones_in_their_places(anna: Thunderbird) -> None:
    anna.see("the last folder", lambda: anna.shows(TITLE, "Status", "Unassigned"))
    names = [(depth, name) for depth, name, _ in anna.look("folders")]
    # Releases call special folders by their own words or by the provider's.
    for words in (("Inbox",), ("Drafts",), ("Sent",), ("Archives", "Archive"), ("Spam", "Junk")):
        assert any((2, word) in names for word in words), words
    assert any(name in ("Trash", "Deleted") for depth, name in names if depth == 2)
    status = names.index((2, "Status"))
    assert names[status + 1 : status + 4] == [
        (3, "Assigned to"),
        (4, "Ben Mori"),
        (4, "佐藤 あんな"),
    ]
    ours = {"Open", "Checking", "On hold", "Done", "Mine", "Unassigned", "Overdue"}
    ours |= {"Notes", "Mentions"}
    days = {"Tomorrow", "Monday", "In a week", "In four weeks"}
    shown = names[status + 4 : status + 4 + len(ours) + len(days)]
    assert {name for depth, name in shown if depth == 3} == ours
    assert {name for depth, name in shown if depth == 4} == days
    held = shown.index((3, "On hold"))
    assert {name for _, name in shown[held + 1 : held + 5]} == days
    assert anna.look("notifications") == []
    assert anna.look("dialogs") == []


def test_a_second_mailbox_has_its_folders_in_japanese(company: Company, anna: Thunderbird) -> None:
    desk = (TITLE, "Shared", "desk", "対応状況")
    anna.see("01 未対応", lambda: anna.shows(*desk, "01 未対応"))
    numbered = [name for _, name, _ in anna.look("folders") if name[:2].isdecimal()]
    assert numbered == [
        *("01 未対応", "02 確認中", "03 保留"),
        *("01 明日", "02 月曜日", "03 1週間後", "04 4週間後"),
        *("04 対応済み", "05 自分の担当", "06 担当者なし", "07 期限超過"),
        *("08 社内メモ", "09 自分へのメモ", "10 担当者別"),
    ], "as Thunderbird sorts them"


def test_tags_come_with_their_labels(company: Company, anna: Thunderbird) -> None:
    letter = Letter(company, "labels")
    anna.read(letter.subject)
    assert tags(anna, letter) == ["Open"]
    anna.see("its tags", lambda: pills(anna, letter) == ["Open"])
    anna.see("it as read", lambda: not anna.row(letter.subject)["unread"])


# ---------------------------------------------------------------- what Anna does


def test_a_tag_sets_the_status(company: Company, anna: Thunderbird, ben: imaplib.IMAP4) -> None:
    letter = Letter(company, "tag")
    anna.read(letter.subject)
    anna.do("tag", "対応済み")
    until(lambda: "$status-done" in letter.flags(ben))
    assert "$status-open" not in letter.flags(ben)
    anna.see("one status", lambda: tags(anna, letter) == ["対応済み"])
    anna.see("its tags", lambda: pills(anna, letter) == ["対応済み"])
    anna.do("tag", "佐藤 あんな")
    until(lambda: "$assignee-anna" in letter.flags(ben))
    anna.see("its tags", lambda: pills(anna, letter) == ["佐藤 あんな", "対応済み"])


def test_a_mail_dragged_into_a_status_folder(
    company: Company, anna: Thunderbird, ben: imaplib.IMAP4
) -> None:
    letter = Letter(company, "drag")
    anna.read(letter.subject)
    anna.drag(letter.subject, TITLE, "Status", "On hold")
    until(lambda: "$status-hold" in letter.flags(ben))
    anna.see("the new status", lambda: tags(anna, letter) == ["On hold"])
    anna.open(TITLE, "Status", "On hold")
    anna.see("it on hold", lambda: anna.row(letter.subject))
    assert company.dovecot.count("INBOX", letter.message_id) == 1
    assert anna.look("notifications") == []


def test_a_colleagues_change_shows_by_itself(
    company: Company, anna: Thunderbird, ben: imaplib.IMAP4
) -> None:
    letter = Letter(company, "colleague")
    anna.see("the new mail", lambda: anna.row(letter.subject), PATIENCE_S)
    letter.changed_by(ben, "+FLAGS", "($status-checking $assignee-ben)")
    shown = ["Ben Mori", "Checking"]
    anna.see("Ben's work", lambda: tags(anna, letter) == shown, PATIENCE_S)


def test_a_mail_leaves_an_open_virtual_folder_and_comes_again(
    company: Company, anna: Thunderbird, ben: imaplib.IMAP4
) -> None:
    letter = Letter(company, "leaves")
    anna.open(TITLE, "Status", "Unassigned")
    anna.see("the mail", lambda: anna.row(letter.subject))
    letter.changed_by(ben, "+FLAGS", "($assignee-ben)")
    anna.see("it gone", lambda: anna.row(letter.subject) is None, PATIENCE_S)
    letter.changed_by(ben, "-FLAGS", "($assignee-ben)")
    anna.see("it back", lambda: anna.row(letter.subject), PATIENCE_S)
    anna.see("all", lambda: anna.look("rows") == int(_status(ben, "Status/Unassigned")))


def _status(client: imaplib.IMAP4, view: str) -> str:
    answer = client.status(f'"{view}"', "(MESSAGES)")[1][0]
    return str(answer.decode().rpartition("MESSAGES ")[2].rstrip(")"))


# ---------------------------------------------------------------- answering


def answer(anna: Thunderbird, letter: Letter, text: str) -> None:
    """Open, press Reply, type, press Send."""
    anna.read(letter.subject)
    anna.do("reply")
    draft = anna.see("a reply", lambda: anna.look("draft"))
    assert draft["subject"] == f"Re: {letter.subject}"
    anna.do("type", text)
    anna.do("send")


def test_a_reply_finishes_the_work(company: Company, anna: Thunderbird, ben: imaplib.IMAP4) -> None:
    letter = Letter(company, "reply")
    before = len(company.sink.received)
    answer(anna, letter, "It is on its way.")
    anna.see("the window closed", lambda: anna.look("draft") is None)
    (sent,) = company.sink.received[before:]
    assert b"It is on its way." in sent.message
    assert b"X-Proxyd" not in sent.message
    anna.see("it answered", lambda: anna.row(letter.subject)["answered"])
    done = ["佐藤 あんな", "対応済み"]
    anna.see("it done", lambda: tags(anna, letter) == done)
    assert {"\\Answered", "$status-done", "$assignee-anna"} <= letter.flags(ben)

    message_id = re.findall(rb"(?im)^message-id: (<.*?>)", sent.message)[0].decode()
    filed = ("--action", "file-sent", "--message", message_id)
    until(lambda: company.proxy.audit(*filed))
    until(lambda: company.proxy.audit("--action", "append", "--message", message_id))
    assert company.dovecot.count("Sent", message_id) == 1
    anna.open(TITLE, "Sent")
    anna.see("the copy", lambda: anna.row(f"Re: {letter.subject}"))
    assert anna.look("dialogs") == []


def test_a_second_reply_is_stopped_and_nothing_of_it_is_lost(
    company: Company, anna: Thunderbird
) -> None:
    letter = Letter(company, "twice")
    anna.read(letter.subject)
    anna.do("reply")
    anna.see("a reply", lambda: anna.look("draft"))
    anna.do("type", "What Anna wrote")
    first = EmailMessage()
    first["From"], first["To"] = ADDRESS, "hanako@customer.example.org"
    first["Subject"] = f"Re: {letter.subject}"
    first["In-Reply-To"] = letter.message_id
    first["Message-ID"] = make_msgid(domain="example.test")
    first.set_content("What Ben wrote\n")
    with company.proxy.smtp("ben") as smtp:
        smtp.send_message(first)
    before = len(company.sink.received)

    anna.do("send")
    (said,) = anna.see("a dialog", lambda: anna.look("dialogs"))
    assert "Ben Mori answered this mail at" in said
    assert "send it again after 1 second" in said
    assert "550" not in said
    anna.do("acceptDialog")
    anna.see("no dialog", lambda: anna.look("dialogs") == [])
    draft = anna.look("draft")
    assert "What Anna wrote" in draft["text"]
    assert len(company.sink.received) == before


# ---------------------------------------------------------------- refusals


def test_a_refused_move_says_why_and_the_mail_stays(
    company: Company, anna: Thunderbird, ben: imaplib.IMAP4
) -> None:
    letter = Letter(company, "taken")
    anna.read(letter.subject)
    letter.changed_by(ben, "+FLAGS", "($assignee-ben)")
    anna.drag(letter.subject, TITLE, "Status", "Mine")
    anna.see("why", lambda: any(TAKEN in said for said in anna.look("notifications")))
    anna.see("the mail", lambda: tags(anna, letter) == ["Ben Mori", "Open"])
    assert letter.flags(ben) & {"$assignee-ben", "$assignee-anna"} == {"$assignee-ben"}


def test_a_refused_tag_vanishes_and_the_next_folder_says_why(
    company: Company, anna: Thunderbird, ben: imaplib.IMAP4
) -> None:
    letter = Letter(company, "refused")
    refused_a_tag(anna, ben, letter)
    told_by_the_next_folder(anna)
    assert letter.flags(ben) & {"$assignee-ben", "$assignee-anna"} == {"$assignee-ben"}


def test_what_a_colleague_does_meanwhile_does_not_take_the_reason_away(
    company: Company, anna: Thunderbird, ben: imaplib.IMAP4
) -> None:
    letter, other = Letter(company, "refused"), Letter(company, "another")
    refused_a_tag(anna, ben, letter)
    anna.settled()
    other.changed_by(ben, "+FLAGS", "($assignee-ben)")  # it asks by itself what there is
    anna.see("Ben's tag", lambda: "Ben Mori" in tags(anna, other))
    anna.settled()
    told_by_the_next_folder(anna)


def refused_a_tag(anna: Thunderbird, ben: imaplib.IMAP4, letter: Letter) -> None:
    anna.read(letter.subject)
    letter.changed_by(ben, "+FLAGS", "($assignee-ben)")
    anna.see("Ben's tag", lambda: "Ben Mori" in tags(anna, letter))
    anna.do("tidyUp")
    anna.do("tag", "佐藤 あんな")
    anna.see("the truth", lambda: tags(anna, letter) == ["Ben Mori", "Open"])


def told_by_the_next_folder(anna: Thunderbird) -> None:
    said = f"* OK [ALERT] {TAKEN}"
    before = anna.dialogue().count(said)
    anna.open(TITLE, "Status", "Open")
    anna.open(TITLE, "Inbox")
    until(lambda: anna.dialogue().count(said) > before)
    # 140 shows no alert of a server once it has kept one to itself (docs/what-clients-do.md).
    if anna.look("release") != 140:
        anna.see("why", lambda: any(TAKEN in text for text in anna.look("notifications")))


def test_nothing_it_was_told_all_day_was_a_syntax_error(anna: Thunderbird) -> None:
    assert re.findall(r"\b\d+ BAD .*", anna.dialogue()) == []
    assert PASSWORD not in anna.dialogue()
