"""What FETCH asks the provider for, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from proxyd.domain.types import Blob


@dataclass(frozen=True, slots=True)
class FetchedRow:
    """One message's answer to ``OpenView.fetch``: see the port ContentRow for the values."""

    uid: int
    values: Mapping[bytes, bytes | Blob]


class Reading(StrEnum):
    """How a fetch is to be recorded: the edge knows what the client asked."""

    LIST = "list"  # headers, envelope, structure
    OPEN = "open"  # a body with BODY[], RFC822 or RFC822.TEXT
    COPY = "copy"  # a body with BODY.PEEK[]
