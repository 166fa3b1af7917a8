"""An option with nothing as its value: "$WHO" of a script where WHO was never set.

Whoever typed that meant something, and "nothing" would quietly be a question of its own (records
of nobody) or a directory (the one where we stand). So it is refused, but where it has a meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from proxyd.domain.errors import BadInput

# Nobody; the system's own authorities.
MEANT = frozenset({"assignee", "ca_file"})


def refuse_empty(command: Any) -> None:
    """Let each option of the command that may be left out refuse it; those that may not have
    sentences of their own.
    """
    for option in command.params:
        may_be_left_out = option.param_type_name == "option" and not option.required
        if may_be_left_out and option.name not in MEANT:
            # Not a callback: by then the framework has made the path "." of "".
            option.process_value = partial(_checked, option, type(option).process_value)


def _checked(option: Any, process: Callable[..., Any], ctx: Any, value: Any) -> Any:
    given = value if isinstance(value, (list, tuple)) else [value]
    if option.name == "alias" and list(given) == [""]:  # alone it means none any more
        return process(option, ctx, value)
    if any(isinstance(one, str) and not one.strip() for one in given):
        what = option.metavar or "a value"
        raise BadInput(option.opts[0], "its value is empty", f"write {what}, or leave it out")
    return process(option, ctx, value)
