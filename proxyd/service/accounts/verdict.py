"""May this person come in, and why not: decided in one transaction, with the record of it.

Must never tell anybody but the access log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proxyd.domain.app_passwords import AppPassword, digests_of, is_needed_for_mail
from proxyd.domain.events import Action
from proxyd.domain.networks import admits
from proxyd.domain.ports.database import Transaction
from proxyd.domain.roles import MAIL_DOORS, reads_mail
from proxyd.domain.types import Account, LogRecord, Origin, Right
from proxyd.domain.user_name import SigningIn

# Who knows the password and may send from nowhere is not let in there, and is told why: a door that
# opens onto nothing is one more place to try a stolen password at.
_SENDING_DOOR = "smtp"
NOTHING_TO_SEND_FROM = "nothing-to-send-from"
_NO_GRANT = "no-grant"
# Who has no mailbox at all and asks for one, as the sheet says, with the right password: told, or
# they would look for the fault in the password.
NO_MAILBOX = "no-mailbox"
# Who knows the password of a login that is not for mail is told so too.
READS_NO_MAIL = "reads-no-mail"
# Who knows a person's own password, where mail needs one that was made for a device: told too, or
# they would type it again and again.
NEEDS_APP_PASSWORD = "application-password-needed"  # noqa: S105 - a word for a reason
# An application password at a door that it is not for: as any wrong one.
_SCOPE = "scope"
# Nobody waited for the answer.
LEFT = "left"
# What only who has given the right password is told.
TOLD = (NOTHING_TO_SEND_FROM, READS_NO_MAIL, NEEDS_APP_PASSWORD, NO_MAILBOX)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` is "" for a sign-in that succeeds, else unknown, password, disabled, network (none
    of theirs), scope (of the application password), no-grant (for the mailbox that is asked for, be
    there one or not), no-mailbox (the same, of who has none), reads-no-mail (the role, at a mail
    door), application-password-needed, nothing-to-send-from, or left (before it was known).
    ``app_password``: the one that was given; None for the person's own.
    """

    account: Account | None
    password_hash: str
    reason: str
    app_password: AppPassword | None = None


def verdict_on(
    tx: Transaction,
    typed: SigningIn,
    verified: str | None,
    origin: Origin,
    same: Callable[[str | None, str], bool],
) -> Verdict:
    """``verified``: the hash of what was typed, if it was right; ``same``: of the same password?
    An application password is looked for here again: it may have been removed meanwhile.
    """
    found = tx.accounts.find(typed.login)
    if found is None:
        return Verdict(None, "", "unknown")
    account, password_hash = found
    app = app_password_of(tx, typed, account)
    if app is None and not same(verified, password_hash):  # wrong, or changed since it was checked
        return Verdict(account, password_hash, "password")
    return Verdict(account, password_hash, barred(tx, account, typed.mailbox, origin, app), app)


def app_password_of(
    tx: Transaction, typed: SigningIn, account: Account | None
) -> AppPassword | None:
    """The one that was typed, if it is this person's. What is looked up goes by what was typed
    alone: as much for a login that there is not.
    """
    found = tx.app_passwords.find(digests_of(typed.passwords))
    theirs = (one for one in found if account is not None and one.account_id == account.id)
    return next(theirs, None)


def barred(
    tx: Transaction, account: Account, mailbox: str, origin: Origin, app: AppPassword | None
) -> str:
    """The reason why even the right password does not let ``account`` in there; or "".

    ``app``: the application password; None for the person's own. Who has only the own one, where
    that opens no mail, does not get as far as to learn which mailboxes the person has.
    """
    if account.disabled:
        return "disabled"
    if not admits(account.networks, origin.address):
        return "network"
    if app is not None and not app.opens(origin.door):
        return _SCOPE
    if origin.door in MAIL_DOORS and (reason := _no_mail(account, app)):
        return reason
    if not _may_enter(tx, account, mailbox):
        return _NO_GRANT if account.grants else NO_MAILBOX
    may_send = any(right >= Right.RESPOND for right in account.grants.values())
    return NOTHING_TO_SEND_FROM if origin.door == _SENDING_DOOR and not may_send else ""


def _no_mail(account: Account, app: AppPassword | None) -> str:
    if not reads_mail(account):
        return READS_NO_MAIL
    return NEEDS_APP_PASSWORD if app is None and is_needed_for_mail(account) else ""


def _may_enter(tx: Transaction, account: Account, mailbox: str) -> bool:
    """``mailbox``: the name as it was typed; "" for all that the person has. One that there is not
    is looked for just as long as one of others.
    """
    if not mailbox:
        return True
    named = {box.id for box in tx.mailboxes.all() if box.name.lower() == mailbox.lower()}
    return not named.isdisjoint(account.grants)


def record_of(typed: SigningIn, origin: Origin, verdict: Verdict) -> LogRecord:
    """With the application password by its name and number: which device came in."""
    detail: dict[str, object] = {"reason": verdict.reason} if verdict.reason else {}
    if verdict.app_password is not None:
        detail["app_password"] = verdict.app_password.name
        detail["app_password_number"] = verdict.app_password.id
    return LogRecord(
        action=Action.LOGIN,
        outcome="refused" if verdict.reason else "ok",
        actor=typed.login,
        mailbox=typed.mailbox,
        origin=origin,
        detail=detail,
    )
