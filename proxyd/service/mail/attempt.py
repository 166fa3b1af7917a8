"""What somebody tried and did not get is an access too: the one place that records it.

Use cases wrap what they do in ``attempt``; what succeeds they record themselves, in the transaction
that carries it out. Must never hide the error: it goes on to the edge once its record is durable.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Iterable, Mapping

from proxyd.domain.errors import Busy, CannotDo, ProxydError, Refused, StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database
from proxyd.service.mail.caller import Caller
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message

Attempt = contextlib.AbstractAsyncContextManager[None]

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@contextlib.asynccontextmanager
async def attempt(
    caller: Caller,
    store: Database,
    action: Action,
    view: str,
    *,
    room: Mailroom | None = None,
    messages: Iterable[Message] = (),
    detail: Mapping[str, object] | None = None,
) -> AsyncIterator[None]:
    """Record what is refused ("refused") or goes wrong ("failed") inside, for each message.

    ``messages`` is looked at when that happens. Raises what is raised inside; StoreUnavailable
    where it can not be recorded.
    """
    try:
        yield
    except StoreUnavailable:
        raise  # nothing was done, and nothing can be recorded
    except ProxydError as error:
        outcome = "refused" if _is_refusal(error) else "failed"
        facts = {**(detail or {}), "why": reason(error)}
        concerned: list[Message | None] = [*messages] or [None]
        records = [caller.record(action, room, view, m, outcome, facts) for m in concerned]
        await store.write(lambda tx: tx.log.append(records))
        raise


def _is_refusal(error: ProxydError) -> bool:
    return isinstance(error, Refused) and not isinstance(error, Busy)


def reason(error: ProxydError) -> str:
    """In one word, for the record: "already-taken", "holds-no-mail"."""
    if isinstance(error, CannotDo):
        return error.reason
    return _HUMP.sub("-", type(error).__name__).lower()
