"""Rules as people write them, in TOML: one ``[[rule]]`` after another (conf/rules.example.toml).

Pure; knows neither who there is nor which statuses (``ruling.problems``). What is wrong is told all
at once, each with its rule and a remedy.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from proxyd.domain.errors import BadInput, Gathering
from proxyd.domain.hold_until import day_meant
from proxyd.domain.nearly import instead_of
from proxyd.domain.rules import Rule, fields_of, folded
from proxyd.mailtext.addresses import compared

MOST_OCTETS = 100_000
MOST_RULES = 200
# Each is looked for in each mail that comes: all of them in some hundredths of a second.
MOST_PATTERNS = 2_000
MOST_FIELDS = 20  # that a provider is asked for beyond the usual
MOST_CHARS = 250  # of a pattern or a name
CONDITIONS = ("from", "to", "subject", "header", "list", "automatic")
ACTIONS = ("status", "assignee", "assign-in-turn", "hold-until")
KEYS = ("name", *CONDITIONS, *ACTIONS, "stop")
_FIELD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,75}")  # of RFC 5322 §3.6.8 what is met
_A_TEXT = 'write a text or a list of texts, such as ["*@supplier.example"]'


def read(text: str) -> tuple[Rule, ...]:
    """Raises BadInput (Mistakes)."""
    tables = _tables(text)
    gathering = Gathering()
    names: list[str] = []
    rules: list[Rule] = []
    for number, table in enumerate(tables, 1):
        what = _called(table, number)
        reader = _RuleReader(what, table, gathering)
        rules.append(reader.read())
        if rules[-1].name and rules[-1].name in names:
            gathering.found.append(
                BadInput(what, "two rules have this name", "give each a name of its own")
            )
        names.append(rules[-1].name)
    gathering.of(lambda: _check_amounts(rules), None)
    gathering.done()
    return tuple(rules)


def _tables(text: str) -> list[Mapping[str, Any]]:
    if len(text.encode("utf-8", "surrogatepass")) > MOST_OCTETS:
        raise BadInput(
            "rules", f"more than {MOST_OCTETS // 1000} kB", "write fewer or shorter ones"
        )
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        told = str(error) if isinstance(error, ValueError) else "too deeply nested"
        raise BadInput("rules", f"no TOML: {told}", "see conf/rules.example.toml") from None
    for key in found.keys() - {"rule"}:
        raise BadInput("rules", f"unknown table or key {key!r}", "write [[rule]] over each rule")
    tables = found.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadInput("rules", "rule is no list of tables", "write [[rule]] over each rule")
    if not tables:
        raise BadInput("rules", "there is no rule", "to have none: proxyd rules clear MAILBOX")
    if len(tables) > MOST_RULES:
        raise BadInput("rules", f"more than {MOST_RULES} rules", "put several into one")
    return tables


def _called(table: Mapping[str, Any], number: int) -> str:
    name = table.get("name")
    return f'rule "{name}"' if isinstance(name, str) and name.strip() else f"rule number {number}"


def _check_amounts(rules: list[Rule]) -> None:
    count = sum(
        len(each)
        for rule in rules
        for each in (
            rule.senders,
            rule.recipients,
            rule.subjects,
            rule.lists,
            *rule.fields.values(),
        )
    )
    if count > MOST_PATTERNS:
        raise BadInput("rules", f"{count} patterns", f"write at most {MOST_PATTERNS} in all")
    if len(fields_of(rules)) > MOST_FIELDS:
        raise BadInput("rules", "too many header fields", f"ask for at most {MOST_FIELDS}")


class _RuleReader:
    def __init__(self, what: str, table: Mapping[str, Any], gathering: Gathering) -> None:
        self._what = what
        self._table = table
        self._gathering = gathering

    def read(self) -> Rule:
        for key in self._table:
            if key not in KEYS:
                instead = instead_of(key, KEYS, f"write one of {', '.join(KEYS)}")
                self._wrong(f"unknown key {key!r}", instead)
        for kind, keys in (("condition", CONDITIONS), ("action", ACTIONS)):
            if not self._table.keys() & set(keys):
                self._wrong(f"no {kind}", f"write at least one of {', '.join(keys)}")
        return Rule(
            name=self._name(),
            senders=tuple(map(compared, self._texts("from"))),
            recipients=tuple(map(compared, self._texts("to"))),
            subjects=tuple(map(folded, self._texts("subject"))),
            fields=self._fields(),
            lists=tuple(word.lower() for word in self._texts("list")),
            automatic=self._flag("automatic"),
            status=self._status(),
            assignees=self._assignees(),
            hold_until=self._hold_until(),
            stop=self._flag("stop") is not False,
        )

    def _name(self) -> str:
        name = self._text("name")
        if not name and not isinstance(self._table.get("name"), str):
            self._wrong("no name", "give it one; the access log names it")
        return name

    def _fields(self) -> dict[str, tuple[str, ...]]:
        table = self._table.get("header", {})
        if not isinstance(table, dict) or ("header" in self._table and not table):
            self._wrong("header is no table", 'write { "X-Priority" = "1*" }')
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for name, value in table.items():
            if not _FIELD_NAME.fullmatch(name):
                self._wrong(f"{name!r} is no header field", "write its name without the colon")
                continue
            words = tuple(map(folded, self._list(f"header {name}", value)))
            found[name.upper()] = (*found.get(name.upper(), ()), *words)
        return found

    def _status(self) -> str:
        if "status" in self._table and "hold-until" in self._table:
            self._wrong("both status and hold-until", "leave status out: hold-until sets hold")
        return self._text("status")

    def _assignees(self) -> tuple[str, ...]:
        if "assignee" in self._table and "assign-in-turn" in self._table:
            self._wrong("both assignee and assign-in-turn", "write one of them")
        one = self._text("assignee")
        several = self._table.get("assign-in-turn")
        if several is not None and not isinstance(several, list):
            self._wrong("assign-in-turn is no list", 'write logins such as ["anna", "ben"]')
            return ()
        logins = (one,) if one else self._texts("assign-in-turn")
        return tuple(dict.fromkeys(login.strip().lower() for login in logins))

    def _hold_until(self) -> str:
        value = self._table.get("hold-until")
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()  # TOML has dates of its own
        word = self._text("hold-until")
        if word:
            try:
                day_meant(word)
            except ValueError as error:
                problem, _, instead = str(error).partition("; ")
                self._wrong(f"hold-until: {problem}", instead)
        return word

    def _flag(self, key: str) -> bool | None:
        value = self._table.get(key)
        if value is not None and not isinstance(value, bool):
            self._wrong(f"{key} is neither true nor false", "write true or false")
            return None
        return value

    def _text(self, key: str) -> str:
        """ "" where it is not there."""
        value = self._table.get(key)
        if value is not None and not _is_text(value):
            self._wrong(f"{key} is no text", f"write 1 to {MOST_CHARS} characters")
            return ""
        return str(value or "")

    def _texts(self, key: str) -> tuple[str, ...]:
        return self._list(key, self._table[key]) if key in self._table else ()

    def _list(self, key: str, value: object) -> tuple[str, ...]:
        values = value if isinstance(value, list) else [value]
        if not values:
            self._wrong(f"{key} is an empty list", _A_TEXT)
        elif not all(map(_is_text, values)):
            self._wrong(f"{key} has what is no text, or an empty one", _A_TEXT)
        else:
            return tuple(values)
        return ()

    def _wrong(self, problem: str, instead: str) -> None:
        self._gathering.found.append(BadInput(self._what, problem, instead))


def _is_text(value: object) -> bool:
    return (
        isinstance(value, str)
        and bool(value.strip())
        and len(value) <= MOST_CHARS
        and value.isprintable()
    )
