"""A mailbox's rules on arrival, each version as it was written. A new one moves the epoch on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from proxyd.domain.ports.rules import StoredRules
from proxyd.domain.types import Clock
from proxyd.store.epoch import bump_epoch
from proxyd.store.schema import rule_turns, rules


class RuleStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def newest(self, mailbox_id: int) -> StoredRules | None:
        return next(iter(self._found(mailbox_id, limit=1)), None)

    def history(self, mailbox_id: int) -> Sequence[StoredRules]:
        return self._found(mailbox_id)

    def _found(self, mailbox_id: int, limit: int | None = None) -> Sequence[StoredRules]:
        c = rules.c
        query = select(c.version, c.at_us, c.actor, c.text).where(c.mailbox_id == mailbox_id)
        rows = self._connection.execute(query.order_by(c.version.desc()).limit(limit))
        return [StoredRules(*row) for row in rows]

    def add(self, mailbox_id: int, actor: str, text: str) -> int:
        before = self.newest(mailbox_id)
        version = before.version + 1 if before else 1
        row = {"mailbox_id": mailbox_id, "version": version, "at_us": self._clock(),
               "actor": actor, "text": text}  # fmt: skip
        self._connection.execute(insert(rules).values(row))
        bump_epoch(self._connection)
        return version

    def last_given(self, mailbox_id: int) -> dict[str, int]:
        c = rule_turns.c
        query = select(c.rule, c.account_id).where(c.mailbox_id == mailbox_id)
        return {row.rule: row.account_id for row in self._connection.execute(query)}

    def give(self, mailbox_id: int, rule: str, account_id: int) -> None:
        c = rule_turns.c
        this = (c.mailbox_id == mailbox_id) & (c.rule == rule)
        self._connection.execute(delete(rule_turns).where(this))
        row = {"mailbox_id": mailbox_id, "rule": rule, "account_id": account_id}
        self._connection.execute(insert(rule_turns).values(row))
