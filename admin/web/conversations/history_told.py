"""A record of the access log about a conversation, as a sentence. Pure.

What the record does not say (an older version's, or one whose facts are not for who asks) is left
out; a kind that nobody has words for is told by its word in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from admin.web.words import WORDS, said
from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord
from proxyd.domain.workflow import Event

StatusWord = Callable[[str], str]
_OUTSIDE: Final = (
    Event.ANSWERED_OUTSIDE,
    Event.ANSWERED_BEFORE_OUTSIDE,
    Event.ANSWERED_ASKED_OUTSIDE,
    Event.FORWARDED,
)
# How such a record is told where its "by" is an event: that it was caused by it, in its words.
_BY_EVENT: Final = (Action.STATUS, Action.ARRIVE)
_OUTCOMES: Final = {"ok": "", "refused": "history.refused", "unsure": "history.unsure"}
_UNKNOWN: Final = "?"


def told(language: str, record: LogRecord, status: StatusWord) -> str:
    """``status``: what a status is called."""
    words = _happened(language, record, status)
    uncertain = "history.unsure" if record.detail.get("uncertain") else ""
    around = uncertain or _OUTCOMES.get(record.outcome, "history.failed")
    return said(language, around, what=words) if around else words


def who(language: str, record: LogRecord) -> str:
    """The login; what nobody did through us was done by us, or by somebody outside."""
    if record.actor:
        return record.actor
    event = _event(record)
    outside = record.action == Action.STATUS if event is None else event in _OUTSIDE
    return said(language, "history.outside" if outside else "history.proxyd")


def _happened(language: str, record: LogRecord, status: StatusWord) -> str:
    facts = {name: _text(value) for name, value in record.detail.items()}
    event = _event(record)
    if record.action in _BY_EVENT and event is not None and event is not Event.WISHED:
        words = _said(language, f"history.by.{event}", facts)
        before, after = facts.get("from", ""), facts.get("to", "")
        if not after or after == before:
            return words
        return said(language, "history.then", what=words, to=status(after))
    key, facts = _by_action(record, facts, status)
    return _said(language, key, facts)


def _by_action(
    record: LogRecord, facts: dict[str, str], status: StatusWord
) -> tuple[str, dict[str, str]]:
    action = record.action
    if action == Action.STATUS and "until" in facts:
        return ("history.hold-until" if facts["until"] else "history.hold"), facts
    if action == Action.STATUS:
        return "history.status", {**facts, "to": status(facts.get("to", _UNKNOWN))}
    if action == Action.ASSIGN and record.actor and facts.get("to") == record.actor:
        return "history.claim", facts
    if action == Action.SEEN and not record.detail.get("seen"):
        return "history.unseen", facts
    if action == Action.SEND and record.detail.get("repeated"):
        return "history.send-again", facts
    key = f"history.{action}"
    return (key, facts) if key in WORDS else ("history.other", {"action": action})


def _said(language: str, key: str, facts: Mapping[str, str]) -> str:
    """``from`` is a word of the language that templates are written in, hence ``from_``."""
    unknown = dict.fromkeys(("to", "from_", "rules", "until"), _UNKNOWN)
    known = {"from_" if name == "from" else name: text for name, text in facts.items()}
    return said(language, key, **{**unknown, **known})


def _event(record: LogRecord) -> Event | None:
    try:
        return Event(str(record.detail.get("by", "")))
    except ValueError:
        return None


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
