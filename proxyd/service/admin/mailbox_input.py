"""What is typed of a shared mailbox, and what it makes of one. Pure.

All that is wrong is raised in one go (``Mistakes``): who types six options wants to mend them once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from proxyd.domain.errors import BadInput, Gathering
from proxyd.domain.folder_names import NUMBERED
from proxyd.domain.policy import Policy
from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.service.admin.admin_input import checked_address, checked_mailbox_name
from proxyd.service.admin.server_url import imap_server, smtp_server

LANGUAGES = ("en", "ja")
_BLANK = Server("", 0, "tls", "")
EMPTY = SharedMailbox(0, "", "", (), "en", SeenMode.PERSON, _BLANK, _BLANK)


@dataclass(frozen=True, slots=True)
class MailboxWishes:
    """What ``add`` and ``change`` take, as typed; None leaves it as it is (or the default)."""

    address: str | None = None
    imap: str | None = None  # URL
    smtp: str | None = None  # URL
    smtp_user: str | None = None  # where it differs
    imap_ca_file: str | None = None  # "" = the system's authorities
    smtp_ca_file: str | None = None
    aliases: Sequence[str] | None = None
    language: str | None = None
    seen: str | None = None
    name: str | None = None  # a new one


def new_mailbox(name: str, wanted: MailboxWishes) -> SharedMailbox:
    """As ``add`` would make it. Raises BadInput, Mistakes."""
    gathering = Gathering()
    for text, option, example in (
        (wanted.address, "address", "--address support@example.test"),
        (wanted.imap, "IMAP server", "--imap imaps://USER@HOST:993"),
        (wanted.smtp, "SMTP server", "--smtp smtps://USER@HOST:465"),
    ):
        if text is None:
            gathering.found.append(BadInput(option, "it is missing", f"write {example}"))
    mailbox = gathering.of(lambda: merged(EMPTY, replace(wanted, name=name)), EMPTY)
    gathering.done()
    # Of a new one only: a choice made later would rename the folders that clients know.
    return replace(mailbox, policy=Policy(folder_order=NUMBERED))


def merged(before: SharedMailbox, wanted: MailboxWishes) -> SharedMailbox:
    """Raises BadInput, Mistakes."""
    gathering = Gathering()
    name = gathering.of(lambda: _name(before, wanted), "")
    address = gathering.of(lambda: _address(before, wanted), "")
    imap = gathering.of(lambda: _imap(before.imap, wanted), before.imap)
    after = replace(
        before,
        name=name,
        address=address,
        aliases=gathering.of(lambda: _aliases(before, wanted), ()),
        language=gathering.of(
            lambda: _one_of("language", wanted.language, LANGUAGES, before.language), ""
        ),
        seen=gathering.of(lambda: _seen(before, wanted), before.seen),
        imap=_trusting(imap, wanted.imap_ca_file),
        smtp=_trusting(
            gathering.of(lambda: _smtp(before.smtp, wanted, imap.user), before.smtp),
            wanted.smtp_ca_file,
        ),
    )
    gathering.done()
    return after


def _name(before: SharedMailbox, wanted: MailboxWishes) -> str:
    return before.name if wanted.name is None else checked_mailbox_name(wanted.name)


def _address(before: SharedMailbox, wanted: MailboxWishes) -> str:
    return before.address if wanted.address is None else checked_address(wanted.address)


def _aliases(before: SharedMailbox, wanted: MailboxWishes) -> tuple[str, ...]:
    if wanted.aliases is None:
        return before.aliases
    return tuple(dict.fromkeys(checked_address(alias) for alias in wanted.aliases))


def _seen(before: SharedMailbox, wanted: MailboxWishes) -> SeenMode:
    return SeenMode(_one_of("seen", wanted.seen, list(SeenMode), before.seen))


def _imap(before: Server, wanted: MailboxWishes) -> Server:
    if wanted.imap is None:
        return before
    return replace(imap_server(wanted.imap), ca_file=before.ca_file)


def _smtp(before: Server, wanted: MailboxWishes, imap_user: str) -> Server:
    smtp = before
    if wanted.smtp is not None:
        smtp = replace(smtp_server(wanted.smtp, imap_user), ca_file=before.ca_file)
    return smtp if wanted.smtp_user is None else replace(smtp, user=wanted.smtp_user)


def _trusting(server: Server, ca_file: str | None) -> Server:
    return server if ca_file is None else replace(server, ca_file=ca_file or None)


def _one_of(what: str, word: str | None, words: Sequence[str], default: str) -> str:
    if word is None:
        return default
    if word not in words:
        raise BadInput(what, f"{word!r} is not one", f"write {' or '.join(words)}")
    return word
