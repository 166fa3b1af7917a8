"""A customer's mail, and what Thunderbird shows of it."""

from __future__ import annotations

import imaplib
import itertools
import re
from email.message import EmailMessage
from email.utils import make_msgid

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.e2e.thunderbird.program import Thunderbird
from tests.patience import until

_SERIAL = itertools.count(1)


def tags(anna: Thunderbird, letter: Letter) -> list[str]:
    """What the list shows; [] also while the mail is not in it."""
    found: list[str] = (anna.row(letter.subject) or {"tags": []})["tags"]
    return found


def pills(anna: Thunderbird, letter: Letter) -> list[str]:
    """The labels in the header of the open mail. Looking at its row draws both, see eyes.js."""
    anna.row(letter.subject)
    found: list[str] = anna.look("mail")["tags"]
    return found


class Letter:
    """A customer's mail that has just arrived."""

    def __init__(self, company: Company, about: str) -> None:
        self.subject = f"{about} {next(_SERIAL)}"
        self.message_id = make_msgid(domain="customer.example.org")
        mail = EmailMessage()
        mail["From"] = "Hanako <hanako@customer.example.org>"
        mail["To"] = ADDRESS
        mail["Subject"] = self.subject
        mail["Date"] = "Mon, 23 Nov 2026 10:00:00 +0900"
        mail["Message-ID"] = self.message_id
        mail.set_content("Where is my order?\n")
        company.dovecot.deliver(mail.as_bytes())

    def uid(self, client: imaplib.IMAP4) -> str:
        """In the selected view, once it is there."""
        found: list[bytes] = []

        def arrived() -> list[bytes]:
            client.noop()
            found[:] = client.uid("SEARCH", "HEADER", "Message-ID", self.message_id)[1][0].split()
            return found

        until(arrived)
        return found[-1].decode()

    def flags(self, client: imaplib.IMAP4) -> set[str]:
        """None while the mail is on its way from one UID to the next."""
        uid = self.uid(client)
        client.response("FETCH")
        rows = client.uid("FETCH", uid, "(FLAGS)")[1]
        mine = [row for row in rows if row and f"UID {uid} ".encode() in row]
        found = re.search(rb"FLAGS \(([^)]*)\)", mine[-1]) if mine else None
        return set(found[1].decode().split()) if found else set()

    def changed_by(self, client: imaplib.IMAP4, change: str, keywords: str) -> None:
        """A colleague's STORE, which works."""
        answer = client.uid("STORE", self.uid(client), change, keywords)
        assert answer[0] == "OK", answer
