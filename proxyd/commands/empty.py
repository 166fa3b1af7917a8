"""Nothing as the value of an option or argument: "$WHO" of a script where WHO was never set.

Whoever typed that meant something, and "nothing" would quietly be a question of its own (records
of nobody), all there is (every mailbox) or a directory (the one where we stand). So it is refused,
but where it has a meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from proxyd.domain.errors import BadInput

# Nobody; the system's own authorities.
MEANT = frozenset({"assignee", "ca_file"})


def refuse_empty(command: Any) -> None:
    """Let each argument of the command, and each option that may be left out, refuse it; options
    that may not have sentences of their own.
    """
    for given in command.params:
        has_own_sentence = given.param_type_name == "option" and given.required
        if not has_own_sentence and given.name not in MEANT:
            # Not a callback: by then the framework has made the path "." of "".
            given.process_value = partial(_checked, given, type(given).process_value)


def _checked(given: Any, process: Callable[..., Any], ctx: Any, value: Any) -> Any:
    values = value if isinstance(value, (list, tuple)) else [value]
    if given.name == "alias" and list(values) == [""]:  # alone it means none any more
        return process(given, ctx, value)
    if any(isinstance(one, str) and not one.strip() for one in values):
        raise _empty(given)
    return process(given, ctx, value)


def _empty(given: Any) -> BadInput:
    if given.param_type_name == "option":
        what = given.metavar or "a value"
        return BadInput(given.opts[0], "its value is empty", f"write {what}, or leave it out")
    name = str(given.metavar or given.name.upper()).strip("[].")
    instead = "write it" if given.required else "write it, or leave it out"
    return BadInput(name.replace("]...", ""), "it is empty", instead)
