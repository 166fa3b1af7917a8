"""What a record of the access log says of a conversation, in plain words.

What has changed a status or an assignee is an event of the workflow's table, and each of those has
its words here.
"""

from __future__ import annotations

from collections.abc import Mapping

from proxyd.domain.deleting import Fate
from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord
from proxyd.domain.workflow import Event

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
    Action.EXPUNGE: "deleted it",
    Action.APPEND: "stored a mail",
    Action.SEND: "sent a mail",
    Action.OVERDUE: "it became overdue",
    Action.FILE_SENT: "the copy was stored in Sent",
}
_SENTENCES: Mapping[str, str] = {
    Action.ASSIGN: "gave it to {to}",
    Action.STATUS: "set the status to {to}",
    Action.OVERRIDE: "sent all the same, in spite of the guard {guard}",
}
# What happened, without the status that followed of it.
EVENTS: Mapping[Event, str] = {
    Event.ARRIVED: "the mail came in",
    Event.AUTOMATIC: "an automatic mail came in",
    Event.IMPORTED: "a mail was put in that is older than our last answer",
    Event.RULED: "a rule on arrival fits: {rules} (version {version})",
    Event.RULED_WAITING: "a rule on arrival fits a mail to what waits: {rules} (version {version})",
    Event.FOUND: "it was there before the proxy, and waits",
    Event.FOUND_ANSWERED: "it was there before the proxy, and was answered",
    Event.ANSWERED: "answered it",
    Event.ANSWERED_BEFORE: "answered it without the newer mail, which waits still",
    Event.ANSWERED_ASKED: "answered somebody who had been asked; who wrote before waits still",
    Event.FORWARDED: "forwarded it{whom}",
    Event.ANSWERED_OUTSIDE: "answered it outside the proxy",
    Event.ANSWERED_BEFORE_OUTSIDE: "answered it outside the proxy without the newer mail, which "
    "waits still",
    Event.ANSWERED_ASKED_OUTSIDE: "answered, outside the proxy, somebody who had been asked; who "
    "wrote before waits still",
    Event.RECEIPT: "an automatic receipt of ours went out, which answers nothing",
    Event.REPLYING: "began an answer",
    Event.REPLY_GONE: "the answer was not sent",
    Event.WISHED: "set the status to {to}",
    Event.HOLD_OVER: "the day has come until which it was on hold",
    Event.PERSON_GONE: "{from} was removed",
    Event.HANDED_OVER: "{from} has left",
    Event.JOINED: "joined it with {other}",
    Event.SPLIT: "split {other}",
    Event.SPLIT_UNANSWERED: "split {other}, whose answer is not one to this",
    Event.STATUS_GONE: "the status {from} is not configured any more",
}
# What became of a mail that waits before it leaves.
LEAVING: Mapping[str, str] = {
    "held": "handed in a mail, which waits before it leaves",
    "asks": "handed in a mail, which waits for approval",
    "approved": "approved a mail of {writer}",
    "given-back": "did not approve a mail, and gave it back",
    "taken-back": "took a mail back before it left",
    "given-up": "a mail that had waited did not leave",
    "discarded": "gave up a mail of {writer} that had not left, with the mailbox",
    "came-back": "the mail that did not leave was put into {view}",
}
# What became of a mail that somebody deleted in a folder or a view.
FATES: Mapping[Fate, str] = {
    Fate.STAYS: "moved it into {to}",
    Fate.KEPT: "deleted it, as half of a move that was refused: it stays",
    Fate.MOVED: "moved it; the copy made before is the one",
    Fate.TRASH: "put it into Trash",
    Fate.FINAL: "deleted it for good",
    Fate.REFUSED: "deleted it",
}
# Done by whom no login is known.
_OUTSIDE = (
    Event.ANSWERED_OUTSIDE,
    Event.ANSWERED_BEFORE_OUTSIDE,
    Event.ANSWERED_ASKED_OUTSIDE,
    Event.FORWARDED,
)
_BY_ANSWERING = (Event.ANSWERED, Event.ANSWERED_BEFORE, Event.ANSWERED_ASKED)
_BY_RULE = (Event.RULED, Event.RULED_WAITING)
_KEPT_HERE = {"note": "wrote an internal note", "reminder": "reminded of what waits"}
_TOOK_AWAY = {
    Event.PERSON_GONE: "it is nobody's: {from} was removed",
    Event.HANDED_OVER: "it is nobody's: {from} has left",
    Event.ARRIVED: "it is nobody's: {from} is away, or may not answer",
    Event.HOLD_OVER: "it is nobody's: {from} is away, or may not answer",
    Event.SPLIT_UNANSWERED: "it is nobody's: {from} is away, or may not answer",
    Event.REPLY_GONE: "it is nobody's: {from} writes no answer to it any more",
}


def told(record: LogRecord) -> str:
    """One phrase; what was refused or failed says so."""
    words = _happened(record)
    detail = {key: str(value) for key, value in record.detail.items()}
    if record.outcome == "refused":
        why = detail.get("guard") or detail.get("why") or detail.get("by") or ""
        if why and detail.get("guessed"):  # a mail that names none of it, see decision 030
            why += f", as far as its {detail['guessed']} tells"
        return f"was refused: {words}" + (f" ({why})" if why else "")
    if record.detail.get("uncertain"):
        return f"perhaps {words}: nobody knows whether it went out"
    if record.outcome == "unsure":
        return f"perhaps {words}: nobody heard what came of it"
    if record.outcome != "ok":
        return f"failed: {words}"
    return words


def who(record: LogRecord) -> str:
    """The login; what nobody did through the proxy was done by it, or by somebody outside."""
    if record.actor:
        return record.actor
    event = _event(record)
    outside = record.action == Action.STATUS if event is None else event in _OUTSIDE
    return "someone outside" if outside else "proxyd"


def _happened(record: LogRecord) -> str:
    detail = _facts(record)
    event = _event(record)
    if record.action == Action.STATUS and event is not None:
        return EVENTS[event].format_map(detail) + _then(detail)
    if record.action == Action.STATUS and "until" in detail:
        until = f" until {detail['until']}" if detail["until"] else ", not until a day any more"
        return f"put it on hold{until}"
    if record.action == Action.ARRIVE:
        return EVENTS[event or Event.ARRIVED].format_map(detail) + _then(detail)
    if record.action == Action.RELEASE and event in _TOOK_AWAY:
        return _TOOK_AWAY[event].format_map(detail)
    words = _WORDS.get(record.action) or _SENTENCES.get(record.action, record.action)
    words = words.format_map(detail)
    if record.action == Action.ASSIGN and record.actor and detail["to"] == record.actor:
        words = "took it" + (f" from {detail['from']}" if detail["from"] not in ("", "?") else "")
    if record.action == Action.EXPUNGE and (fate := _fate(record)) is not None:
        words = FATES[fate].format_map(detail)
    if record.action in (Action.APPEND, Action.LEAVING):
        kind = str(record.detail.get("what") or record.detail.get("step"))
        found = {**_KEPT_HERE, **LEAVING}.get(kind, words)
        words = found.format_map({**detail, "view": record.view})
    if record.action == Action.SEND and record.detail.get("repeated"):
        what = "waits already" if record.detail.get("waits") else "had gone out"
        words = f"tried to send again what {what}, and nothing was sent"
    if record.action == Action.SEEN:
        words = "marked it as read" if record.detail.get("seen") else "marked it as unread"
    if record.action in (Action.COPY, Action.MOVE, Action.SEND) and "to" in record.detail:
        words += f" to {detail['to']}"
    if record.action == Action.FLAG:
        words += _flags(record, detail)
    if record.action in (Action.CLAIM, Action.ASSIGN) and event is not None:
        words += ", by answering" if event in _BY_ANSWERING else ""
        words += ", by beginning an answer" if event is Event.REPLYING else ""
        words += ", as the joined one was" if event is Event.JOINED else ""
        words += f": {detail['from']} has left" if event is Event.HANDED_OVER else ""
        words += f", by the rule {detail['rules']}" if event in _BY_RULE else ""
    return words


def _flags(record: LogRecord, detail: Mapping[str, str]) -> str:
    """Which were set and taken away; of what was refused, which were wished."""
    if "flags" in detail:
        return f": {detail.get('mode', '')}{detail['flags']}"
    changed = (("set", "add"), ("took away", "remove"))
    told = [f"{verb} {detail[key]}" for verb, key in changed if record.detail.get(key)]
    return ": " + "; ".join(told) if told else ""


def _fate(record: LogRecord) -> Fate | None:
    """None for what an older version has not told."""
    try:
        return Fate(str(record.detail.get("what", "")))
    except ValueError:
        return None


def _facts(record: LogRecord) -> dict[str, str]:
    """Of what an older version has left out, a question mark."""
    detail = {key: _listed(value) for key, value in record.detail.items()}
    other, whom = detail.get("other", ""), detail.get("forwarded", "")
    if _event(record) in (Event.SPLIT, Event.SPLIT_UNANSWERED):
        older = (record.conversation or 0) < int(other or 0)
        detail["other"] = (
            f"off conversation {other}" if older else f"it off from conversation {other}"
        )
    else:
        detail["other"] = f"conversation {other}" if other else "another conversation"
    if _event(record) is Event.PERSON_GONE and not detail.get("from"):
        detail["from"] = "who had it"
    unknown = dict.fromkeys(("to", "from", "guard", "rules", "version", "writer"), "?")
    return {**unknown, **detail, "whom": f" to {whom}" if whom else ""}


def _then(detail: Mapping[str, str]) -> str:
    same = detail["from"] == detail["to"] or detail["to"] == "?"
    return "" if same else f", and the status became {detail['to']}"


def _event(record: LogRecord) -> Event | None:
    """None for what an older version called otherwise, and for what a person wished."""
    try:
        return Event(str(record.detail.get("by", "")))
    except ValueError:
        return None


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
