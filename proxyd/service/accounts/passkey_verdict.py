"""Does a passkey that was rightly used let its owner in: decided in one transaction, with the
record of it.

Must never tell anybody but the access log why not.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from proxyd.domain.events import Action
from proxyd.domain.passkey import Passkey, PasskeyFault, went_back
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.passkeys import Claimed, PasskeyRow
from proxyd.domain.types import Account, LogRecord, Origin
from proxyd.domain.web_session import PASSKEY
from proxyd.service.accounts.passkey_rows import which
from proxyd.service.accounts.verdict import barred

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CameIn:
    """``factors``: what was shown, as a web session is told it. A passkey is two at once: the
    device, and what it recognised the person by.
    """

    account: Account
    passkey: Passkey
    factors: tuple[str, ...] = (PASSKEY,)

    def still(self, tx: Transaction) -> bool:
        """In a later transaction: it was not taken away meanwhile."""
        return any(row.passkey.id == self.passkey.id for row in tx.passkeys.of(self.account.id))


@dataclass(frozen=True, slots=True)
class Signed:
    """Rightly signed. ``account``: who must have given it; None: whoever it is."""

    claimed: Claimed
    counter: int
    origin: Origin
    action: Action
    account: Account | None


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Why, as the log has it. ``login``: of whom it would have let in; "" where nobody is known by
    it. ``counters``: the one kept and the one told, where that went back.
    """

    reason: str
    login: str
    counters: tuple[int, int] | None = None

    def tell(self) -> None:
        """What an admin has to hear at once; for when it is recorded."""
        if self.counters is not None:
            _log.warning(
                "the counter of a passkey of %s went back from %s to %s: its key may have been "
                "copied; have it removed and made anew. See: proxyd audit search --action alarm",
                *(self.login, *self.counters),
            )


def judged(tx: Transaction, answer: Signed) -> CameIn | KeptOut:
    """May whoever signed this come in? All is looked at again: a moment has passed."""
    found = tx.passkeys.find(answer.claimed.credential)
    if found is None:
        login = answer.account.login if answer.account is not None else ""
        gone = PasskeyFault.UNKNOWN
        tx.log.append([refusal_of(login, answer.origin, answer.action, gone, login)])
        return KeptOut(gone, login)
    row, login = found
    there = tx.accounts.find(login)
    assert there is not None  # the row goes with the person
    account = there[0]
    if reason := _barred(tx, row, account, answer):
        actor = answer.account.login if answer.account is not None else login
        told = refusal_of(actor, answer.origin, answer.action, reason, actor)
        if reason != PasskeyFault.OWNER:  # what others call their devices is theirs
            told = replace(told, detail={**told.detail, **which(row.passkey)})
        tx.log.append([told])
        if reason != PasskeyFault.COUNTER:
            return KeptOut(reason, actor)
        _alarm(tx, row, login, answer)
        return KeptOut(reason, actor, (row.counter, answer.counter))
    tx.passkeys.used(row.passkey.id, answer.counter, answer.origin)
    facts = {"login": login, "factor": PASSKEY, **which(row.passkey)}
    tx.log.append(
        [LogRecord(action=answer.action, actor=login, origin=answer.origin, detail=facts)]
    )
    return CameIn(account, row.passkey)


def _barred(tx: Transaction, row: PasskeyRow, account: Account, answer: Signed) -> str:
    """Why this passkey does not let its owner in there; or ""."""
    if answer.account is not None and answer.account.id != account.id:
        return PasskeyFault.OWNER
    # WebAuthn §7.2, step 6: who names nobody must be named by the device.
    handle = answer.claimed.handle
    named = handle == tx.passkeys.handle(account.id)
    if not named and not (handle is None and answer.account is not None):
        return PasskeyFault.OWNER
    if reason := barred(tx, account, "", answer.origin, None):
        return reason
    return PasskeyFault.COUNTER if went_back(row.counter, answer.counter) else ""


def _alarm(tx: Transaction, row: PasskeyRow, login: str, answer: Signed) -> None:
    facts = {
        "what": "passkey-counter-back",
        **which(row.passkey),
        "kept": row.counter,
        "told": answer.counter,
    }
    tx.log.append([LogRecord(action=Action.ALARM, actor=login, origin=answer.origin, detail=facts)])


def refusal_of(actor: str, origin: Origin, action: Action, reason: str, login: str) -> LogRecord:
    facts: dict[str, object] = {"factor": PASSKEY, "reason": str(reason)}
    if login:
        facts["login"] = login
    return LogRecord(
        action=action, outcome="refused", actor=actor.lower(), origin=origin, detail=facts
    )
