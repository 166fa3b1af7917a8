"""Second factors as rows (ports.second_factors).

Must never see a secret in clear, nor a recovery code. That a person has a first factor, or none any
more, moves the epoch on: mail doors go by it (domain/app_passwords.is_needed_for_mail). A code that
is used does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)

from proxyd.domain.ports.second_factors import TotpRow
from proxyd.domain.second_factor import SecondFactor
from proxyd.store.epoch import bump_epoch
from proxyd.store.schema import passkeys, recovery_codes, totp


def second_factor_of(account_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The one place that says in SQL what ``SecondFactor.there`` says: whether that account has
    one. Whoever adds a kind of factor adds its table here.
    """
    confirmed = totp.c.confirmed_us.is_not(None)
    app = exists().where(totp.c.account_id == account_id, confirmed)
    return or_(app, passkeys_of(account_id))


def passkeys_of(account_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether that account has any."""
    return exists().where(passkeys.c.account_id == account_id)


class SecondFactorStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, account_id: int) -> SecondFactor:
        row = self.app(account_id)
        since_us = None if row is None else row.confirmed_us
        found = SecondFactor(since_us, passkeys=self._count(passkeys, account_id))
        if not found.there:
            return found
        return replace(found, recovery_codes=self._count(recovery_codes, account_id))

    def app(self, account_id: int) -> TotpRow | None:
        query = select(totp).where(totp.c.account_id == account_id)
        row = self._connection.execute(query).first()
        return None if row is None else _row(row)

    def set_app(self, account_id: int, row: TotpRow) -> None:
        before = self.of(account_id).there
        values = {"account_id": account_id, **asdict(row)}
        self._connection.execute(insert(totp).prefix_with("OR REPLACE"), values)
        if before != self.of(account_id).there:
            bump_epoch(self._connection)

    def apps(self) -> dict[int, TotpRow]:
        return {row.account_id: _row(row) for row in self._connection.execute(select(totp))}

    def set_recovery_codes(self, account_id: int, digests: Iterable[str]) -> None:
        self._forget_codes(account_id)
        values = [{"account_id": account_id, "digest": one} for one in digests]
        if values:
            self._connection.execute(insert(recovery_codes), values)

    def use_recovery_code(self, account_id: int, digest: str) -> bool:
        there = (recovery_codes.c.account_id == account_id) & (recovery_codes.c.digest == digest)
        return bool(self._connection.execute(delete(recovery_codes).where(there)).rowcount)

    def remove(self, account_id: int) -> None:
        self._connection.execute(delete(totp).where(totp.c.account_id == account_id))
        if not self.of(account_id).there:
            self._forget_codes(account_id)
        bump_epoch(self._connection)

    def _count(self, table: Table, account_id: int) -> int:
        theirs = select(func.count()).where(table.c.account_id == account_id)
        return self._connection.scalar(theirs) or 0

    def _forget_codes(self, account_id: int) -> None:
        theirs = recovery_codes.c.account_id == account_id
        self._connection.execute(delete(recovery_codes).where(theirs))


def _row(row: Row[Any]) -> TotpRow:
    return TotpRow(row.sealed, row.confirmed_us, row.last_step, row.failures, row.failed_us)
