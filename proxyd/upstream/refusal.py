"""What it means that a provider says NO or BAD to a command."""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.errors import (
    UpstreamError,
    UpstreamFolderMissing,
    UpstreamFolderRefused,
    UpstreamFolderShut,
    UpstreamRefused,
)
from proxyd.imapwire.response import Status
from proxyd.upstream.command import UpstreamCommand
from proxyd.upstream.imap_driver import BatchAnswer
from proxyd.upstream.limits import LIMIT_CODES

MISSING_CODES = frozenset({"NONEXISTENT", "TRYCREATE"})
# A SELECT refused with one of these says nothing about whether the folder exists (RFC 5530 §3).
NOT_MISSING_CODES = frozenset(
    {"UNAVAILABLE", "SERVERBUG", "INUSE", "LIMIT", "CONTACTADMIN", "NOPERM", "OVERQUOTA"}
)
# Dovecot: "No mailbox selected"; Cyrus: "Please select a mailbox first"; Exchange: "Command
# received in Invalid state"; GNU mailutils: "Wrong state".
NOTHING_IS_OPEN = ("mailbox selected", "select a mailbox", "not selected", "state")


def raise_refused(commands: Sequence[UpstreamCommand], answer: BatchAnswer) -> None:
    for one, status in zip(commands, answer.statuses, strict=True):
        # RFC 5530 §3: some of the messages are gone already, and the others were told.
        partly = one.name == "UID FETCH" and status.code == "EXPUNGEISSUED"
        if not status.ok and not partly:
            raise refusal(status)


def says_nothing_is_open(status: Status) -> bool:
    """RFC 9051 §3.3: such a command is BAD then; there is no code for it, and some say NO."""
    return not status.ok and not status.code and status.text.has(*NOTHING_IS_OPEN)


def says_missing(answer: BatchAnswer) -> bool:
    """Of commands in a folder: that one, or the one they name, is gone."""
    return any(not one.ok and one.code in MISSING_CODES for one in answer.statuses)


def did_part(commands: Sequence[UpstreamCommand], answer: BatchAnswer) -> bool:
    """Something was changed, though not all. RFC 6851 §4.3: a MOVE that says COPYUID has copied."""
    pairs = zip(commands, answer.statuses, strict=True)
    copied = any(isinstance(one, Status) and one.code == "COPYUID" for one in answer.untagged)
    return copied or any(one.changes and status.ok for one, status in pairs)


def refusal(status: Status) -> UpstreamError:
    """What a NO or BAD means."""
    if status.code in MISSING_CODES:
        return UpstreamFolderMissing(str(status.text), status.code)
    return UpstreamRefused(str(status.text), status.code)


def may_be_selected(status: Status) -> bool:
    """Of an EXAMINE: whether its refusal may be one of the command, and not of the folder."""
    refused = status.condition in ("NO", "BAD")
    return refused and status.code not in MISSING_CODES and status.code not in LIMIT_CODES


def refusal_to_open(status: Status) -> UpstreamError:
    """Of a SELECT or EXAMINE."""
    if status.code in MISSING_CODES:
        return refusal(status)
    if status.condition == "NO" and status.code not in NOT_MISSING_CODES:
        return UpstreamFolderShut(str(status.text), status.code)
    if status.code in LIMIT_CODES:
        return refusal(status)
    return UpstreamFolderRefused(str(status.text), status.code)
