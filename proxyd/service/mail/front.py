"""The way in: which mail a signed-in account may enter.

Implements ``api.Front``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from proxyd.domain.asker import works_for
from proxyd.domain.errors import NoSuchView, NotPermitted
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database
from proxyd.domain.types import Account, Origin, Right
from proxyd.domain.user_name import chosen_mailbox
from proxyd.service.mail.attempt import attempt
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.personal_mail import Counter, PersonalMail
from proxyd.service.mail.subscriptions import Subscriptions, SubscriptionsByAccount


class Front:
    def __init__(self, counters: Callable[[], Mapping[int, Counter]], store: Database) -> None:
        self._counters = counters  # by mailbox id; mailboxes come and go while the server runs
        self._store = store
        self._subscriptions = SubscriptionsByAccount()

    async def enter(self, account: Account, login: str, origin: Origin) -> PersonalMail:
        """See ``api.Front``. Raises NoSuchView, and NotPermitted for an account without any
        grant.
        """
        works_for(account.id)  # the session's task, and with it all its work upstream
        caller = Caller(account, origin)
        counters = self._counters()
        boxes = [counter.room.mailbox for counter in counters.values()]
        at = {address.lower(): box.name for box in boxes for address in box.addresses}
        chosen = chosen_mailbox(login, at)
        async with attempt(caller, self._store, Action.LOGIN, "", detail={"mailbox": chosen}):
            granted = [counters[id_] for id_ in account.grants if id_ in counters]
            if chosen:
                granted = [c for c in granted if c.room.mailbox.name.lower() == chosen.lower()]
                if not granted:
                    raise NoSuchView(chosen)
            if not granted:
                raise NotPermitted(Right.READ.word)
        return PersonalMail(caller, granted, await self._subscriptions_of(account.id))

    async def _subscriptions_of(self, account_id: int) -> Subscriptions:
        known = self._subscriptions.get(account_id)
        if known is not None:
            return known
        wishes = await self._store.read(lambda tx: dict(tx.mail.subscriptions(account_id)))
        # Another connection of the same person may have been faster.
        return self._subscriptions.setdefault(account_id, Subscriptions(wishes))
