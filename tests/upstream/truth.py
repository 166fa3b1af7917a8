"""What the provider has, asked past us."""

from __future__ import annotations

import imaplib
import re
from dataclasses import dataclass
from typing import Any

from tests.patience import PATIENCE_S, until
from tests.servers import maildir
from tests.servers.dovecot import Dovecot

# By Message-ID, where it lies and with which flags.
There = dict[str, list[tuple[str, frozenset[str]]]]


@dataclass
class Truth:
    """Over a connection of its own; and what it has as files."""

    dovecot: Dovecot

    def __enter__(self) -> Truth:
        self.client = imaplib.IMAP4("127.0.0.1", self.dovecot.plain_port, timeout=PATIENCE_S)
        self.client.login(self.dovecot.user, self.dovecot.password)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.shutdown()

    def folders(self) -> list[str]:
        names = (re.findall(rb'"?([^" ]+)"?$', row)[0] for row in self.client.list()[1])  # type: ignore[arg-type]
        return [name.decode() for name in names]

    def clear(self) -> None:
        for folder in self.folders():
            if folder != "INBOX":
                self.client.delete(folder)

    def mails(self) -> There:
        found: There = {}
        for folder in self.folders():
            for row in self._rows(folder):
                if isinstance(row, tuple):
                    flags = re.findall(rb"FLAGS \((.*?)\)", row[0])[0].decode().split()
                    name = re.findall(rb"<(.*?)>", row[1])[0].decode()
                    found.setdefault(name, []).append((folder, frozenset(flags)))
        self.client.unselect()
        return found

    def hidden(self, told: There) -> There:
        """What lies there and is not told.

        Dovecot writes an index by its open files and looks at mails by their path: a session that
        has a folder open while it is renamed, and another one gets the name, sees that one's mails,
        none, and writes so into the first one's index. They come again when its directory changes.
        """
        found: There = {}
        for name, folder, flags in maildir.mails(self.dovecot.maildir("INBOX")):
            if folder not in dict(told.get(name, [])):
                found.setdefault(name, []).append((folder, flags))
        return found

    def story(self) -> str:
        """What a failure has to be explained by."""
        return f"{maildir.listing(self.dovecot.maildir('INBOX'))}\n{self.dovecot.log()}"

    def _rows(self, folder: str) -> list[Any]:
        """A folder that is locked still is asked again: else its mails seem to be lost."""
        rows: list[Any] = []

        def told() -> bool:
            if self.client.select(folder, readonly=True)[0] != "OK":
                return False
            items = "(FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
            answer, rows[:] = self.client.uid("FETCH", "1:*", items)
            return answer == "OK"

        until(told, f"{folder} can't be read")
        return rows
