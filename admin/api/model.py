"""What the values of all resources have in common: strict, nothing beside them, times in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from proxyd.service.audit.export import iso_time

T = TypeVar("T")

MOST_ITEMS: Final = 200  # of a page
USUAL_ITEMS: Final = 50

_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_YEARS: Final = range(1970, 9999)  # beyond them a time zone may lead out of the calendar
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_EXAMPLE: Final = "2026-11-30T09:12:44.120000Z"
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time", "example": _EXAMPLE})]
Typed = Annotated[str, Field(max_length=200)]
SecretText = Annotated[str, Field(max_length=1024)]


def _moment(value: object) -> object:
    """RFC 3339 alone: a number would pass as seconds since the epoch, or milliseconds."""
    if not isinstance(value, str):
        return value
    if not _DATE_TIME.match(value):
        raise ValueError("write it as 2026-01-31T17:00:00Z")
    return datetime.fromisoformat(value.upper())


def _day(value: object) -> object:
    """Likewise."""
    if not isinstance(value, str):
        return value
    if not _DATE.fullmatch(value):
        raise ValueError("write it as 2026-01-31")
    return date.fromisoformat(value)


def _near(day: date) -> date:
    if day.year not in _YEARS:
        raise ValueError("write a day of this century")
    return day


When = Annotated[AwareDatetime, BeforeValidator(_moment)]
Day = Annotated[date, BeforeValidator(_day), AfterValidator(_near)]


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
