"""Write the configuration's example from its model, so that the two can't drift apart.

Every key stands in it with its default, so that parsing the example gives the defaults (a test).
It must never name a value that the model does not have.
"""

from __future__ import annotations

import json
import textwrap
from typing import Any

from proxyd.settings import Settings
from proxyd.settings_names import sections, variable_of
from proxyd.settings_section import Section

WIDTH = 96
HEAD = """\
# Configuration of proxyd. Every key is shown with its default: keep what differs, delete the rest.
#
# Check it with    proxyd check --config THIS-FILE
# It is looked for at --config, in the variable PROXYD_CONFIG, in ./proxyd.toml, and in
# /etc/proxyd/proxyd.toml. A variable PROXYD_<SECTION>_<KEY> goes before the file, for example
# {variable}="127.0.0.1:993". A relative path is relative to this file.
#
# Passwords don't belong here: the mailboxes' are asked for by "proxyd mailbox add".
"""


def example() -> str:
    values = Settings().as_toml_values()
    parts = [HEAD.format(variable=variable_of("imap.tls"))]
    for name, model in sections().items():
        parts.append(_section(name, model, values[name]))
    return "\n".join(parts)


def _section(name: str, model: type[Section], values: dict[str, Any]) -> str:
    lines = [*_comment(model.__doc__ or ""), f"[{name}]"]
    tables: list[str] = []
    for key, field in model.model_fields.items():
        value = values[key]
        described = _comment(field.description or "")
        if (
            isinstance(value, tuple) and value and isinstance(value[0], dict)
        ):  # TOML wants arrays of tables behind the plain keys
            tables += ["", *described]
            for row in value:
                tables += [f"[[{name}.{key}]]", *_rows(row)]
        else:
            lines += [*described, f"{key} = {_literal(value)}"]
    return "\n".join([*lines, *tables]) + "\n"


def _rows(row: dict[str, Any]) -> list[str]:
    ordered = sorted(row, key=lambda key: (key != "key", key))
    return [f"{key} = {_literal(row[key])}" for key in ordered]


def _literal(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_literal(one)}" for key, one in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:_}" if value >= 100_000 else str(value)
    return json.dumps(value, ensure_ascii=False)  # a TOML basic string is a JSON string


def _comment(text: str) -> list[str]:
    joined = " ".join(text.split())
    return textwrap.wrap(joined, WIDTH, initial_indent="# ", subsequent_indent="# ")
