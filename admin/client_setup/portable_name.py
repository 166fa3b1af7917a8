"""Names of a kit's files and folders that every system takes. Pure.

Windows keeps some names for devices, with whatever behind a dot, and drops a dot at the end
(learn.microsoft.com/windows/win32/fileio/naming-a-file): the folder of a person called con could
not be copied there.
"""

from __future__ import annotations

from typing import Final

_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)
_MARK: Final = "+"  # in no login and no domain, so that no two names become one


def portable(name: str) -> str:
    """Of a login or a domain: the same, but for what Windows does not take."""
    base, dot, rest = name.partition(".")
    if base.lower() in _DEVICES:
        name = f"{base}{_MARK}{dot}{rest}"
    return name + _MARK if name.endswith(".") else name
