"""What a record of the access log says of a conversation, in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord

_WORDS: Mapping[str, str] = {
    Action.ARRIVE: "the mail came in",
    Action.LIST: "saw it in a list",
    Action.OPEN: "opened it",
    Action.COPY_OUT: "a mail client fetched it unasked",
    Action.SEARCH: "found it by a search",
    Action.FLAG: "changed flags",
    Action.CLAIM: "took it",
    Action.RELEASE: "gave it back",
    Action.COPY: "copied it",
    Action.MOVE: "moved it",
    Action.EXPUNGE: "deleted it for good",
    Action.APPEND: "stored a mail",
    Action.SEND: "sent an answer",
    Action.FILE_SENT: "the copy was stored in Sent",
}
_SENTENCES: Mapping[str, str] = {
    Action.ASSIGN: "gave it to {to}",
    Action.STATUS: "set the status to {to}",
    Action.OVERRIDE: "sent all the same, in spite of the guard {guard}",
}


def told(record: LogRecord) -> str:
    """One phrase; what was refused or failed says so."""
    detail = {key: str(value) for key, value in record.detail.items()}
    words = _WORDS.get(record.action) or _sentence(record.action, detail)
    if record.action == Action.SEEN:
        words = "marked it as read" if record.detail.get("seen") else "marked it as unread"
    if record.action == Action.ARRIVE and "to" in detail:
        words += f", and the status became {detail['to']}"
    if record.action in (Action.COPY, Action.MOVE) and "to" in detail:
        words += f" to {detail['to']}"
    if record.action == Action.FLAG and "flags" in detail:
        words += f" {detail.get('mode', '')}{detail['flags']}"
    if record.outcome == "refused":
        why = detail.get("guard") or detail.get("why") or detail.get("by") or ""
        return f"was refused: {words}" + (f" ({why})" if why else "")
    if record.outcome != "ok":
        return f"failed: {words}"
    if detail.get("by") == "answer":
        words += ", by answering"
    return words


def who(record: LogRecord) -> str:
    """The login; what nobody did through the proxy was done by it, or by somebody outside."""
    if record.actor:
        return record.actor
    return "someone outside" if record.action == Action.STATUS else "proxyd"


def _sentence(action: str, detail: Mapping[str, str]) -> str:
    template = _SENTENCES.get(action)
    if template is None:
        return action
    return template.format_map({"to": "?", "guard": "?", **detail})
