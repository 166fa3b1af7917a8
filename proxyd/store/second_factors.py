"""Second factors as rows (ports.second_factors).

Must never see a secret in clear, nor a recovery code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, select

from proxyd.domain.ports.second_factors import TotpRow
from proxyd.domain.second_factor import SecondFactor
from proxyd.store.schema import passkeys, recovery_codes, totp


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
        values = {"account_id": account_id, **asdict(row)}
        self._connection.execute(insert(totp).prefix_with("OR REPLACE"), values)

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

    def remove_app(self, account_id: int) -> None:
        self._connection.execute(delete(totp).where(totp.c.account_id == account_id))

    def _count(self, table: Table, account_id: int) -> int:
        theirs = select(func.count()).where(table.c.account_id == account_id)
        return self._connection.scalar(theirs) or 0

    def _forget_codes(self, account_id: int) -> None:
        theirs = recovery_codes.c.account_id == account_id
        self._connection.execute(delete(recovery_codes).where(theirs))


def _row(row: Row[Any]) -> TotpRow:
    return TotpRow(row.sealed, row.confirmed_us, row.last_step, row.failures, row.failed_us)
