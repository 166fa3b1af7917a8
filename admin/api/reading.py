"""What a request brings: its token, its query, its body, its key. Limits before anything is read.

Each raises ApiProblem.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.requests import Request

from admin.api.model import Model
from admin.api.problems import ApiProblem, Mistake, invalid

M = TypeVar("M", bound=Model)

_MOST_PARAMETERS: Final = 50
# Visible ASCII but quotes and backslashes; quoted, as the draft has it, or not.
KEY_PATTERN: Final = r'^"?([!#-\[\]-~]{1,64})"?$'
_KEY: Final = re.compile(KEY_PATTERN)
_JSON: Final = "application/json"


def token_of(request: Request) -> str:
    given = request.headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == "bearer" else ""


def key_of(request: Request) -> str:
    """Its Idempotency-Key; "" where it has none."""
    given = request.headers.getlist("idempotency-key")
    if not given:
        return ""
    found = _KEY.fullmatch(given[0]) if len(given) == 1 else None
    if found is None:
        raise ApiProblem("bad-request", "Idempotency-Key: 1 to 64 visible ASCII characters.")
    return found[1]


def query_of(request: Request, kind: type[M]) -> M:
    try:
        pairs = parse_qsl(
            request.url.query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        raise ApiProblem("bad-request", "Too many parameters.") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        mistake = Mistake(field=twice, problem="it stands there twice", remedy="write it once")
        raise ApiProblem("bad-input", f"query: {twice}: it stands there twice", [mistake])
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise invalid(error, "query") from None


async def octets_of(request: Request, most: int) -> bytes:
    """Of the body, whatever it says of its own length."""
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdecimal() and int(said[:18]) > most:
        raise _too_large(most)
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > most:
            raise _too_large(most)
    return bytes(found)


def body_of(request: Request, octets: bytes, kind: type[M] | None) -> M | None:
    if kind is None:
        if octets:
            raise ApiProblem("bad-request", "There is no body to send here.")
        return None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _JSON:
        raise ApiProblem("media-type")
    try:
        return kind.model_validate_json(octets, strict=True)
    except ValidationError as error:
        raise invalid(error, "body") from None


def _too_large(most: int) -> ApiProblem:
    return ApiProblem("too-large", f"At most {most} octets.")
