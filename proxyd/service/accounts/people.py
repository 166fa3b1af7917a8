"""Who is who, for workflow and folder tree: the accounts by id and by login, as of the last
change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from proxyd.domain.types import Account


class People:
    def __init__(self, source: Callable[[], Iterable[Account]]) -> None:
        self._source = source
        self._by_id: dict[int, Account] = {}
        self._by_login: dict[str, Account] = {}
        self._ever: dict[int, str] = {}  # logins of all whom this process has known

    def refresh(self) -> None:
        """Take over what ``source`` says now."""
        accounts = list(self._source())
        self._by_id = {account.id: account for account in accounts}
        self._by_login = {account.login: account for account in accounts}
        self._ever.update({account.id: account.login for account in accounts})

    def all(self) -> Iterable[Account]:
        return self._by_id.values()

    def by_id(self, account_id: int) -> Account | None:
        return self._by_id.get(account_id)

    def by_login(self, login: str) -> Account | None:
        return self._by_login.get(login)

    def login_ever(self, account_id: int | None) -> str:
        """Also of an account that was removed since; "" for nobody."""
        return "" if account_id is None else self._ever.get(account_id, "")
