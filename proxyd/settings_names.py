"""What settings are called, in the file and in the environment; what a wrong name was meant to be.

Must never look at a value.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from proxyd.settings import Settings
from proxyd.settings_section import Section

PREFIX = "PROXYD_"
CONFIG_VARIABLE = "PROXYD_CONFIG"
OTHER_VARIABLES = (CONFIG_VARIABLE, "PROXYD_MASTER_KEY")  # the second: store/secrets.py

# Container platforms make such ones up for a service called "proxyd" (Kubernetes: "Environment
# variables" of "Service"; Docker: legacy links).
_MADE_UP = re.compile(
    r"PROXYD_(NAME|ENV_\w+|SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_[0-9]+_(TCP|UDP)(_\w+)?)?)"
)


def variable_of(key: str) -> str:
    return PREFIX + key.replace(".", "_").upper()


def sections() -> dict[str, type[Section]]:
    """Section name → its model, in the order of the file."""
    found: dict[str, type[Section]] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            found[name] = field.annotation
    return found


def is_no_setting(variable: str) -> bool:
    return variable in OTHER_VARIABLES or _MADE_UP.fullmatch(variable) is not None


def variables() -> dict[str, tuple[str, str]]:
    """Variable → section and key."""
    return {
        variable_of(f"{section}.{key}"): (section, key)
        for section, model in sections().items()
        for key in model.model_fields
    }


def meant_variable(variable: str) -> str:
    """Of its own section where it names one: all of them would be a page."""
    known = [*variables(), *OTHER_VARIABLES]
    for section in sections():
        if variable.startswith(start := variable_of(section) + "_"):
            return suggestion(variable, [one for one in known if one.startswith(start)])
    if close := difflib.get_close_matches(variable, known, n=1):
        return f"did you mean {close[0]}?"
    return "remove it; variables are called PROXYD_<SECTION>_<KEY>, see: proxyd conf example"


def suggestion(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known := list(known), n=1)
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
