"""Reads tests/data/clients: mails as real clients write them, and the right outcome of each.

A mail begins with ``=== name``; above ``---`` stand the facts, below it the mail as it was written.

by        who brings it: ``outside`` (it arrives), ``webmail`` (it lies in Sent, not by us), a login
after     the mails before it, by name, each brought by its own hand
in        the mail whose conversation it is in, or ``alone``
status, assignee   of that conversation afterwards
marks     which of \\Answered and $Forwarded the mail ``in`` has then
record    what the log says: ``arrive``, the ``by`` of the status, or ``none``
refused   the guard that stops it
to        the envelope's recipients, where they are not those of the header
ben       ``unasked``: nobody wants to know whether Ben may answer after it; ``leaves it open``: his
          answer does, since somebody else waits; ``goes`` and ``answered``: what becomes of it
dated     the provider's date of it, where it is not today's
charset   of the mail, where it is not UTF-8
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data" / "clients"
FACTS = {"by", "after", "in", "status", "assignee", "marks", "record", "refused"} | {
    "to", "ben", "dated", "charset"
}  # fmt: skip


@dataclass(frozen=True)
class ClientMail:
    name: str
    facts: dict[str, str]
    raw: bytes

    def __getitem__(self, fact: str) -> str:
        return self.facts.get(fact, "")

    @property
    def after(self) -> list[str]:
        return [name.strip() for name in self["after"].split(";") if name.strip()]

    @property
    def marks(self) -> set[str]:
        return set(self["marks"].split())

    @property
    def is_ours(self) -> bool:
        return self["by"] != "outside"

    @cached_property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "").strip().strip("<>")

    @property
    def sender(self) -> str:
        return self._addresses("From")[0]

    @property
    def recipients(self) -> tuple[str, ...]:
        if self["to"]:
            return tuple(address for _, address in getaddresses([self["to"]]))
        return tuple(self._addresses("To", "Cc", "Bcc"))

    @property
    def who_waits(self) -> str:
        """To whom an answer to it goes."""
        return (self._addresses("Reply-To") or self._addresses("From"))[0]

    def _addresses(self, *names: str) -> list[str]:
        values = [str(value) for name in names for value in self.message.get_all(name, [])]
        return [address for _, address in getaddresses(values)]


def _read() -> Iterator[ClientMail]:
    for file in sorted(FOLDER.glob("*.txt")):
        for block in ("\n" + file.read_text("utf-8")).split("\n=== ")[1:]:
            head, _, mail = block.partition("\n---\n")
            name, *lines = head.splitlines()
            pairs = (line.partition(": ") for line in lines)
            facts = {key: value for key, _, value in pairs}
            assert facts.keys() <= FACTS, f"{file.name}: {name}: {facts.keys() - FACTS}"
            yield ClientMail(name, facts, mail.encode(facts.get("charset", "utf-8")))


def _by_name() -> dict[str, ClientMail]:
    found: dict[str, ClientMail] = {}
    for mail in _read():
        assert mail.name not in found, mail.name
        found[mail.name] = mail
    return found


MAILS = _by_name()
