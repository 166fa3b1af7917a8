"""A question to the access log as a line of text, and as fields: two views of one thing. Pure.

    person:anna action:open,copy message:<m1@customer.example> since:1y -action:list

Words are ``key:value``, joined by "and"; what has white space stands in quotes. Must never let a
slip of the pen pass as "nothing found": an unknown key or word is a BadQuestion, which names what
was perhaps meant. Invariant: ``parsed(written(q)) == q``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any, Final

from proxyd.domain.errors import BadInput
from proxyd.domain.events import Action
from proxyd.domain.nearly import close_to

LINE_LIMIT: Final = 2_000  # characters: a Message-ID has up to 998
OUTCOMES: Final = ("ok", "refused", "failed", "unsure")
_LAST_NUMBER: Final = 2**63 - 1
_DIGITS: Final = 19

# A value in quotes takes anything, with "\" before a quote or another "\".
_WORD: Final = re.compile(r'(-?)([^\s:"]+):("(?:[^"\\]|\\.)*"|[^\s"]\S*|)(?=\s|$)', re.DOTALL)
_AGO: Final = re.compile(r"[0-9]{1,5}[mhdwy]")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


class Slip(StrEnum):
    """What is wrong with a word of the line."""

    NO_KEY = "no-key"  # a word without a key: there is no search for free text
    KEY = "key"
    TWICE = "twice"
    EMPTY = "empty"
    ACTION = "action"
    OUTCOME = "outcome"
    ADDRESS = "address"
    NUMBER = "number"
    TIME = "time"
    ORDER = "order"  # it would end before it begins
    LONG = "long"
    PERSON = "person"  # nobody has heard of them
    MAILBOX = "mailbox"


_PROBLEMS: Final[Mapping[Slip, tuple[str, str]]] = {
    Slip.NO_KEY: ("it is no key:value", "write person:, message:, action: or another key before"),
    Slip.KEY: ("there is no such key", "write one of: {keys}"),
    Slip.TWICE: ("it is there twice", "leave one out"),
    Slip.EMPTY: ("nothing stands behind it", "write a value, or leave it out"),
    Slip.ACTION: ("there is no such action", "write one of: {actions}"),
    Slip.OUTCOME: ("there is no such outcome", "write ok, refused, failed or unsure"),
    Slip.ADDRESS: (
        "it is neither an IP address nor a network",
        "write it as 192.0.2.7, 2001:db8::7 or 192.0.2.0/24",
    ),
    Slip.NUMBER: ("it is no number", "write it as the log does: 4711"),
    Slip.TIME: (
        "it is not a time",
        "write 2026-01-31, 2026-01-31T17:00, or how long ago: 90m, 12h, 7d, 4w, 1y",
    ),
    Slip.ORDER: ("it is not before the end", "exchange since: and until:, or leave one out"),
    Slip.LONG: ("it is too long", "write less"),
    Slip.PERSON: ("there is no such person, nor was one", "see: proxyd user list"),
    Slip.MAILBOX: ("there is no such mailbox, nor was one", "see: proxyd mailbox list"),
}


class BadQuestion(BadInput):
    """``key``: whose value is wrong ("": the line); ``word``: what was written; ``near``: what was
    perhaps meant, or "".
    """

    def __init__(self, slip: Slip, key: str = "", word: str = "", near: str = "") -> None:
        problem, remedy = _PROBLEMS[slip]
        remedy = remedy.format(keys=", ".join(KEYS), actions=", ".join(Action))
        instead = f"did you mean {near}?" if near else remedy
        super().__init__(key or "question", f"{word}: {problem}" if word else problem, instead)
        self.slip = slip
        self.key = key
        self.word = word
        self.near = near


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """ "" and () ask for anything. Made by ``parsed`` and ``asked``, so that what is in it is known
    to be possible. Times are as they were written: "7d" is another week tomorrow.
    """

    person: str = ""
    actions: tuple[Action, ...] = ()
    not_actions: tuple[Action, ...] = ()
    message: str = ""  # without brackets
    mailbox: str = ""
    address: str = ""
    client: str = ""  # a part of its name
    outcome: str = ""
    conversation: int | None = None
    since: str = ""
    until: str = ""


def parsed(line: str) -> LogQuestion:
    """Raises BadQuestion."""
    if len(line) > LINE_LIMIT:
        raise BadQuestion(Slip.LONG)
    found: dict[str, str] = {}
    at = _past_space(line, 0)
    while word := _WORD.match(line, at):
        minus, key, value = word.groups()
        name = f"{minus}{key.lower()}"
        if name not in KEYS:
            raise BadQuestion(Slip.KEY, word=f"{minus}{key}", near=close_to(name, KEYS))
        if name in found:
            raise BadQuestion(Slip.TWICE, name, name)
        found[name] = _unquoted(value)
        at = _past_space(line, word.end())
    if at < len(line):
        raise BadQuestion(Slip.NO_KEY, word=line[at:].split(maxsplit=1)[0])
    return asked(found, empty=False)


def asked(fields: Mapping[str, str], *, empty: bool = True) -> LogQuestion:
    """By key, as a form has them. ``empty``: what is "" asks for anything. Raises BadQuestion."""
    values: dict[str, Any] = {}
    for key, (name, read, _) in _KEYS.items():
        text = fields.get(key)
        if text is None or (empty and not text.strip()):
            continue
        if not text.strip():
            raise BadQuestion(Slip.EMPTY, key, f"{key}:")
        values[name] = read(key, text.strip())
    return LogQuestion(**values)


def fields_of(question: LogQuestion) -> dict[str, str]:
    """By key, without those that ask for anything."""
    texts = {key: write(getattr(question, name)) for key, (name, _, write) in _KEYS.items()}
    return {key: text for key, text in texts.items() if text}


def written(question: LogQuestion) -> str:
    return " ".join(f"{key}:{_quoted(text)}" for key, text in fields_of(question).items())


# ------------------------------------------------------------------ values


def _text(_key: str, text: str) -> str:
    return text


def _login(_key: str, text: str) -> str:
    return text.lower()


def _message(key: str, text: str) -> str:
    if not (bare := text.strip("<>").strip()):
        raise BadQuestion(Slip.EMPTY, key, text)
    return bare


def _actions(key: str, text: str) -> tuple[Action, ...]:
    found: dict[Action, None] = {}
    for word in text.lower().split(","):
        try:
            found[Action(word.strip())] = None
        except ValueError:
            raise BadQuestion(Slip.ACTION, key, word, close_to(word, list(Action))) from None
    return tuple(found)


def _outcome(key: str, text: str) -> str:
    if text.lower() not in OUTCOMES:
        raise BadQuestion(Slip.OUTCOME, key, text, close_to(text, OUTCOMES))
    return text.lower()


def _address(key: str, text: str) -> str:
    """As the log writes addresses; a network by its first address."""
    try:
        return str(ip_network(text, strict=False) if "/" in text else ip_address(text))
    except ValueError:
        raise BadQuestion(Slip.ADDRESS, key, text) from None


def _number(key: str, text: str) -> int:
    plain = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    if not plain or not 1 <= int(text) <= _LAST_NUMBER:
        raise BadQuestion(Slip.NUMBER, key, text)
    return int(text)


def _time(key: str, text: str) -> str:
    """2026/01/31 17:00 is 2026-01-31T17:00; what day there is none of shows in log_period.py."""
    tidied = text.replace("/", "-")
    tidied = re.sub(r"(?<=[0-9])\s+(?=[0-9])", "T", tidied).upper()
    if _MOMENT.fullmatch(tidied):
        return tidied
    if _AGO.fullmatch(ago := "".join(text.lower().split())):
        return ago
    raise BadQuestion(Slip.TIME, key, text)


def _listed(actions: Iterable[Action]) -> str:
    return ",".join(actions)


def _maybe(number: int | None) -> str:
    return "" if number is None else str(number)


_Read = Callable[[str, str], object]
_KEYS: Final[Mapping[str, tuple[str, _Read, Callable[..., str]]]] = {
    "person": ("person", _login, str),
    "action": ("actions", _actions, _listed),
    "-action": ("not_actions", _actions, _listed),
    "message": ("message", _message, str),
    "mailbox": ("mailbox", _text, str),
    "address": ("address", _address, str),
    "client": ("client", _text, str),
    "outcome": ("outcome", _outcome, str),
    "conversation": ("conversation", _number, _maybe),
    "since": ("since", _time, str),
    "until": ("until", _time, str),
}
KEYS: Final = tuple(_KEYS)


# ------------------------------------------------------------------ words of the line


def _past_space(line: str, at: int) -> int:
    while at < len(line) and line[at].isspace():
        at += 1
    return at


def _quoted(text: str) -> str:
    if text.startswith('"') or any(one.isspace() for one in text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return text


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
