"""A record of the access log as a row for people: what was done in words, the rest as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from admin.web.own_record import told_act
from admin.web.pages import program
from admin.web.words import said
from admin.web.words_log_actions import LOG_ACTIONS
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import StoredRecord

_SHORT: Final = 32  # characters: the record's own page has all of it


@dataclass(frozen=True, slots=True)
class LogRow:
    number: int
    at_us: int
    who: str
    what: str
    about: str  # whom or what; "" where the mailbox says it
    mailbox: str
    outcome: str
    address: str
    client: str


def row_of(language: str, stored: StoredRecord) -> LogRow:
    record, origin = stored.record, stored.record.origin
    client = program(origin.client) if origin.door == "web" else origin.client
    return LogRow(
        stored.number,
        stored.at_us,
        short(record.actor),
        what_of(language, stored),
        short(_about(stored)),
        short(record.mailbox),
        record.outcome,
        origin.address or origin.door,
        short(client),
    )


def what_of(language: str, stored: StoredRecord) -> str:
    record = stored.record
    key = f"action.{record.action}"
    word = said(language, key) if key in LOG_ACTIONS else record.action
    did = record.detail.get("did")
    if record.action == Action.ADMIN and did:
        return told_act(language, str(did), record.detail)
    return word


def _about(stored: StoredRecord) -> str:
    """Of an admin's act the person, of a question its line, of the rest the mail."""
    record = stored.record
    if record.action in (Action.ADMIN, Action.FACTOR):
        return str(record.detail.get("login", ""))
    if record.action == Action.AUDIT:
        did = str(record.detail.get("did", ""))
        return str(record.detail.get("question", "")) if did == "search" else did
    return record.message_id


def short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
