"""What the values of all resources have in common: strict, nothing beside them, times in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from proxyd.service.audit.export import iso_time

T = TypeVar("T")

MOST_ITEMS: Final = 200  # of a page
USUAL_ITEMS: Final = 50

_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_EXAMPLE: Final = "2026-11-30T09:12:44.120000Z"
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time", "example": _EXAMPLE})]
Typed = Annotated[str, Field(max_length=200)]
SecretText = Annotated[str, Field(max_length=1024)]


def _as_rfc_3339(value: object) -> object:
    """A number would pass as seconds since the epoch, or milliseconds."""
    if isinstance(value, str) and not _DATE_TIME.match(value):
        raise ValueError("write it as 2026-01-31T17:00:00Z")
    return value


When = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_as_rfc_3339)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NoQuery(Model):
    """No parameter at all."""


class Paged(Model):
    after: Annotated[
        str | None, Field(max_length=200, description="`next` of the page before.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=MOST_ITEMS)] = USUAL_ITEMS


class ItemPage(Model, Generic[T]):
    """``next`` null: there is no more."""

    items: list[T]
    next: str | None


def moment(at_us: int) -> str:
    return iso_time(at_us)


def maybe_moment(at_us: int | None) -> str | None:
    return None if at_us is None else iso_time(at_us)


def microseconds(at: datetime) -> int:
    """Since the epoch, exactly."""
    return (at - _EPOCH) // _MICROSECOND
