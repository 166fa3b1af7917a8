"""Adding, listing, trying and removing webhooks: for the command line and the web.

Each change and its record in the access log are one transaction. The secret is made here, shown
once, and kept sealed under the master key. Who may call this is the caller's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.secrets import Sealer
from proxyd.domain.ports.webhooks import NoticePost, NotTaken
from proxyd.domain.types import Clock, SharedMailbox
from proxyd.domain.webhook import (
    MOST,
    NoticeKind,
    Webhook,
    made_secret,
    server_of,
    signed_fields,
    test_notice,
    url_problem,
)
from proxyd.service.actor import Actor


@dataclass(frozen=True, slots=True)
class NewSecret:
    """Of a webhook, shown this once."""

    webhook: Webhook
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListedWebhook:
    """``behind``: how many records of the log it may still be told of."""

    webhook: Webhook
    mailbox: str
    behind: int


class WebhookAdmin:
    def __init__(self, store: Database, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock

    async def all(self) -> list[ListedWebhook]:
        def listed(tx: Transaction) -> list[ListedWebhook]:
            names = {mailbox.id: mailbox.name for mailbox in tx.mailboxes.all()}
            head, _ = tx.log.head()
            return [
                ListedWebhook(each, names[each.mailbox_id], max(0, head - each.after))
                for each in tx.webhooks.all()
            ]

        return await self._store.read(listed)

    async def add(
        self, mailbox: str, url: str, kinds: Sequence[NoticeKind], *, by: Actor
    ) -> NewSecret:
        """It is told what happens from now on. ``kinds``: none means all. Raises BadInput,
        NotFound.
        """
        problem, remedy = url_problem(url)
        if problem:
            raise BadInput("URL", problem, remedy)
        ordered, secret = tuple(kinds) or tuple(NoticeKind), made_secret()

        def add(tx: Transaction) -> Webhook:
            found = _mailbox(tx, mailbox)
            there = [each for each in tx.webhooks.all() if each.mailbox_id == found.id]
            if any(each.url == url for each in there):
                raise BadInput("URL", "it is told of this mailbox already", "remove that one first")
            if len(there) >= MOST:
                raise BadInput("webhook", f"{found.name} has {MOST} already", "remove one first")
            head, _ = tx.log.head()
            # Sealed under its own number, which is known afterwards.
            made = tx.webhooks.add(found.id, url, ordered, b"", head)
            tx.webhooks.set_sealed(made.id, self._sealer.seal(secret, context_of(made.id)))
            facts = {"did": "webhook add", "webhook": made.id, "server": server_of(url)}
            facts["kinds"] = " ".join(made.kinds)
            tx.log.append([by.record(Action.ADMIN, facts, mailbox=found.name)])
            return made

        return NewSecret(await self._store.write(add), secret)

    async def new_secret(self, number: int, *, by: Actor) -> NewSecret:
        """The former one signs nothing any more; one that was given up is tried again. Raises
        NotFound.
        """
        secret = made_secret()

        def change(tx: Transaction, webhook: Webhook) -> None:
            tx.webhooks.set_sealed(webhook.id, self._sealer.seal(secret, context_of(webhook.id)))
            tx.webhooks.resume(webhook.id, None)

        return NewSecret(await self._change(number, "webhook secret", change, by), secret)

    async def remove(self, number: int, *, by: Actor) -> Webhook:
        """Raises NotFound."""

        def change(tx: Transaction, webhook: Webhook) -> None:
            tx.webhooks.remove(webhook.id)

        return await self._change(number, "webhook remove", change, by)

    async def resume(self, number: int, *, skip: bool, by: Actor) -> Webhook:
        """One that fails is tried at once, one that was given up again. ``skip``: what it was not
        told of it never is. Raises NotFound.
        """

        def change(tx: Transaction, webhook: Webhook) -> None:
            tx.webhooks.resume(webhook.id, tx.log.head()[0] if skip else None)

        return await self._change(number, "webhook resume", change, by, skip=skip)

    async def test(self, number: int, post: NoticePost) -> Webhook:
        """One notice of the type "test", now. Raises NotFound, NotTaken."""

        def read(tx: Transaction) -> tuple[Webhook, str, bytes | None]:
            webhook, mailbox = _found(tx, number)
            return webhook, mailbox, tx.webhooks.sealed(webhook.id)

        webhook, mailbox, sealed = await self._store.read(read)
        try:
            secret = self._sealer.open(sealed or b"", context_of(webhook.id))
        except ValueError as error:
            raise NotTaken("its secret is lost with the master key: make a new one") from error
        now_us = self._clock()
        notice = test_notice(mailbox, now_us)
        await post.post(webhook.url, signed_fields(notice, secret, now_us), notice.body)
        return webhook

    async def _change(
        self,
        number: int,
        did: str,
        change: Callable[[Transaction, Webhook], None],
        by: Actor,
        **detail: object,
    ) -> Webhook:
        def work(tx: Transaction) -> Webhook:
            webhook, mailbox = _found(tx, number)
            change(tx, webhook)
            facts = {"did": did, "webhook": webhook.id, "server": server_of(webhook.url), **detail}
            tx.log.append([by.record(Action.ADMIN, facts, mailbox=mailbox)])
            return webhook

        return await self._store.write(work)


def reseal_webhooks(tx: Transaction, before: Sealer, after: Sealer) -> None:
    """Under another master key. Raises ValueError for a secret that ``before`` does not open."""
    for webhook in tx.webhooks.all():
        context = context_of(webhook.id)
        secret = before.open(tx.webhooks.sealed(webhook.id) or b"", context)
        tx.webhooks.set_sealed(webhook.id, after.seal(secret, context))


def context_of(webhook_id: int) -> str:
    """What its sealed secret is bound to."""
    return f"secret of webhook {webhook_id}"


def _mailbox(tx: Transaction, name: str) -> SharedMailbox:
    found = tx.mailboxes.find(name)
    if found is None:
        raise NotFound("mailbox", name)
    return found


def _found(tx: Transaction, number: int) -> tuple[Webhook, str]:
    names = {mailbox.id: mailbox.name for mailbox in tx.mailboxes.all()}
    for webhook in tx.webhooks.all():
        if webhook.id == number:
            return webhook, names[webhook.mailbox_id]
    raise NotFound("webhook", str(number))
