"""A copy of the log's anchor file, as an option names it."""

from __future__ import annotations

from pathlib import Path

from proxyd.domain.errors import BadInput, StoreUnavailable
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.store.log_anchor import AnchorFile


def anchor_of(path: Path) -> Anchor:
    """Raises BadInput where it is none."""
    try:
        found = AnchorFile(path).read()
    except StoreUnavailable:
        problem = f"{path} is no copy of the log's anchor, or can't be read"
        raise BadInput("--anchor", problem, "name the copy of log-head that you kept") from None
    if found is None:
        raise BadInput("--anchor", f"{path} does not exist", "name the copy you kept")
    return found
