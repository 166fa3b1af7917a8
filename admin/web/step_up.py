"""Showing once more who one is, in place of the answer, before what concerns signing in is changed.

Either password and second factor, or a passkey. The password goes the way of every password: same
queue, same pauses, same record (Accounts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from admin.web.asking_passkey import ANSWER, asking
from admin.web.page import Show, Typed, Visit
from proxyd.domain.errors import SignInFailed
from proxyd.domain.web_session import PASSWORD
from proxyd.service.accounts.web_sessions import BegunSession

PASSWORD_FIELD: Final = "confirm_password"  # noqa: S105 - a field's name
CODE_FIELD: Final = "confirm_code"
PASSKEY_FIELD: Final = Typed("confirm_passkey", ANSWER.longest, secret=True)
# Pressed on the page that asks: the device is to be asked, and its answer comes in PASSKEY_FIELD.
BY_PASSKEY: Final = "confirm_by_passkey"


def is_typed(form: Mapping[str, str]) -> bool:
    return PASSWORD_FIELD in form or PASSKEY_FIELD.name in form


def wants_passkey(form: Mapping[str, str]) -> bool:
    return BY_PASSKEY in form


async def asking_for_passkey(visit: Visit, path: str, fields: Mapping[str, str]) -> Show:
    """The page that asks the device; the answer goes to ``path`` with ``fields``, as typed."""
    passkeys = visit.services.passkeys
    if passkeys is None or not visit.account.passkeys:
        return Show("confirm.html", {"action": path, "fields": fields}, 401)
    field = PASSKEY_FIELD.name
    return await asking(visit, passkeys, path, field=field, fields=fields, account=visit.account)


async def confirmed(visit: Visit, form: Mapping[str, str]) -> BegunSession:
    """The session, a step further. Raises SignInFailed (WrongCode, CodesPaused), Busy."""
    session = visit.session
    assert session is not None
    services = visit.services
    account = session.account
    if PASSKEY_FIELD.name in form:
        factors = await _by_passkey(visit, form[PASSKEY_FIELD.name])
        return await services.sessions.prove(session, factors, by=visit.actor)
    password = form.get(PASSWORD_FIELD, "")
    proven = await services.accounts.sign_in(account.login, password, visit.origin)
    if proven.id != account.id:
        raise SignInFailed
    shown = [PASSWORD]
    if proven.second_factor:
        shown.append(
            await services.factors.check(account, form.get(CODE_FIELD, ""), by=visit.actor)
        )
    return await services.sessions.prove(session, shown, by=visit.actor)


async def _by_passkey(visit: Visit, answer: str) -> Sequence[str]:
    """What was shown by it. Raises SignInFailed."""
    if visit.services.passkeys is None:
        raise SignInFailed
    came = await visit.services.passkeys.finish_sign_in(
        answer, origin=visit.origin, asker=visit.asker, account=visit.account
    )
    return came.factors
