"""An admin ends whatever a person has open: mail programs and browsers. It shuts nobody out: a mail
program comes again with the password that it has kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.domain.errors import NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.web_sessions import end_web_sessions
from proxyd.service.actor import Actor


@dataclass(frozen=True, slots=True)
class Ended:
    mail: int
    web: int


class SessionEnding:
    def __init__(self, store: Database, accounts: Accounts) -> None:
        """``accounts``: of the process that has the doors for mail."""
        self._store = store
        self._accounts = accounts

    def mail_sessions(self, account: Account) -> int:
        """How many are open now."""
        return self._accounts.sessions().get(account.id, 0)

    async def end_all(self, login: str, *, by: Actor, but: int | None = None) -> Ended:
        """``but``: a web session that stays, that of who asks. On record before they end. Raises
        NotFound.
        """
        login = login.strip().lower()

        def work(tx: Transaction) -> tuple[Account, int]:
            found = tx.accounts.find(login)
            if found is None:
                raise NotFound("user", login)
            account = found[0]
            web = end_web_sessions(tx, account, "ended", by, but=but)
            facts = {"did": "user sessions ended", "login": login, "web": web}
            facts |= {"mail": self._accounts.sessions().get(account.id, 0)}
            tx.log.append([by.record(Action.ADMIN, facts)])
            return account, web

        account, web = await self._store.write(work)
        return Ended(self._accounts.end_of(account.id, "ended"), web)
