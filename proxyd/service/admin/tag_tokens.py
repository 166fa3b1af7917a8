"""Tokens with which a mail client is told who works here; nothing is kept of them.

A token names an account or a mailbox, and proves it by a keyed digest (HMAC, RFC 2104). It is as
good as the person's account: 401 at once for who was switched off or removed, and ids are not given
again. It opens no mail, no log and no door but this one.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from typing import Final

from proxyd.domain.ports.database import Database
from proxyd.domain.tags_told import TagsTold
from proxyd.service.admin.client_setup import ClientSetup

_PERSON: Final = "p"
_MAILBOX: Final = "m"
# 18 digits: a number that every database takes.
_TOKEN: Final = re.compile(r"([pm])([1-9][0-9]{0,17})\.[A-Za-z0-9_-]{43}", re.ASCII)


class TagTokens:
    def __init__(self, store: Database, setup: ClientSetup, key: bytes) -> None:
        """``key``: Keys.tags"""
        self._store = store
        self._setup = setup
        self._key = key

    async def of_person(self, login: str) -> str:
        """Raises KeyError where there is none, StoreUnavailable, Busy."""
        found = await self._store.read(lambda tx: tx.accounts.find(login))
        if found is None:
            raise KeyError(login)
        return self._token(_PERSON, found[0].id)

    async def of_mailbox(self, name: str) -> str:
        """For machines at which anybody may sit. Raises KeyError, StoreUnavailable, Busy."""
        boxes = await self._store.read(lambda tx: tx.mailboxes.all())
        return self._token(_MAILBOX, {box.name: box.id for box in boxes}[name])

    async def told(self, token: str) -> TagsTold | None:
        """None for a token that is none, or whose person may not come in (any more), or has no
        mailbox. A wrong one costs one digest. Raises StoreUnavailable, Busy.
        """
        read = _TOKEN.fullmatch(token)
        if read is None:
            return None
        kind, number = read[1], int(read[2])
        if not hmac.compare_digest(token, self._token(kind, number)):
            return None
        if kind == _PERSON:
            return await self._setup.told_to(number)
        return await self._setup.told_of(number)

    def _token(self, kind: str, number: int) -> str:
        named = f"{kind}{number}"
        digest = hmac.digest(self._key, named.encode("ascii"), "sha256")
        return f"{named}.{urlsafe_b64encode(digest).decode('ascii').rstrip('=')}"
