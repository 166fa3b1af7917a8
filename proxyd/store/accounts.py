"""Accounts and their grants, as rows.

Must never check what a login or a name looks like: service/accounts/accounts.py does, once. Every
change moves the epoch on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from proxyd.domain.errors import AlreadyExists
from proxyd.domain.networks import Network, stored_networks
from proxyd.domain.types import Account, Clock, Right, Role
from proxyd.store.epoch import bump_epoch
from proxyd.store.prepared import Prepared
from proxyd.store.schema import accounts, conversations, grants
from proxyd.store.second_factors import passkeys_of, second_factor_of

# A further mailbox goes to the end of the folder tree; a known one keeps its place.
_NEXT = func.coalesce(func.max(grants.c.position) + literal_column("1"), literal_column("0"))
_INSERT_GRANT = sqlite.insert(grants).values(
    account_id=bindparam("account"),
    mailbox_id=bindparam("mailbox"),
    right=bindparam("to"),
    position=select(_NEXT).where(grants.c.account_id == bindparam("account")).scalar_subquery(),
)
_GRANT = Prepared(
    _INSERT_GRANT.on_conflict_do_update(
        index_elements=[grants.c.account_id, grants.c.mailbox_id],
        set_={"right": _INSERT_GRANT.excluded.right},
    )
)

# Whether there is a second factor is told by where it is kept, so that the two can't differ.
_PEOPLE = select(
    accounts,
    second_factor_of(accounts.c.id).label("second_factor"),
    passkeys_of(accounts.c.id).label("passkeys"),
)


class AccountStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def all(self) -> list[Account]:
        """By login."""
        granted: dict[int, dict[int, Right]] = {}
        ordered = select(grants).order_by(grants.c.account_id, grants.c.position)
        for row in self._connection.execute(ordered):
            granted.setdefault(row.account_id, {})[row.mailbox_id] = Right(row.right)
        rows = self._connection.execute(_PEOPLE.order_by(accounts.c.login))
        return [_account(row, granted.get(row.id, {})) for row in rows]

    def find(self, login: str) -> tuple[Account, str] | None:
        """The account and its password hash."""
        row = self._connection.execute(_PEOPLE.where(accounts.c.login == login)).first()
        if row is None:
            return None
        granted = self._connection.execute(
            select(grants.c.mailbox_id, grants.c.right)
            .where(grants.c.account_id == row.id)
            .order_by(grants.c.position)
        )
        rights = {mailbox_id: Right(right) for mailbox_id, right in granted}
        return _account(row, rights), row.password_hash

    def password_hashes(self) -> dict[int, str]:
        """By account id; whoever knows an old one sees that a password was changed."""
        rows = self._connection.execute(select(accounts.c.id, accounts.c.password_hash))
        return {row.id: row.password_hash for row in rows}

    def add(self, login: str, name: str, role: str, password_hash: str) -> Account:
        """Raises AlreadyExists."""
        values = {
            "login": login,
            "name": name,
            "role": role,
            "password_hash": password_hash,
            "disabled": False,
            "created_us": (now_us := self._clock()),
        }
        try:
            added = self._connection.execute(insert(accounts).values(values))
        except IntegrityError as error:
            raise AlreadyExists(login) from error
        bump_epoch(self._connection)
        assert added.inserted_primary_key is not None
        account_id: int = added.inserted_primary_key[0]
        return Account(
            account_id, login, name, Role(role), disabled=False, grants={}, created_us=now_us
        )

    def set_password(self, account_id: int, password_hash: str) -> None:
        self._set(account_id, password_hash=password_hash)

    def set_disabled(self, account_id: int, disabled: bool) -> None:  # noqa: FBT001 - as the port
        self._set(account_id, disabled=disabled)

    def set_away(self, account_id: int, until_us: int | None) -> None:
        self._set(account_id, away_until_us=until_us)

    def set_left(self, account_id: int, at_us: int | None) -> None:
        self._set(account_id, left_us=at_us)

    def set_name(self, account_id: int, name: str) -> None:
        self._set(account_id, name=name)

    def set_networks(self, account_id: int, networks: Sequence[Network]) -> None:
        self._set(account_id, networks=json.dumps([str(one) for one in networks]))

    def set_role(self, account_id: int, role: Role) -> None:
        self._set(account_id, role=str(role))

    def set_app_passwords_only(self, account_id: int, only: bool) -> None:  # noqa: FBT001
        self._set(account_id, app_passwords_only=only)

    def grant(self, account_id: int, mailbox_id: int, right: Right) -> None:
        values = {"account": account_id, "mailbox": mailbox_id, "to": int(right)}
        _GRANT.run(self._connection, [values])
        bump_epoch(self._connection)

    def revoke(self, account_id: int, mailbox_id: int) -> None:
        self._connection.execute(
            delete(grants).where(
                grants.c.account_id == account_id, grants.c.mailbox_id == mailbox_id
            )
        )
        bump_epoch(self._connection)

    def remove(self, account_id: int) -> None:
        """Its work becomes nobody's. The mailboxes may not be served at the moment: modseq 0 tells
        them later that flags have changed.
        """
        theirs = conversations.c.assignee_id == account_id
        self._connection.execute(
            update(conversations).where(theirs).values(assignee_id=None, modseq=0)
        )
        self._connection.execute(delete(accounts).where(accounts.c.id == account_id))
        bump_epoch(self._connection)

    def _set(self, account_id: int, **values: object) -> None:
        self._connection.execute(
            update(accounts).where(accounts.c.id == account_id).values(**values)
        )
        bump_epoch(self._connection)


def _account(row: Row[Any], granted: Mapping[int, Right]) -> Account:
    return Account(
        row.id,
        row.login,
        row.name,
        Role(row.role),
        row.disabled,
        granted,
        row.away_until_us,
        stored_networks(json.loads(row.networks)),
        row.app_passwords_only,
        row.left_us,
        bool(row.second_factor),
        bool(row.passkeys),
        row.created_us,
    )
