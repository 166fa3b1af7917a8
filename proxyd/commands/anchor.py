"""The access log's end as somebody kept it, as an option names it: a copy of the log's anchor file,
or of lines of the program's log (app/head_told.py), of which the last one counts.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from proxyd.domain.errors import BadInput, StoreUnavailable
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.store.log_anchor import AnchorFile

_TOLD = re.compile(r"access log head: (\d+ [0-9a-f]{64})\b", re.ASCII)
_MOST_OCTETS = 16 * 1024 * 1024  # of a file: a month of the program's log


def anchor_of(path: Path) -> Anchor:
    """Raises BadInput where it is none."""
    file = AnchorFile(path)
    try:
        told = _TOLD.findall(_text(path))
        found = file.parsed(told[-1]) if told else file.read()
    except StoreUnavailable:
        problem = f"{path} is no copy of the log's anchor, or can't be read"
        raise BadInput("--anchor", problem, "name the copy of log-head that you kept") from None
    if found is None:
        raise BadInput("--anchor", f"{path} does not exist", "name the copy you kept")
    return found


def _text(path: Path) -> str:
    """The end of it; "" for what is no file or can't be read, which is told elsewhere."""
    if not path.is_file():
        return ""
    with suppress(OSError), path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _MOST_OCTETS))
        return stream.read(_MOST_OCTETS).decode("utf-8", "replace")
    return ""
