"""Webhooks as rows (domain/webhook.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from proxyd.domain.types import Clock
from proxyd.domain.webhook import NoticeKind, Webhook, kinds_of
from proxyd.store.schema import webhooks as t


class WebhookStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(
        self, mailbox_id: int, url: str, kinds: Sequence[NoticeKind], sealed: bytes, after: int
    ) -> Webhook:
        ordered, now_us = kinds_of(kinds), self._clock()
        values = {
            "mailbox_id": mailbox_id,
            "url": url,
            "kinds": " ".join(ordered),
            "sealed": sealed,
            "created_us": now_us,
            "after": after,
        }
        added = self._connection.execute(insert(t).values(values))
        assert added.inserted_primary_key is not None
        return Webhook(added.inserted_primary_key[0], mailbox_id, url, ordered, now_us, after)

    def all(self) -> list[Webhook]:
        return [_webhook(row) for row in self._connection.execute(select(t).order_by(t.c.id))]

    def sealed(self, webhook_id: int) -> bytes | None:
        return self._connection.scalar(select(t.c.sealed).where(t.c.id == webhook_id))

    def set_sealed(self, webhook_id: int, sealed: bytes) -> None:
        self._update(webhook_id, sealed=sealed)

    def remove(self, webhook_id: int) -> None:
        self._connection.execute(delete(t).where(t.c.id == webhook_id))

    def told(self, webhook_id: int, after: int, told_us: int | None) -> None:
        values: dict[str, object] = {"after": after, "failing_us": None, "failure": ""}
        if told_us is not None:
            values["told_us"] = told_us
        self._update(webhook_id, **values)

    def failed(self, webhook_id: int, since_us: int, failure: str, *, off: bool) -> None:
        self._update(webhook_id, failing_us=since_us, failure=failure, off=off)

    def resume(self, webhook_id: int, after: int | None) -> None:
        values: dict[str, object] = {"off": False, "failing_us": None, "failure": ""}
        if after is not None:
            values["after"] = after
        self._update(webhook_id, **values)

    def _update(self, webhook_id: int, **values: object) -> None:
        self._connection.execute(update(t).where(t.c.id == webhook_id).values(**values))


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        row.id,
        row.mailbox_id,
        row.url,
        kinds_of(row.kinds.split()),
        row.created_us,
        row.after,
        row.told_us,
        row.failing_us,
        row.failure,
        row.off,
    )
