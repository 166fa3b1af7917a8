"""What a refusal is answered with: which reply, with which facts.

Only chooses: the text of every sentence stands in ``replies``. Each error is found here by its
class; one that has no line of its own says in general terms that the mail cannot be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from proxyd.domain import errors
from proxyd.service.api.submission import Guarded, PerhapsSent, SenderNotAllowed
from smtp_frontend.replies import (
    all_the_same,
    called,
    cleaned_fact,
    day_of,
    has_reply,
    malformed_part,
    period,
    reply,
    you,
)

_WINDOW_S = "600"  # of consent, where the guard does not tell it

_PLAIN: dict[type[Exception], str] = {
    errors.RelayUnavailable: "relay-down",
    errors.StoreUnavailable: "store-down",
    errors.Busy: "busy",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What sentences with times need."""

    now_us: int
    zone: tzinfo | None = None  # None: the machine's


def reply_to(error: Exception, language: str, moment: Moment) -> str:
    """The answer to what the submission service raised."""
    match error:
        case Guarded():
            return _guarded(error, moment)
        case SenderNotAllowed():
            key = "sender" if error.allowed else "no-sender"
            allowed = ", ".join(error.allowed)
            return reply(key, error.language, sender=error.sender, allowed=allowed)
        case errors.RelayRefused():
            return _relay_refused(error, language)
        case PerhapsSent():
            facts = _ways(error.facts, error.language)
            more = all_the_same(facts.get("how", ""), error.language)
            return reply("relay-uncertain", error.language, more, **facts)
        case errors.CannotDo():
            return _not_sent(error, language)
    key = next((key for kind, key in _PLAIN.items() if isinstance(error, kind)), "refused")
    return reply(key, language)


def _guarded(error: Guarded, moment: Moment) -> str:
    facts, language = dict(error.facts), error.language
    own, by_answer = bool(facts.pop("own", "")), bool(facts.pop("answered", ""))
    elsewhere = bool(facts.pop("elsewhere", ""))
    asks, waits = bool(facts.pop("asks", "")), bool(facts.pop("waits", ""))
    name = cleaned_fact(facts.get("name", ""))
    facts["name"] = you(language) if own else called(name, language)
    at_us = int(facts.get("when", "0"))
    facts["when"] = clock_time(at_us, replace(moment, zone=error.zone or moment.zone), language)
    facts = _ways(facts, language)
    key = error.guard if has_reply(error.guard) else "refused"
    if facts.get("status"):
        key += "-named"
    if by_answer:  # nobody marked it: it is done because of what was sent
        key = "answered"
    if elsewhere:
        key += "-another"
    if not name and has_reply(f"{key}-outside"):
        key += "-outside"
    if asks and has_reply(f"{key}-asks"):
        key += "-asks"
    if waits:  # in its folder, and has not begun to leave
        key += "-waits"
    if own and has_reply(f"{key}-you"):
        key += "-you"
    if not at_us and has_reply(f"{key}-sometime"):
        key += "-sometime"
    return reply(key, language, all_the_same(facts.get("how", ""), language), **facts)


def _ways(facts: Mapping[str, str], language: str) -> dict[str, str]:
    times = {"within": period(int(facts.get("window", _WINDOW_S)), language)}
    if "pause" in facts:
        times["pause"] = period(int(facts["pause"]), language)
    return {**facts, **times}


def _relay_refused(error: errors.RelayRefused, language: str) -> str:
    """4xx: trying again is right, nothing was sent. 5xx: for good (RFC 5321 §4.2.1)."""
    if 400 <= error.code < 500:
        codes = "451 4.7.1"
    else:
        codes = "550 5.1.1" if error.recipient else "554 5.7.1"
    key = "relay-recipient" if error.recipient else "relay-refused"
    recipient = error.recipient or ""
    return reply(key, language, codes=codes, recipient=recipient, text=error.text)


def _not_sent(error: errors.CannotDo, language: str) -> str:
    if error.reason == "malformed":
        what = malformed_part(error.facts.get("what", ""), language)
        return reply("malformed", language, what=what)
    key = error.reason if has_reply(error.reason) else "refused"
    return reply(key, language, **error.facts)


def clock_time(at_us: int, moment: Moment, language: str) -> str:
    """As people say it: the time today, with the date on any other day."""
    at, now = (datetime.fromtimestamp(us / 1_000_000, moment.zone) for us in (at_us, moment.now_us))
    if at.date() == now.date():
        return f"{at:%H:%M}"
    day = day_of(at, language, this_year=at.year == now.year)
    return f"{day} {at:%H:%M}"
