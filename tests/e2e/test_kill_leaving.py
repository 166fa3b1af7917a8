"""kill -9 at each point of a mail that waits before it leaves: it is never lost, never sent twice,
and never sent after it was taken back.
"""

from __future__ import annotations

import imaplib
import signal
import smtplib
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_taking_back import (
    HANAKO,
    LEAVING,
    US,
    answer,
    asked,
    found,
    gone_out,
    mentions,
    octets,
    send,
    uids,
)
from tests.patience import until

# In which of these it is found at last, and how often it went out.
LEAVES = {
    "before it is shown that it waits": ("Sent", 1),
    "before it leaves": ("Sent", 1),
    "before the provider is asked": ("Drafts", 0),
    "after the provider's 250": ("Drafts", 1),
    "before the copy is looked for": ("Sent", 1),
    "before the copy is recorded": ("Sent", 1),
}
DOUBTFUL = ("before the provider is asked", "after the provider's 250")
TAKEN_BACK = (
    "before the draft is stored",
    "after the OK to the draft",
    "before the end is recorded",
)
GIVEN_UP = ("before its guards have spoken", "before it is brought back", *TAKEN_BACK)


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    office = found_company(count=1)
    office.proxy.add_person("meg", "Meg Ito", "support:manage")
    office.proxy.add_person("taro", "Taro", "support:respond-with-approval")
    office.proxy.typed("mailbox", "policy", "support", "send-delay-s=2")
    return office


def begin(office: Company, dies: str = "") -> None:
    if office.proxy.lives and not dies:
        return
    with suppress(AssertionError):  # it may have died
        office.proxy.close()
    office.proxy.start(dies=dies)


def died(office: Company) -> None:
    assert office.proxy.died() == -signal.SIGKILL
    office.proxy.start()


def hand_in(office: Company, made: EmailMessage, login: str = "anna") -> None:
    """Whether or not its sender hears of it."""
    with suppress(smtplib.SMTPServerDisconnected, OSError):
        send(office, made, login)


def in_vain(office: Company, made: EmailMessage, to: str, login: str = "anna") -> None:
    """Take it back, while the process dies of it."""
    view = LEAVING if login == "anna" else "Status/To approve"
    with suppress(imaplib.IMAP4.abort, OSError), office.proxy.imap(login) as client:
        assert client.select(f'"{view}"')[0] == "OK"
        (uid,) = found(client, made["Message-ID"])
        client.uid("MOVE", uid, f'"{to}"')


def places(office: Company, made: EmailMessage) -> dict[str, int]:
    views = ("Drafts", "Sent", "Trash", LEAVING, "Status/To approve")
    return {view: len(uids(office, "meg", view, made["Message-ID"])) for view in views}


def is_only_in(office: Company, made: EmailMessage, view: str) -> bool:
    return {name: count for name, count in places(office, made).items() if count} == {view: 1}


def later_ones_have_left(office: Company, name: str) -> None:
    """Whatever was to leave by then has left: this one was handed in after it."""
    made = answer(asked(office, name))
    assert send(office, made) == (250, "")
    until(lambda: gone_out(office, made), "what came later does not leave")
    until(lambda: is_only_in(office, made, "Sent"), "its copy is not in Sent")


@pytest.mark.parametrize("point", LEAVES)
def test_it_leaves_once_or_comes_back(office: Company, point: str) -> None:
    view, out = LEAVES[point]
    name = "".join(word[:3] for word in point.replace("'", "").split())
    begin(office)
    made = answer(asked(office, name))
    begin(office, dies=point)
    hand_in(office, made)
    died(office)
    until(lambda: is_only_in(office, made, view), lambda: str(places(office, made)))
    later_ones_have_left(office, f"later-{name}")
    assert gone_out(office, made) == out
    assert is_only_in(office, made, view)
    told = [text for text in mentions(office, "anna", made["Subject"]) if "may have" in text]
    assert len(told) == (1 if point in DOUBTFUL else 0)
    assert "Traceback" not in office.proxy.log()


@pytest.mark.parametrize("point", TAKEN_BACK)
def test_taken_back_it_never_leaves(office: Company, point: str) -> None:
    name = "back-" + point.split()[2]
    office.proxy.typed("mailbox", "policy", "support", "send-delay-s=15")
    begin(office)
    made = answer(asked(office, name))
    begin(office, dies=point)
    assert send(office, made) == (250, "")
    in_vain(office, made, "Drafts")
    office.proxy.typed("mailbox", "policy", "support", "send-delay-s=16")
    died(office)
    until(lambda: is_only_in(office, made, "Drafts"), lambda: str(places(office, made)))
    later_ones_have_left(office, f"later-{name}")
    office.proxy.typed("mailbox", "policy", "support", "send-delay-s=2")
    assert gone_out(office, made) == 0
    assert is_only_in(office, made, "Drafts")
    assert mentions(office, "anna", made["Subject"]) == []


@pytest.mark.parametrize("point", TAKEN_BACK)
def test_dragged_by_append_and_once_more_it_is_one_draft(office: Company, point: str) -> None:
    """mbsync, which did not hear the OK, brings it again when it is run again."""
    name = "drag-" + point.split()[2]
    office.proxy.typed("mailbox", "policy", "support", "send-delay-s=15")
    begin(office)
    made = answer(asked(office, name))
    begin(office, dies=point)
    assert send(office, made) == (250, "")
    with suppress(imaplib.IMAP4.abort, OSError), office.proxy.imap("anna") as client:
        assert client.select(f'"{LEAVING}"')[0] == "OK"
        shown = octets(client, *found(client, made["Message-ID"]))
        client.append("Drafts", "(\\Seen)", None, b"X-TUID: 0123456789ab\r\n" + shown)
    died(office)
    office.proxy.typed("mailbox", "policy", "support", "send-delay-s=2")
    with office.proxy.imap("anna") as client:
        again = b"X-TUID: ba9876543210\r\n" + shown
        until(lambda: client.append("Drafts", "(\\Seen)", None, again)[0] == "OK")
        told = str(client.response("APPENDUID")[1])
        assert client.select("Drafts")[0] == "OK"
        (uid,) = found(client, made["Message-ID"])
        assert uid.decode() in told
    assert is_only_in(office, made, "Drafts")
    assert gone_out(office, made) == 0
    assert mentions(office, "anna", made["Subject"]) == []


@pytest.mark.parametrize("point", GIVEN_UP)
def test_stopped_by_a_guard_it_comes_back_once(office: Company, point: str) -> None:
    name = f"stop-{GIVEN_UP.index(point)}"
    office.proxy.typed("mailbox", "policy", "support", "send-delay-s=15")
    begin(office)
    customer = asked(office, name)
    made = answer(customer)
    begin(office, dies=point)
    assert send(office, made) == (250, "")
    with office.proxy.imap("meg") as meg:
        assert meg.select("INBOX")[0] == "OK"
        (uid,) = found(meg, customer)
        assert meg.uid("MOVE", uid, '"Status/On hold"')[0] == "OK"
    died(office)
    until(lambda: is_only_in(office, made, "Drafts"), lambda: str(places(office, made)))
    assert gone_out(office, made) == 0
    (note,) = mentions(office, "anna", made["Subject"])
    assert "on hold" in note
    office.proxy.typed("mailbox", "policy", "support", "send-delay-s=2")


def test_approved_it_leaves_once(office: Company) -> None:
    begin(office)
    made = answer(asked(office, "approved"))
    begin(office, dies="before what is approved is shown")
    # The hand-in shows it by another name of the same function.
    assert send(office, made, "taro") == (250, "")
    in_vain(office, made, "Status/Approve", "meg")
    died(office)
    until(lambda: is_only_in(office, made, "Sent"), lambda: str(places(office, made)))
    assert gone_out(office, made) == 1


@pytest.mark.parametrize("point", TAKEN_BACK)
def test_given_back_its_writer_is_told_once(office: Company, point: str) -> None:
    name = "given-" + point.split()[2]
    begin(office)
    made = answer(asked(office, name))
    begin(office, dies=point)
    assert send(office, made, "taro") == (250, "")
    in_vain(office, made, "Drafts", "meg")
    died(office)
    until(lambda: is_only_in(office, made, "Drafts"), lambda: str(places(office, made)))
    (note,) = mentions(office, "taro", made["Subject"])
    assert "Meg Ito has not approved it" in note
    assert gone_out(office, made) == 0
    assert HANAKO in made["To"] and US in made["From"]
