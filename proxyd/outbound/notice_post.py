"""A notice goes to another program (RFC 9110 POST), and is taken by a status of 2xx.

No redirect is followed: it would send to where no admin has said, and a signature with it. What is
answered beside the status is not read. Proxies of the environment are used, as a company may have
no other way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from proxyd.domain.ports.webhooks import NotTaken

if TYPE_CHECKING:
    import httpx2

# All of it; a program that works longer answers first.
PATIENCE_S = 15.0
_FIELDS = {"content-type": "application/json", "user-agent": "proxyd", "accept": "*/*"}


class NoticePost:
    """One client for all, so that connections are kept. To be closed."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._client: httpx2.AsyncClient | None = None

    async def post(self, url: str, fields: Mapping[str, str], body: bytes) -> None:
        """Raises NotTaken."""
        import httpx2  # noqa: PLC0415 - slow to load, and most have no webhook

        if self._client is None:
            self._client = httpx2.AsyncClient(follow_redirects=False, timeout=self._patience_s)
        try:
            async with asyncio.timeout(self._patience_s):
                headers = {**_FIELDS, **fields}
                sent = self._client.stream("POST", url, content=body, headers=headers)
                async with sent as answer:
                    status = answer.status_code
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise NotTaken(f"no answer within {self._patience_s:g} s") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise NotTaken(_why(error)) from error
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise NotTaken(f"it answered {status}{_phrase(status)}")

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _why(error: Exception) -> str:
    said = str(error) or type(error).__name__
    return f"it can't be reached: {said}"


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
