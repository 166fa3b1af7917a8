"""RFC 9586: after ENABLE UIDONLY there are no sequence numbers, neither asked nor told."""

from __future__ import annotations

from imap_frontend.replies import wrong
from imap_frontend.search_terms import has_numbers
from proxyd.imapwire.command import Command, Search, Select, Sort, Thread


def refuse_numbers(command: Command) -> None:
    """BAD [UIDREQUIRED] for a command that names or wants sequence numbers (§3)."""
    if getattr(command, "uid", None) is False or speaks_of_numbers(command):
        raise wrong("uid-required")
    if isinstance(command, Select) and command.qresync and command.qresync.match:
        raise wrong("uid-required")


def speaks_of_numbers(command: Command) -> bool:
    """Sequence numbers among the criteria, even of a UID command."""
    return isinstance(command, Search | Sort | Thread) and has_numbers(command.key)
