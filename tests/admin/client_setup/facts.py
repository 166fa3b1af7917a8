"""Companies to set up mail clients for."""

from __future__ import annotations

from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson, ClientServer
from proxyd.domain.client_tags import client_tags
from proxyd.domain.folder_names import ViewNames
from proxyd.domain.notes import note_address
from proxyd.domain.workflow import SHIPPED

SECRET = "k7mqp2-x3w8nd-f4vbt9"


def mailbox(
    address: str = "support@example.test",
    language: str = "en",
    *,
    order: str = "plain",
    send_delay_s: int = 0,
) -> ClientMailbox:
    name, views = address.partition("@")[0], ViewNames(language, SHIPPED, order)
    return ClientMailbox(name, address, language, note_address(address), views, send_delay_s)


def person(
    login: str = "hanako",
    name: str = "Hanako Sato",
    mailboxes: tuple[ClientMailbox, ...] = (),
    *,
    may_respond: bool = True,
    needs_approval: bool = False,
) -> ClientPerson:
    mailboxes = mailboxes or (mailbox(),)
    tags = client_tags(SHIPPED, [(login, name)], mailboxes[0].language)
    return ClientPerson(login, name, mailboxes, tags, may_respond, needs_approval)


def facts(
    *people: ClientPerson,
    organisation: str = "Aoba Stationery",
    imap: ClientServer | None = None,
    smtp: ClientServer | None = None,
    ca_pem: str = "",
) -> ClientFacts:
    return ClientFacts(
        organisation,
        imap or ClientServer("imap.example.test", 993, "tls"),
        smtp or ClientServer("smtp.example.test", 587, "starttls"),
        "",
        ca_pem,
        tuple(dict.fromkeys(box for one in people for box in one.mailboxes)),
        people,
    )
