"""Showing once more who one is, in place of the answer, before what concerns signing in is changed.

The password goes the way of every password: same queue, same pauses, same record (Accounts).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.page import Asked
from proxyd.domain.errors import SignInFailed
from proxyd.domain.web_session import PASSWORD
from proxyd.service.accounts.web_sessions import BegunSession

PASSWORD_FIELD: Final = "confirm_password"  # noqa: S105 - a field's name
CODE_FIELD: Final = "confirm_code"


def is_typed(form: Mapping[str, str]) -> bool:
    return PASSWORD_FIELD in form


async def confirmed(asked: Asked, form: Mapping[str, str]) -> BegunSession:
    """The session, a step further. Raises SignInFailed (WrongCode, CodesPaused), Busy."""
    session = asked.session
    assert session is not None
    services = asked.services
    account = session.account
    password = form.get(PASSWORD_FIELD, "")
    proven = await services.accounts.sign_in(account.login, password, asked.origin)
    if proven.id != account.id:
        raise SignInFailed
    shown = [PASSWORD]
    if proven.second_factor:
        shown.append(
            await services.factors.check(account, form.get(CODE_FIELD, ""), by=asked.actor)
        )
    return await services.sessions.prove(session, shown, by=asked.actor)
