"""What a mail client has to know to be set up: servers, mailboxes, people, tags.

Frozen values, from which everything in ``admin/client_setup`` is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.domain.folder_names import ViewNames


@dataclass(frozen=True, slots=True)
class ClientServer:
    """Where clients connect to, as they see it from outside."""

    host: str
    port: int
    security: str  # "tls" from the first octet, or "starttls"


@dataclass(frozen=True, slots=True)
class Tag:
    """A keyword as a mail client shows it. Their order is that of the digit keys."""

    keyword: str  # in lower case, as Thunderbird keeps it
    label: str
    colour: str  # "#RRGGBB"


@dataclass(frozen=True, slots=True)
class ClientMailbox:
    name: str
    address: str
    language: str  # "en" or "ja"
    note_address: str  # where internal notes go, see domain/notes.py
    views: ViewNames  # what its virtual folders are called
    send_delay_s: int = 0  # in which what was sent can be taken back; see domain/held.py

    @property
    def domain(self) -> str:
        """In lower case; what a client looks for its settings at."""
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class ClientPerson:
    """One who works in a mail client. ``mailboxes``: the first is the INBOX; never empty."""

    login: str
    name: str
    mailboxes: tuple[ClientMailbox, ...]
    tags: tuple[Tag, ...]  # of all these mailboxes, in the language of the first
    may_respond: bool  # in one of them
    needs_approval: bool = False  # for what is sent from the first

    @property
    def language(self) -> str:
        return self.mailboxes[0].language


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """``web``: where clients reach our web door from outside, as "https://host", or ""."""

    organisation: str
    imap: ClientServer
    smtp: ClientServer
    web: str
    ca_pem: str  # of the private authority that signed our certificate, or ""
    mailboxes: tuple[ClientMailbox, ...]
    people: tuple[ClientPerson, ...]

    def sender_name(self, mailbox: ClientMailbox) -> str:
        """In From, in every client. Who of us writes is nobody's business outside (docs/design.md,
        "Sending").
        """
        return self.organisation or mailbox.address
