"""What a refusal is as a problem (RFC 9457): kind, status and words, in one table.

Must never repeat a secret that was sent, nor any value of the wrong shape: it may be one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from pydantic import Field, ValidationError

from admin.api.model import Model
from proxyd.domain.errors import (
    AlreadyExists,
    AlreadyTaken,
    AnswerLost,
    AskedOtherwise,
    BadInput,
    Busy,
    NotFound,
    NotPermitted,
    ProxydError,
    StillAsked,
    StoreUnavailable,
    UpstreamError,
)

MEDIA_TYPE: Final = "application/problem+json"
_TYPE: Final = "urn:problem-type:proxyd:"

# kind → status, title
KINDS: Final[Mapping[str, tuple[int, str]]] = {
    "bad-request": (400, "The request can't be read"),
    "no-token": (401, "A valid token is needed"),
    "insufficient-scope": (403, "The token is not for this"),
    "not-permitted": (403, "The right does not reach that far"),
    "not-found": (404, "There is no such thing"),
    "method": (405, "That can't be done with it"),
    "exists": (409, "It exists already"),
    "taken": (409, "It is somebody else's work"),
    "still-asked": (409, "The same is being carried out"),
    "answer-lost": (409, "It was carried out, and the answer is lost"),
    "too-large": (413, "The body is too large"),
    "media-type": (415, "The body must be application/json"),
    "bad-input": (422, "Something in it is not usable"),
    "key-reused": (422, "This Idempotency-Key was used for another request"),
    "too-many": (429, "Too many requests"),
    "fault": (500, "A fault of ours"),
    "not-taken": (502, "The other program did not take it"),
    "provider": (502, "The provider makes it impossible"),
    "unavailable": (503, "Not possible at this moment"),
}
RETRY_S: Final = 60


class Mistake(Model):
    """What is wrong with one field; ``remedy`` "": ``problem`` says it."""

    field: str
    problem: str
    remedy: str


class ProblemBody(Model):
    """RFC 9457. ``errors``: of single fields. ``reference``: what the server's log has."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Mistake] = Field(default_factory=list)
    reference: str = ""


class ApiProblem(Exception):
    """Raised where a request ends; api.py answers it. ``kind``: of KINDS."""

    def __init__(
        self,
        kind: str,
        detail: str = "",
        errors: Sequence[Mistake] = (),
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        reference: str = "",
    ) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.reference = reference

    @property
    def status(self) -> int:
        return KINDS[self.kind][0]

    @property
    def body(self) -> ProblemBody:
        status, title = KINDS[self.kind]
        return ProblemBody(
            type=_TYPE + self.kind,
            title=title,
            status=status,
            detail=self.detail or f"{title}.",
            errors=list(self.errors),
            reference=self.reference,
        )


# The first class that fits.
_OF_ERRORS: Final[tuple[tuple[type[ProxydError], str, str], ...]] = (
    (NotFound, "not-found", "There is no {e.kind} {e.name!r}."),
    (AlreadyExists, "exists", "{e.name!r} exists already."),
    (NotPermitted, "not-permitted", "It needs {e.need} on {e.what}."),
    (AlreadyTaken, "taken", "It is in the hands of {e.login}."),
    (AskedOtherwise, "key-reused", "Take another key for another request."),
    (StillAsked, "still-asked", "Ask again in a moment, with the same key."),
    (AnswerLost, "answer-lost", "It was done, and is not done again; ask what is there now."),
    (Busy, "unavailable", "Too much is going on at the moment."),
    (StoreUnavailable, "unavailable", "The database can't be used; nothing was done."),
    (UpstreamError, "provider", ""),
)


def problem_of(error: ProxydError) -> ApiProblem | None:
    """None: nobody expected it here."""
    if isinstance(error, BadInput):
        errors = [
            Mistake(field=one.what.lstrip("-"), problem=one.problem, remedy=one.instead)
            for one in error.all
        ]
        first = errors[0]
        return ApiProblem("bad-input", f"{first.field}: {first.problem}; {first.remedy}", errors)
    for kind, word, text in _OF_ERRORS:
        if isinstance(error, kind):
            headers = {"retry-after": str(RETRY_S)} if word == "unavailable" else {}
            headers |= {"retry-after": "1"} if word == "still-asked" else {}
            return ApiProblem(word, text.format(e=error), headers=headers)
    return None


def invalid(error: ValidationError, where: str) -> ApiProblem:
    """``where``: "query" or "body"."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in found):
        return ApiProblem("bad-request", "The body is no JSON.")
    errors = [
        Mistake(
            field=".".join(map(str, one["loc"])) or where,
            problem=one["msg"],
            remedy="",
        )
        for one in found
    ]
    return ApiProblem("bad-input", f"{where}: {errors[0].field}: {errors[0].problem}", errors)
