"""For whom the work that runs now is done: a person's account, or nobody (the proxy itself).

A task inherits it from the one that made it, so what is set at the service's edge reaches the
connections to the provider through everything between, which need not know (decision 016). Only the
order of waiting depends on it. It must never decide what somebody may see: a wrong value costs
somebody a moment, and nothing else.
"""

from __future__ import annotations

from contextvars import ContextVar

_ASKER: ContextVar[int | None] = ContextVar("asker", default=None)


def works_for(account_id: int | None) -> None:
    """The running task, and those it makes from now on."""
    _ASKER.set(account_id)


def asker() -> int | None:
    return _ASKER.get()
