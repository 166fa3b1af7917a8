"""What stands on a person's sheet, for both forms of it: the page (sheet.py) and the PDF. Pure.

The password that it asks for opens the mailbox with the address alone as user name; see
``domain/user_name.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from admin.client_setup.portable_name import portable
from admin.client_setup.sheet_english import ENGLISH
from admin.client_setup.sheet_japanese import JAPANESE
from admin.client_setup.sheet_words import SheetWords
from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson, ClientServer
from proxyd.domain.honorific import with_honorific

_WORDS: Final = {"en": ENGLISH, "ja": JAPANESE}


@dataclass(frozen=True, slots=True)
class SheetSection:
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetContent:
    """``password`` is what is typed, or "" where nobody but the person knows it."""

    language: str
    words: SheetWords
    heading: str
    title: str
    name: str
    address: str
    password: str = field(repr=False)
    instead: str  # of a password, how to type the one that the person has
    hints: tuple[str, ...]
    clients: tuple[SheetSection, ...]
    servers: tuple[tuple[str, ...], ...]
    to_know: SheetSection


def content(
    facts: ClientFacts, person: ClientPerson, password: str = "", language: str = ""
) -> SheetContent:
    """``password``: the bare secret, or "". ``language``: "en" or "ja"; "" for the person's own."""
    language = language or person.language
    words = _WORDS[language]
    address = person.mailboxes[0].address
    file = portable(person.login)
    sender = words.quoted.format(name=facts.sender_name(person.mailboxes[0]))
    return SheetContent(
        language=language,
        words=words,
        heading=facts.organisation or address,
        title=words.title.format(address=address),
        name=with_honorific(person.name) if language == "ja" else person.name,
        address=address,
        password=f"{person.login}:{password}" if password else "",
        instead=words.given.format(login=person.login),
        hints=tuple(_hints(words, facts, person)),
        clients=tuple(
            SheetSection(title, tuple(step.format(file=file, sender=sender) for step in steps))
            for title, *steps in (words.thunderbird, words.apple, words.outlook)
        ),
        servers=(
            _row(words, words.receiving, facts.imap, address),
            _row(words, words.sending, facts.smtp, address),
        ),
        to_know=SheetSection(words.to_know, _to_know(words, person)),
    )


def _hints(words: SheetWords, facts: ClientFacts, person: ClientPerson) -> list[str]:
    hints = [words.secret]
    further = [box.address for box in person.mailboxes[1:]]
    if further:
        hints.append(words.further.format(addresses=words.between.join(further)))
    if facts.ca_pem:
        hints.append(words.certificate)
    return hints


def _row(words: SheetWords, label: str, at: ClientServer, address: str) -> tuple[str, ...]:
    return (label, at.host, str(at.port), words.security[at.security], address)


def _to_know(words: SheetWords, person: ClientPerson) -> tuple[str, ...]:
    first, *further = person.mailboxes
    names = _names(words, first)
    sentences = _working(words, person) if person.may_respond else words.reading
    another = words.another if person.may_respond else words.another_read
    return (
        *(sentence.format_map(names) for sentence in sentences),
        *(another.format_map(_names(words, mailbox)) for mailbox in further),
    )


def _working(words: SheetWords, person: ClientPerson) -> Iterator[str]:
    yield from words.taking
    yield words.approved if person.needs_approval else words.answering
    if person.mailboxes[0].send_delay_s:
        yield words.delayed
    yield from words.beside


def _names(words: SheetWords, mailbox: ClientMailbox) -> Mapping[str, str]:
    """Of folders, as the client shows them: in the mailbox's language, whatever the sheet's."""
    views = mailbox.views
    keys = views.statuses.keys
    names = {
        "parent": views.named("parent"),
        "mine": views.named("mine"),
        "first": views.of_status(keys[0]),
        "done": views.of_status(views.statuses.answered),
        "to_approve": views.named("to-approve"),
        "leaving": views.named("leaving"),
    }
    quoted = {key: words.quoted.format(name=name) for key, name in names.items()}
    return quoted | {
        "statuses": words.between.join(map(views.of_status, keys)),
        "address": mailbox.address,
        "note_address": mailbox.note_address,
        "seconds": str(mailbox.send_delay_s),
    }
