"""The matrix: out of which view a mail is moved, into what, and how it must stand afterwards.

A cell is one mail of its own. What must be afterwards is written down here once for all clients: a
view takes nothing away at the provider, a folder takes the mail there, Trash is a folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.e2e.conftest import Company
from tests.e2e.programs import counted

SOURCES = ("INBOX", "Status/Open", "Status/Unassigned", "Status/Mine")
BEN = "Status/Assigned to/Ben Mori"
STATUS = {"Status/Checking": "checking", "Status/On hold": "hold", "Status/Done": "done"}
ASSIGNEE = {"Status/Mine": "anna", BEN: "ben", "Status/Unassigned": ""}
FOLDERS = ("Projects", "Archive", "Trash")  # an ordinary one, and two with a use
TARGETS = (*STATUS, *ASSIGNEE, *FOLDERS)


@dataclass(frozen=True)
class Standing:
    """How a mail stands: where at the provider, and what its conversation is."""

    folder: str
    status: str
    assignee: str

    def views(self) -> set[str]:
        """All of the tree's views that show it, to Anna."""
        if self.folder == "Trash":
            return {"Trash"}  # virtual folders are about work
        found = {self.folder, {word: view for view, word in STATUS.items()}.get(
            self.status, "Status/Open")}  # fmt: skip
        if self.assignee == "ben":
            found.add(BEN)
        elif self.assignee == "anna":
            found |= {"Status/Mine", "Status/Assigned to/佐藤 あんな"}
        elif self.status != "done":
            found.add("Status/Unassigned")
        return found


@dataclass(frozen=True)
class Cell:
    """One mail and what is done with it. ``subject`` is one word that is part of no other."""

    subject: str
    source: str
    target: str

    @property
    def message_id(self) -> str:
        return f"<{self.subject}@customer.example.org>"

    @property
    def before(self) -> Standing:
        return Standing("INBOX", "open", "anna" if self.source == "Status/Mine" else "")

    @property
    def after(self) -> Standing:
        was = self.before
        if self.target in STATUS:
            return Standing(was.folder, STATUS[self.target], was.assignee)
        if self.target in ASSIGNEE:
            return Standing(was.folder, was.status, ASSIGNEE[self.target])
        return Standing(self.target, was.status, was.assignee)

    def mail(self) -> bytes:
        """A mail whose octets any rewriting would change: 8-bit, odd spaces, a very long line."""
        return (
            f"From: Hanako <hanako.{self.subject}@customer.example.org>\r\n"
            "To: support@example.test\r\n"
            f"Subject: {self.subject}\r\n"
            "Date: Mon, 23 Nov 2026 10:00:00 +0900\r\n"
            f"Message-ID: {self.message_id}\r\n"
            "X-Folded: one\r\n\t two  \r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 8bit\r\n\r\n"
            f"注文の件  \r\n.\r\nFrom the shop\r\n{'x' * 2000}\r\n\r\n"
        ).encode()


def cells(client: str, sources: Sequence[str] = SOURCES, targets: Sequence[str] = TARGETS
          ) -> list[Cell]:  # fmt: skip
    """Every source with every target but itself."""
    pairs = [(source, target) for source in sources for target in targets if source != target]
    return [Cell(f"{client}-{number:03}", *pair) for number, pair in enumerate(pairs)]


def deletions(client: str) -> list[Cell]:
    """Plain deleting is a move to Trash."""
    return [Cell(f"{client}-del{n}", source, "Trash") for n, source in enumerate(SOURCES)]


def by_source(some: Sequence[Cell]) -> dict[str, list[Cell]]:
    return {source: [cell for cell in some if cell.source == source] for source in SOURCES}


def arrive(office: Company, some: Sequence[Cell]) -> None:
    """The mails come in; those of *Mine* are taken by Anna."""
    before = counted(office.proxy, "INBOX")
    for cell in some:
        office.dovecot.deliver(cell.mail())
    office.proxy.wait_synced(before + len(some))
    with office.proxy.imap("anna") as anna:
        anna.select("INBOX")
        mine = [cell.message_id for cell in some if cell.before.assignee]
        found = [anna.uid("SEARCH", "HEADER", "Message-ID", one)[1][0].decode() for one in mine]
        if found:
            answer = anna.uid("STORE", ",".join(found), "+FLAGS", "($assignee-anna)")
            assert answer[0] == "OK", answer
