"""What commands and pages order of conversations, carried out by whoever serves the mailbox.

The truth of a mailbox is in the memory of the process that serves it: an order is carried out
there, or, while none serves, by the command itself (``carried_out``). A refusal is an outcome too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict

from proxyd.domain.errors import BadInput, ProxydError
from proxyd.domain.ports.database import Database
from proxyd.domain.ports.orders import Order, Outcome, Wanted
from proxyd.domain.types import Clock
from proxyd.service.mail.personal_mail import Counter
from proxyd.service.mailbox.assigning import assign
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.holding import hold
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.parting import join, split

_log = logging.getLogger(__name__)

# Who ordered it has given up long before: what nobody waits for is not done days later.
FRESH_US = 60_000_000


async def carried_out(room: Mailroom, wanted: Wanted) -> Outcome:
    """Raises StoreUnavailable; what else goes wrong is in the outcome."""
    by = By(wanted.by, wanted.origin)
    try:
        if wanted.message_id:
            outcome = Outcome(**asdict(await split(room, wanted.message_id, by)))
        elif wanted.hold:
            outcome = Outcome(wanted.one, until_us=await hold(room, wanted.one, wanted.until, by))
        elif wanted.assign:
            outcome = Outcome(await assign(room, wanted.one, wanted.to, by))
        else:
            outcome = Outcome(**asdict(await join(room, wanted.one, wanted.other, by)))
    except BadInput as error:
        return Outcome(refused=(error.what, error.problem, error.instead))
    except ProxydError as error:
        return Outcome(failed=str(error))
    except Exception as error:  # noqa: BLE001 - the boundary: an order must not stop the rest
        _log.exception("an order of the command line failed")
        return Outcome(failed=type(error).__name__)
    return outcome


class Orders:
    def __init__(
        self, store: Database, counters: Callable[[], Mapping[int, Counter]], clock: Clock
    ) -> None:
        """``counters`` are the mailboxes that are served, by number."""
        self._store = store
        self._counters = counters
        self._clock = clock

    async def carry_out(self) -> None:
        """All that wait. Raises StoreUnavailable, Busy."""
        for order in await self._store.read(lambda tx: tx.orders.waiting()):
            await self._one(order)

    async def _one(self, order: Order) -> None:
        counter = self._counters().get(order.mailbox_id)
        if counter is None or self._clock() - order.at_us > FRESH_US:
            await self._store.write(lambda tx: tx.orders.withdraw(order.number))
        else:
            outcome = await carried_out(counter.room, order.wanted)
            await self._store.write(lambda tx: tx.orders.done(order.number, outcome))
