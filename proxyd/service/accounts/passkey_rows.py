"""A person's passkeys inside a transaction: found by number, taken away; and how the log tells of
them.
"""

from __future__ import annotations

from proxyd.domain.errors import NotFound
from proxyd.domain.events import Action
from proxyd.domain.passkey import Passkey
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import Account
from proxyd.domain.web_session import PASSKEY
from proxyd.service.accounts.recovery_codes import forget_without_factor
from proxyd.service.accounts.web_sessions import end_web_sessions
from proxyd.service.actor import Actor


def chosen(tx: Transaction, account: Account, number: int) -> Passkey:
    """Raises NotFound for none of theirs."""
    for row in tx.passkeys.of(account.id):
        if row.passkey.id == number:
            return row.passkey
    raise NotFound("passkey", str(number))


def removed_passkey(
    tx: Transaction, account: Account, number: int, *, by: Actor, session: int | None = None
) -> Passkey:
    """On record, and with the recovery codes where it was the last factor. ``session``: the only
    web session that stays. Raises NotFound.
    """
    passkey = chosen(tx, account, number)
    tx.passkeys.remove(number)
    forget_without_factor(tx, account.id)
    end_web_sessions(tx, account, "second-factor", by, but=session)
    tx.log.append([by.record(Action.ADMIN, facts_of("removed", account.login, passkey))])
    return passkey


def facts_of(what: str, login: str, passkey: Passkey) -> dict[str, object]:
    """As second_factors.py tells an app's."""
    return {"did": f"second factor {what}", "login": login, "factor": PASSKEY, **which(passkey)}


def which(passkey: Passkey) -> dict[str, object]:
    return {"passkey": passkey.name, "passkey_number": passkey.id}
