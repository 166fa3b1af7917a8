"""The sentences of a sheet; one file for each language fills them in.

Each is a format: what stands in braces comes from ``sheet_content.py``. Folders are called as the
mailbox calls them, also on a sheet in another language.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SheetWords:
    title: str  # {address}
    intro: str
    address: str
    password: str
    given: str  # {login}: where the password is known to the person alone
    secret: str
    certificate: str  # where the authority is private
    further: str  # {addresses}, where there are several mailboxes
    thunderbird: tuple[str, ...]  # the first is the title, the others are steps; {sender}
    apple: tuple[str, ...]  # {file}, {sender}
    outlook: tuple[str, ...]
    others: str
    columns: tuple[str, str, str, str, str]
    receiving: str
    sending: str
    security: dict[str, str]  # of ClientServer.security
    to_know: str
    reading: tuple[str, ...]  # for who may only look; {parent}, {statuses}
    taking: tuple[str, ...]  # {parent}, {statuses}, {done}, {first}, {mine}
    answering: str
    approved: str  # the same of whose mails wait for approval; {to_approve}
    delayed: str  # where what is sent can be taken back; {seconds}, {leaving}
    beside: tuple[str, ...]  # {note_address}
    another: str  # a further mailbox: {address}, {parent}, {statuses}, {note_address}
    another_read: str  # for who may only look; {address}, {parent}, {statuses}
    between: str  # two names
    quoted: str  # {name}
    whom_to_ask: str
