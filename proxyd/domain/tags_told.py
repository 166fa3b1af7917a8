"""What Thunderbird's add-on is told, so that it keeps tags and sender in step. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.domain.client_facts import ClientMailbox, ClientPerson, Tag


@dataclass(frozen=True, slots=True)
class TagsTold:
    """``login`` is "" for what is told of a mailbox, whoever sits at the machine."""

    organisation: str
    login: str
    mailboxes: tuple[ClientMailbox, ...]  # the first is the INBOX; never empty
    tags: tuple[Tag, ...]


def told_to_person(organisation: str, person: ClientPerson) -> TagsTold:
    return TagsTold(organisation, person.login, person.mailboxes, person.tags)


def told_of_mailbox(organisation: str, mailbox: ClientMailbox, tags: tuple[Tag, ...]) -> TagsTold:
    """``tags``: those of this mailbox."""
    return TagsTold(organisation, "", (mailbox,), tags)
