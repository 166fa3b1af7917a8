"""The words of a mailbox's policy: how each choice is called, written, checked and explained.

One table for the command line, the access log, the web page and the database, which keeps the
words of what differs from the default. Pure. Invariant: what ``show`` writes, ``parse`` reads as
the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from proxyd.domain.folder_names import NUMBERED, PLAIN
from proxyd.domain.guards import CHOICES
from proxyd.domain.held import MOST_DELAY_S
from proxyd.domain.nearly import instead_of
from proxyd.domain.policy import Policy
from proxyd.domain.reminder_times import parse as parse_times
from proxyd.domain.weekly_hours import parse as parse_hours

YES_NO = {"yes": True, "no": False}
MOST_GOAL_H = 400  # ten weeks of work
COUNTRY_CHARS = 40  # with its part: some are named in full
MARK_CHARS = 20  # of a mark that is typed at the start of a subject


_FIELDS = {"reply-goal": "reply_goal_min"}


@dataclass(frozen=True, slots=True)
class OptionKind:
    """How a value is written. ``parse`` raises ValueError with what may be written instead;
    ``words``: all that there are, where they can be counted.
    """

    parse: Callable[[str], object]
    show: Callable[[Any], str] = str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    key: str  # as it is written; the field of Policy has underscores
    kind: OptionKind
    help: str

    @property
    def field(self) -> str:
        return _FIELDS.get(self.key) or self.key.replace("-", "_")

    def shown(self, policy: Policy) -> str:
        return self.kind.show(self._value(policy))

    def _value(self, policy: Policy) -> object:
        return getattr(policy, self.field)

    def chosen(self, policy: Policy, text: str) -> Policy:
        """Raises ValueError with what may be written instead."""
        values: dict[str, Any] = {self.field: self.kind.parse(text)}
        return replace(policy, **values)


@dataclass(frozen=True, slots=True)
class GuardOption(Option):
    """Whether a guard is on; its key is ``guard-`` and that of the guard's row."""

    @property
    def field(self) -> str:
        return "guards"

    def _value(self, policy: Policy) -> object:
        return self._guard in policy.guards

    def chosen(self, policy: Policy, text: str) -> Policy:
        one = frozenset({self._guard})
        guards = policy.guards | one if self.kind.parse(text) else policy.guards - one
        return replace(policy, guards=guards)

    @property
    def _guard(self) -> str:
        return self.key.removeprefix("guard-")


class WrongPolicy(ValueError):
    """``key`` is unknown, or its value is no good; ``remedy`` says what may be written."""

    def __init__(self, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"{key}: {problem}; {remedy}")
        self.key = key
        self.problem = problem
        self.remedy = remedy


def flag() -> OptionKind:
    def parse(text: str) -> bool:
        if text not in YES_NO:
            raise ValueError("write yes or no")
        return YES_NO[text]

    return OptionKind(parse, lambda value: "yes" if value else "no", tuple(YES_NO))


def number(least: int, most: int) -> OptionKind:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text[:10]) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(text)

    return OptionKind(parse)


def one_of(*words: str) -> OptionKind:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(instead_of(text, words, f"write {' or '.join(words)}"))
        return text

    return OptionKind(parse, words=words)


def _zone(text: str) -> str:
    try:
        if text:
            ZoneInfo(text)
    except (OSError, ValueError, KeyError):
        otherwise = 'write a name such as Asia/Tokyo, or "" for the machine\'s zone'
        raise ValueError(instead_of(text, available_timezones(), otherwise)) from None
    return text


def _holidays(text: str) -> str:
    """Which countries there are, a calendar knows (domain/ports/calendar.py)."""
    if not text or len(text) > COUNTRY_CHARS or not text.isprintable():
        raise ValueError("write auto, none, or a country such as JP or DE-BY")
    return text


def _goal(text: str) -> int:
    """Minutes; 0 for none."""
    number, unit = text[:-1], text[-1:]
    minutes = {"m": 1, "h": 60}.get(unit, 0)
    if text == "off":
        return 0
    if not minutes or not number.isascii() or not number.isdigit():
        raise ValueError("write a time such as 4h or 90m, or off")
    total = int(number[:6]) * minutes
    if not 1 <= total <= MOST_GOAL_H * 60:
        raise ValueError(f"write a time from 1m to {MOST_GOAL_H}h, or off")
    return total


def _goal_shown(minutes: int) -> str:
    if not minutes:
        return "off"
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"


def _mark(text: str) -> str:
    if len(text) > MARK_CHARS or text != text.strip() or not text.isprintable():
        raise ValueError(f'write at most {MARK_CHARS} characters, or "" for none')
    return text


OPTIONS = (
    Option("zone", OptionKind(_zone), "Time zone of the times people read, and of office hours."),
    Option(
        "folder-order",
        one_of(PLAIN, NUMBERED),
        "numbered: the status folders' names begin with their places, for clients that sort them "
        "by name. Clients see renamed folders.",
    ),
    Option("office-hours", OptionKind(parse_hours), "When somebody is there to answer."),
    Option(
        "holidays",
        OptionKind(_holidays),
        "Whose public holidays close the office: a country such as JP or DE-BY, or none; auto: "
        "Japan's in Asia/Tokyo.",
    ),
    Option("reply-goal", OptionKind(_goal, _goal_shown), "Office time until a mail is overdue."),
    Option("reminder-at", OptionKind(parse_times), "When all are told of overdue mails."),
    Option("delete", one_of("trash", "final"), "Where deleted mail goes from other folders."),
    Option(
        "destroy",
        one_of("manage", "respond"),
        "Who may delete for good, in the folders for trash, junk and drafts.",
    ),
    *(GuardOption(f"guard-{guard.key}", flag(), guard.help) for guard in CHOICES),
    Option(
        "lookback-days",
        number(0, 90),
        "Days in which an answer that names no mail is known by its subject; 0: never.",
    ),
    Option(
        "send-delay-s",
        number(0, MOST_DELAY_S),
        "Seconds that a mail waits in *Leaving*, where it can be taken back; 0: none.",
    ),
    Option(
        "copy-alarm-factor",
        number(0, 100),
        "Alarm where somebody copies so many times what is usual for them in a day; 0: never.",
    ),
    Option(
        "copy-alarm-floor",
        number(10, 1_000_000),
        "Mails a day that raise no alarm, whatever is usual.",
    ),
    Option("override", flag(), "Sending a refused mail again, lets it through."),
    Option("override-pause-s", number(1, 60), "Seconds to wait before it is sent again."),
    Option(
        "override-window-s",
        number(10, 86_400),
        "Seconds until that counts as new.",
    ),
    Option(
        "override-mark",
        OptionKind(_mark),
        "At the start of the subject it lets a refused mail through at once; it is taken off.",
    ),
)
BY_KEY: Mapping[str, Option] = {option.key: option for option in OPTIONS}


def changed(policy: Policy, words: Mapping[str, str]) -> Policy:
    """With these choices instead. ``words``: key → text. Raises WrongPolicy."""
    after = policy
    for key, text in words.items():
        option = BY_KEY.get(key)
        if option is None:
            instead = instead_of(key, BY_KEY, f"write one of {', '.join(BY_KEY)}")
            raise WrongPolicy(key, "there is no such choice", instead)
        try:
            after = option.chosen(after, text)
        except ValueError as error:
            raise WrongPolicy(key, f"{text!r} is not possible", str(error)) from None
    if after.override_window_s <= after.override_pause_s:
        raise WrongPolicy(
            "override-window-s",
            f"{after.override_window_s} is not more than override-pause-s",
            f"write more than {after.override_pause_s}",
        )
    return after


def words_of(policy: Policy) -> dict[str, str]:
    """Of what differs from the default."""
    shown = {option.key: option.shown(policy) for option in OPTIONS}
    default = Policy()
    return {key: text for key, text in shown.items() if text != BY_KEY[key].shown(default)}


def from_words(words: Mapping[str, str]) -> Policy:
    """What ``words_of`` wrote; a choice of another version of the program counts as not made."""
    return changed(Policy(), {key: text for key, text in words.items() if key in BY_KEY})
