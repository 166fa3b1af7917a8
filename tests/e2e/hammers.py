"""People who write without a pause and remember what was acknowledged, until the plug is pulled.

A Hammer makes one kind of change, one after the other, over one real connection, until the
connection breaks. Invariants: ``acknowledged`` has exactly what was answered with OK or 250;
``trying`` is the one change that was under way, which may or may not have happened.
"""

from __future__ import annotations

import imaplib
import itertools
import re
import smtplib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.e2e.installation import ADDRESS, Installation
from tests.patience import PATIENCE_S

DOMAIN = "kill.example"
ARCHIVE = "Archive"
VIRTUAL = ("Status/Done", "Status/Checking")
STATUSES = ("hold", "done", "checking", "open")
HEADER = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"

Place = tuple[str, int]  # a view's name and UIDVALIDITY
UidMap = dict[Place, dict[int, str]]


def mail(message_id: str) -> bytes:
    lines = (
        f"From: customer@{DOMAIN}",
        f"To: {ADDRESS}",
        f"Subject: {message_id}",
        f"Message-ID: <{message_id}>",
        "Date: Mon, 01 Jun 2026 09:00:00 +0000",
        "",
        "text",
        "",
    )
    return "\r\n".join(lines).encode()


class Pace:
    """Counts what is acknowledged, by everybody; lets the one with the plug wait for a number."""

    def __init__(self) -> None:
        self._count = 0
        self._ended = 0
        self._changed = threading.Condition()

    def one_more(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def ended(self, _: object = None) -> None:
        """One of the people has nothing to do any more, or failed."""
        with self._changed:
            self._ended += 1
            self._changed.notify_all()

    def wait_for(self, count: int, people: int, seconds: float = PATIENCE_S) -> None:
        """For so many changes, or until nobody of ``people`` works any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._count >= count or self._ended >= people, seconds)


@dataclass
class Hammer:
    """``mails`` are Message-IDs that lie in INBOX and that nobody else touches."""

    proxy: Installation
    mails: list[str]
    pace: Pace
    acknowledged: list[tuple[str, object]] = field(default_factory=list)
    trying: tuple[str, object] | None = None
    promised: UidMap = field(default_factory=dict)  # what COPYUID and APPENDUID said
    action = ""  # what the access log calls it
    needs_mails = 60

    def run(self) -> None:
        """Until the connection breaks. Anything else that goes wrong is raised."""
        try:
            with self.proxy.imap("anna") as client:
                self._hammer(client)
        except (imaplib.IMAP4.abort, smtplib.SMTPServerDisconnected, OSError):
            return

    def _hammer(self, client: imaplib.IMAP4) -> None:
        uids = select(client, "INBOX")
        for message_id, wanted in self.changes():
            self.trying = message_id, wanted
            self.strike(client, uids, message_id, wanted)
            self.acknowledged.append((message_id, wanted))
            self.trying = None
            self.pace.one_more()

    def changes(self) -> Iterator[tuple[str, object]]:
        return ((message_id, None) for message_id in self.mails)

    def strike(
        self, client: imaplib.IMAP4, uids: dict[str, int], message_id: str, wanted: object
    ) -> None:
        """One change. Returns when it was acknowledged."""
        raise AssertionError("each kind has its own")

    # ------------------------------------------------------------------ what it can tell

    def wanted_now(self) -> dict[str, set[object]]:
        """For each mail that was changed: what may be the case now. One value, or the one tried."""
        latest: dict[str, set[object]] = {}
        for message_id, wanted in self.acknowledged:
            latest[message_id] = {wanted}
        if self.trying is not None:
            latest.setdefault(self.trying[0], set()).add(self.trying[1])
        return latest

    def done(self) -> list[str]:
        return [message_id for message_id, _ in self.acknowledged]

    def logged_enough(self, records: list[dict[str, object]]) -> None:
        """A record for each acknowledged change, and for the one under way at most one."""
        told = Counter(
            record["message_id"]
            for record in records
            if record["action"] == self.action and record["outcome"] == "ok"
            if "repeated" not in str(record["detail"])  # tried again, and not sent again
        )
        changed = Counter(self.done())
        for message_id in self.mails + self.done():
            extra = 1 if self.trying and self.trying[0] == message_id else 0
            number = changed[message_id]
            assert number <= told[message_id] <= number + extra, (self.action, message_id)

    def promise(self, code: bytes, place: str, message_id: str) -> None:
        """APPENDUID's "uidvalidity uid", or COPYUID's "uidvalidity source-uid uid"."""
        numbers = [int(number) for number in re.findall(rb"\d+", code)]
        self.promised.setdefault((place, numbers[0]), {})[numbers[-1]] = message_id


class ByKeyword(Hammer):
    action = "status"
    needs_mails = 8

    def changes(self) -> Iterator[tuple[str, object]]:
        for status in itertools.cycle(STATUSES):
            yield from ((message_id, status) for message_id in self.mails)

    def strike(
        self, client: imaplib.IMAP4, uids: dict[str, int], message_id: str, wanted: object
    ) -> None:
        ok(client.uid("STORE", str(uids[message_id]), "+FLAGS", f"($status-{wanted})"))


class ByFolder(Hammer):
    """MOVE into a virtual folder: each mail once, because it gets another UID."""

    action = "move"

    def changes(self) -> Iterator[tuple[str, object]]:
        return zip(self.mails, itertools.cycle(VIRTUAL), strict=False)

    def strike(
        self, client: imaplib.IMAP4, uids: dict[str, int], message_id: str, wanted: object
    ) -> None:
        ok(client.uid("MOVE", str(uids[message_id]), str(wanted)))
        self.promise(client.response("COPYUID")[1][0], str(wanted), message_id)


class Reading(Hammer):
    action = "seen"
    needs_mails = 8

    def changes(self) -> Iterator[tuple[str, object]]:
        for sign in itertools.cycle("+-"):
            yield from ((message_id, sign) for message_id in self.mails)

    def strike(
        self, client: imaplib.IMAP4, uids: dict[str, int], message_id: str, wanted: object
    ) -> None:
        ok(client.uid("STORE", str(uids[message_id]), f"{wanted}FLAGS", "(\\Seen)"))


class Storing(Hammer):
    """APPEND: the mails are new."""

    action = "append"
    needs_mails = 0

    def changes(self) -> Iterator[tuple[str, object]]:
        return ((f"append.{n}.{id(self)}@{DOMAIN}", None) for n in itertools.count())

    def strike(
        self, client: imaplib.IMAP4, uids: dict[str, int], message_id: str, wanted: object
    ) -> None:
        data = ok(client.append(ARCHIVE, "", "", mail(message_id)))
        code = re.findall(rb"APPENDUID \d+ \d+", data[0])[0]
        self.promise(code, ARCHIVE, message_id)


class Copying(Hammer):
    action = "copy-to"

    def strike(
        self, client: imaplib.IMAP4, uids: dict[str, int], message_id: str, wanted: object
    ) -> None:
        ok(client.uid("COPY", str(uids[message_id]), ARCHIVE))
        self.promise(client.response("COPYUID")[1][0], ARCHIVE, message_id)


class Moving(Hammer):
    action = "move"

    def strike(
        self, client: imaplib.IMAP4, uids: dict[str, int], message_id: str, wanted: object
    ) -> None:
        ok(client.uid("MOVE", str(uids[message_id]), ARCHIVE))
        self.promise(client.response("COPYUID")[1][0], ARCHIVE, message_id)


class Deleting(Hammer):
    action = "expunge"

    def strike(
        self, client: imaplib.IMAP4, uids: dict[str, int], message_id: str, wanted: object
    ) -> None:
        uid = str(uids[message_id])
        ok(client.uid("STORE", uid, "+FLAGS", "(\\Deleted)"))
        ok(client.uid("EXPUNGE", uid))


class Sending(Hammer):
    action = "send"
    needs_mails = 0

    def run(self) -> None:
        try:
            with self.proxy.smtp("anna") as client:
                self._send(client)
        except (smtplib.SMTPServerDisconnected, OSError):
            return

    def _send(self, client: smtplib.SMTP) -> None:
        for n in itertools.count():
            message_id = f"sent.{n}.{id(self)}@{DOMAIN}"
            self.trying = message_id, None
            send(client, message_id)
            self.acknowledged.append((message_id, None))
            self.trying = None
            self.pace.one_more()


def send(client: smtplib.SMTP, message_id: str) -> None:
    text = mail(message_id).replace(
        f"From: customer@{DOMAIN}".encode(), f"From: {ADDRESS}".encode()
    )
    client.sendmail(ADDRESS, [f"somebody@{DOMAIN}"], text)


KINDS = (ByKeyword, ByFolder, Reading, Storing, Copying, Moving, Deleting, Sending)


# ---------------------------------------------------------------- reading


def ok(answer: tuple[str, list[bytes]]) -> list[bytes]:
    assert answer[0] == "OK", answer
    return answer[1]


def select(client: imaplib.IMAP4, view: str) -> dict[str, int]:
    """Open a view; its UIDs by Message-ID."""
    ok(client.select(f'"{view}"'))
    return {message_id: uid for uid, message_id in uid_map(client).items()}


def uid_map(client: imaplib.IMAP4) -> dict[int, str]:
    """Of the open view: UID → Message-ID."""
    found: dict[int, str] = {}
    for row in ok(client.uid("FETCH", "1:*", f"(UID {HEADER})")):
        if isinstance(row, tuple):
            uid = int(re.findall(rb"UID (\d+)", row[0])[0])
            found[uid] = re.findall(rb"<(.*)>", row[1])[0].decode()
    return found


def flags(client: imaplib.IMAP4) -> dict[int, set[str]]:
    """Of the open view."""
    rows = ok(client.uid("FETCH", "1:*", "(UID FLAGS)"))
    pairs = (re.findall(rb"UID (\d+) FLAGS \((.*?)\)", row)[0] for row in rows if row)
    return {int(uid): set(words.decode().split()) for uid, words in pairs}


def views(client: imaplib.IMAP4) -> list[str]:
    """All that can be selected, in wire form."""
    rows = [row for row in ok(client.list()) if b"\\Noselect" not in row]
    return [re.findall(rb'"/" "?([^"]+)"?$', row)[0].decode() for row in rows]


def all_uids(client: imaplib.IMAP4) -> UidMap:
    """Every view: its UIDs and whose they are."""
    found: UidMap = {}
    for view in views(client):
        ok(client.select(f'"{view}"', readonly=True))
        uidvalidity = int(client.response("UIDVALIDITY")[1][0])
        found[view, uidvalidity] = uid_map(client)
    return found
