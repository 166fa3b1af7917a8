"""Reading a form within limits, and knowing that it is ours: the second wall against foreign pages.

The token in each form is made of the cookie that comes with it, which no foreign page can read; so
nothing of it is kept here, and a session that goes a step further takes its forms' tokens along.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from admin.web.page import FORM_OCTETS, Typed

BODY_OCTETS: Final = FORM_OCTETS
MOST_FIELDS: Final = 200
TOKEN_FIELD: Final = "form_token"  # noqa: S105 - a field's name
_KIND: Final = "application/x-www-form-urlencoded"


def form_token(cookie: str) -> str:
    digest = hashlib.sha256(b"proxyd form 1\0" + cookie.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def is_ours(form: dict[str, str], cookie: str) -> bool:
    """``cookie``: "" where none came."""
    told = form.get(TOKEN_FIELD, "").encode("utf-8", "replace")
    return bool(cookie) and hmac.compare_digest(told, form_token(cookie).encode("ascii"))


async def read_form(request: Request, most: int = BODY_OCTETS) -> dict[str, str]:
    """All fields; the last of one name. Raises HTTPException: 413, 415, 400."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise HTTPException(415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:  # also what is no UTF-8, and more fields
        raise HTTPException(400) from None
    return dict(pairs)


def checked_fields(form: dict[str, str], fields: Iterable[Typed]) -> dict[str, str]:
    """Those that the row of the table knows. Raises HTTPException for one that is too long."""
    found: dict[str, str] = {}
    for one in fields:
        for name, text in form.items():
            if one.fits(name):
                if len(text) > one.longest:
                    raise HTTPException(413)
                found[name] = text
    return found
