"""What the services refuse of a mailbox, at the field where it is mended and in words of a page."""

from __future__ import annotations

from typing import Final

from admin.web.page import Problem
from proxyd.domain.errors import AlreadyExists, BadInput

# What it is about, what the problem says, field, key. "" is all else.
_KNOWN: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("mailbox name", "", "name", "mailbox-wrong.name"),
    ("address", "belongs to", "address", "mailbox-wrong.address-taken"),
    ("address", "", "address", "mailbox-wrong.address"),
    ("zone", "", "zone", "policy-wrong.zone"),
    ("language", "", "language", "mailbox-wrong.other"),
    ("IMAP server", "is not a port", "imap_port", "mailbox-wrong.port"),
    ("IMAP server", "in clear", "imap_security", "mailbox-wrong.clear"),
    ("IMAP server", "user", "user", "mailbox-wrong.user"),
    ("IMAP server", "", "imap_host", "mailbox-wrong.host"),
    ("SMTP server", "is not a port", "smtp_port", "mailbox-wrong.port"),
    ("SMTP server", "in clear", "smtp_security", "mailbox-wrong.clear"),
    ("SMTP server", "user", "smtp_user", "mailbox-wrong.user"),
    ("SMTP server", "", "smtp_host", "mailbox-wrong.host"),
    ("upstream password", "it is empty", "password", "mailbox-wrong.no-password"),
    ("upstream password", "", "password", "mailbox-wrong.password"),
)


def problems_of(error: BadInput | AlreadyExists, otherwise: str) -> tuple[Problem, ...]:
    """``otherwise``: the field of what nobody thought of."""
    if isinstance(error, AlreadyExists):
        return (("name", "mailbox-wrong.taken"),)
    return tuple(dict.fromkeys(_problem(one, otherwise) for one in error.all))


def _problem(error: BadInput, otherwise: str) -> Problem:
    for what, said, field, key in _KNOWN:
        if error.what == what and said in error.problem:
            return field, key
    return otherwise, "mailbox-wrong.other"
