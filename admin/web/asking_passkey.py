"""The page on which a device is asked for a passkey that it has; the answer comes as a form.

No script speaks with the server by itself: the question stands in the page (static/passkeys.js).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.page import Part, Show, Typed, Visit
from proxyd.domain.passkey import RESPONSE_MOST
from proxyd.domain.types import Account
from proxyd.service.accounts.passkeys import Passkeys

SCRIPTS: Final = ("passkeys.js",)
# Not kept over a sign-in: by then the question is too old.
ANSWER: Final = Typed("passkey", RESPONSE_MOST, secret=True)


async def asking(
    visit: Visit,
    passkeys: Passkeys,
    action: str,
    *,
    field: str = ANSWER.name,
    fields: Mapping[str, str],
    account: Account | None = None,
) -> Show:
    """``action``, ``field``: where the answer goes, with the other ``fields``. ``account``: whose
    it must be; None: the device says who it is.
    """
    question = await passkeys.begin_sign_in(origin=visit.origin, asker=visit.asker, account=account)
    facts = {"question": question, "action": action, "field": field, "fields": fields}
    return Show("passkey.html", facts, scripts=SCRIPTS)


async def _nothing(_visit: Visit) -> Mapping[str, object]:
    return {}


def _offered(visit: Visit) -> bool:
    return visit.services.passkeys is not None


WAY: Final = Part("passkey_way.html", _nothing, _offered)
