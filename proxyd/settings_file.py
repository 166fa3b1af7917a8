"""Read the configuration: TOML file, then environment, into Settings; every mistake in one go.

It must never look at anything but that one file and the variables given (what the values point at
is ``settings_check``'s business), and never stop at the first mistake.

Invariants: a wrong value is reported and its default takes its place, so that the rest can be
judged too; a problem names file (or variable), key, what is wrong and what to write instead.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from proxyd.settings import Settings
from proxyd.settings_check import contradictions
from proxyd.settings_names import (
    CONFIG_VARIABLE,
    PREFIX,
    is_no_setting,
    meant_variable,
    sections,
    suggestion,
    variable_of,
    variables,
)
from proxyd.settings_problem import Problem, SettingsError
from proxyd.settings_values import Listen, meant_listen

USUAL_FILES = (Path("proxyd.toml"), Path("/etc/proxyd/proxyd.toml"))
CONSOLE = Listen("127.0.0.1", 8025)  # the one listener that is off unless somebody switches it on
MAX_FILE_BYTES = 1024 * 1024  # a configuration is a few KB; a log given by mistake may be GBs


@dataclass(frozen=True, slots=True)
class Loaded:
    """What could be understood, and what could not."""

    settings: Settings
    file: Path | None
    variables: frozenset[str]  # keys ("imap.tls") that the environment decided
    problems: tuple[Problem, ...]
    passed_over: tuple[str, ...] = ()  # usual files that we may not look at, in sentences

    def problem(self, key: str, what: str, instead: str) -> Problem:
        """About ``key``, naming the place it came from."""
        if key in self.variables:
            return Problem("environment", variable_of(key), what, instead)
        return Problem(str(self.file or "environment"), key, what, instead)


def choose_file(given: Path | None, environ: Mapping[str, str]) -> tuple[Path | None, list[str]]:
    """The first of ``--config``, PROXYD_CONFIG, and those usual files that can be read; and in
    sentences, which of the usual ones are passed over because they can't.
    """
    if given is not None:
        return given, []
    if environ.get(CONFIG_VARIABLE):
        return Path(environ[CONFIG_VARIABLE]), []
    passed_over: list[str] = []
    for path in USUAL_FILES:
        trouble = _trouble_with(path)
        if trouble is None:
            return path, passed_over
        if trouble:
            passed_over.append(f"{path} can't be read ({trouble}) and is passed over")
    return None, passed_over


def _trouble_with(path: Path) -> str | None:
    """None where it can be read, "" where it is not there."""
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return None


def load(given: Path | None, environ: Mapping[str, str]) -> Settings:
    """Raises SettingsError with every problem."""
    loaded = read(given, environ)
    if loaded.problems:
        raise SettingsError(loaded.problems)
    return loaded.settings


def read(given: Path | None, environ: Mapping[str, str]) -> Loaded:
    file, passed_over = choose_file(given, environ)
    problems: list[Problem] = []
    raw: dict[str, Any] = {}
    if file is not None:
        file = _absolute(file)
        raw = _parsed(file, problems)
        _anchor_paths(raw, file.parent)
    if problems:  # nothing of the file is known: whatever else could be said would be guessing
        return Loaded(Settings(), file, frozenset(), tuple(problems))
    variables = _merge_environment(raw, environ, problems)
    if file is None and not variables and not problems:
        return Loaded(Settings(), None, frozenset(), (_missing(passed_over),))
    settings, found = _validated(raw)
    loaded = Loaded(settings, file, variables, (), tuple(passed_over))
    problems += [loaded.problem(key, what, instead) for key, what, instead in found]
    problems += _contradictions(loaded, {key for key, _, _ in found})
    return replace(loaded, problems=tuple(problems))


def _missing(passed_over: Sequence[str]) -> Problem:
    looked = "looked at --config, PROXYD_CONFIG, ./proxyd.toml and /etc/proxyd/proxyd.toml"
    looked += "".join(f"; {one}" for one in passed_over)
    what = f"there is no configuration ({looked})"
    if passed_over:
        return Problem("proxyd.toml", "", what, "make it readable, or name one with --config")
    return Problem("proxyd.toml", "", what, "make one with: proxyd conf example > proxyd.toml")


def _absolute(file: Path) -> Path:
    """As it is where nobody can say where we stand (the directory was removed)."""
    try:
        return file.absolute()
    except OSError:
        return file


def _contradictions(loaded: Loaded, bad: set[str]) -> list[Problem]:
    """Those that don't merely follow from a key that is reported already."""
    if "workflow.statuses" in bad:
        bad |= {"workflow.initial", "workflow.answered"}
    return [
        loaded.problem(key, what, instead)
        for key, what, instead in contradictions(loaded.settings)
        if key not in bad
    ]


# ------------------------------------------------------------------ the two sources


def _parsed(file: Path, problems: list[Problem]) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ValueError("is larger than 1 MiB")
        return tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        what = f"can't be read ({error.strerror})"
        problems.append(
            Problem(str(file), "", what, "name another with --config, or make it readable")
        )
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        hint = 'keys look like  name = "text"  or  name = 12; compare with: proxyd conf example'
        problems.append(Problem(str(file), "", f"is not TOML: {error}", hint))
    except ValueError as error:  # not UTF-8, or too large
        what = str(error) if "MiB" in str(error) else "is not UTF-8 text"
        problems.append(Problem(str(file), "", what, "start from: proxyd conf example"))
    return {}


def _anchor_paths(raw: dict[str, Any], base: Path) -> None:
    """A relative path in the file is relative to the file, wherever the command is given."""
    for name, model in sections().items():
        section = raw.get(name)
        if not isinstance(section, dict):
            continue
        for key, field in model.model_fields.items():
            value = section.get(key)
            if field.annotation == Path | None and isinstance(value, str) and value:
                section[key] = str(base / os.path.expanduser(value))


def _merge_environment(
    raw: dict[str, Any], environ: Mapping[str, str], problems: list[Problem]
) -> frozenset[str]:
    """Put PROXYD_<SECTION>_<KEY> over the file's values; returns the keys that came this way."""
    merged: set[str] = set()
    known = variables()
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or is_no_setting(variable):
            continue
        place = known.get(variable)
        if place is None:
            instead = meant_variable(variable)
            problems.append(Problem("environment", variable, "is not a setting", instead))
            continue
        section, key = place
        target = raw.setdefault(section, {})
        if isinstance(target, dict):  # else the file's section is wrong, and reported as such
            annotation = sections()[section].model_fields[key].annotation
            target[key] = _typed(environ[variable], annotation)
            merged.add(f"{section}.{key}")
    return frozenset(merged)


def _typed(text: str, annotation: object) -> object:
    """A variable is always text; what is not is written as in TOML, a path from where we stand."""
    if annotation == Path | None:
        return str(_absolute(Path(os.path.expanduser(text)))) if text else ""
    if annotation is int or annotation is bool or str(annotation).startswith("tuple"):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text


# ------------------------------------------------------------------ judging

Finding = tuple[str, str, str]  # key, what is wrong, what to write instead


def _validated(raw: dict[str, Any]) -> tuple[Settings, list[Finding]]:
    findings: list[Finding] = []
    for _ in range(3):  # dropping what is wrong can only uncover mistakes one level up
        try:
            return Settings.model_validate(raw), findings
        except ValidationError as error:
            errors = error.errors(include_url=False)
        for one in errors:
            findings.append(_finding(one))
            section, *rest = (str(part) for part in one["loc"])
            if not rest or not isinstance(raw.get(section), dict):
                raw.pop(section, None)
            else:
                raw[section].pop(rest[0], None)
    return Settings(), findings


def _finding(error: ErrorDetails) -> Finding:
    section, *rest = error["loc"]
    key = f"{section}.{rest[0]}" if rest else str(section)
    what, instead = _explained(error)
    if len(rest) > 1:  # inside a list or table: the key stays the one to look for in the file
        entry = [f"entry {part + 1}" if isinstance(part, int) else part for part in rest[1:]]
        what = f"{', '.join(entry)}: {what}"
    return key, what, instead


# Our words for pydantic's kinds of error (its documentation: "Validation Errors").
EXPLANATIONS = {
    "missing": ("is missing", "add it"),
    "int_type": ("must be a whole number, not {given!r}", "write it without quotes and point"),
    "int_from_float": ("must be a whole number, not {given!r}", "write it without a point"),
    "bool_type": ("must be true or false, not {given!r}", "write true or false, without quotes"),
    "string_type": ("must be a text, not {given!r}", 'write it in quotes: "…"'),
    "greater_than_equal": ("{given!r} is too small", "write at least {ge}"),
    "less_than_equal": ("{given!r} is too large", "write at most {le}"),
    "literal_error": ("{given!r} is not possible here", "write {expected}"),
    "string_pattern_mismatch": (
        "{given!r} is not a key",
        "write up to 30 of a-z, 0-9 and -, starting with a letter or digit",
    ),
    "string_too_short": ("is too short", "write at least {min_length} characters"),
    "string_too_long": ("is too long", "write at most {max_length} characters"),
    "too_short": ("has too few entries", "give at least {min_length}"),
    "too_long": ("has too many entries", "give at most {max_length}"),
    "tuple_type": ("must be a list", "write it as in: proxyd conf example"),
    "model_type": ("must be a section", "write its keys below a line [{section}]"),
    "listen": ("{what}", 'write "{meant}", or "" to switch it off'),
    "proxyd": ("{what}", "{instead}"),
}


def _explained(error: ErrorDetails) -> tuple[str, str]:
    if error["type"] == "extra_forbidden":
        return _unknown(error["loc"])
    if error["type"] not in EXPLANATIONS:
        return f"is not accepted ({error['msg']})", "compare with: proxyd conf example"
    facts = {"given": error.get("input"), "section": error["loc"][0], **error.get("ctx", {})}
    if error["type"] == "listen":
        section, key = (str(part) for part in error["loc"][:2])
        usual = sections()[section].model_fields[key].default
        facts["meant"] = meant_listen(error.get("input"), usual or CONSOLE)
    what, instead = EXPLANATIONS[error["type"]]
    return what.format_map(facts), instead.format_map(facts)


def _unknown(loc: tuple[int | str, ...]) -> tuple[str, str]:
    names = [str(part) for part in loc if not isinstance(part, int)]
    if len(names) == 1:
        home = [section for section, model in sections().items() if names[0] in model.model_fields]
        if home:
            return "stands outside of a section", f"put it below a line [{home[0]}]"
        return "is not a section", suggestion(names[0], sections())
    model: type[BaseModel] | None = sections().get(names[0])
    if len(names) > 2 or model is None:
        return "is not a setting", "remove it, or compare with: proxyd conf example"
    return "is not a setting", suggestion(names[1], model.model_fields)
