"""Whether what was asked for is known at all (service/audit/known.py), as the commands ask."""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.commands.installation import Installation
from proxyd.domain.errors import BadInput
from proxyd.domain.nearly import instead_of
from proxyd.domain.ports.access_log import LogQuery
from proxyd.service.audit.known import logins_of, nobody, require_known


async def check_asked(at: Installation, query: LogQuery) -> None:
    """Raises BadInput for a person, mailbox, mail or conversation that nobody has heard of."""
    await require_known(at.store, query)


async def check_listed(
    at: Installation, status: str | None, assignee: str | None, statuses: Iterable[str]
) -> None:
    """The same for a list of conversations."""
    if status is not None and status not in (known := list(statuses)):
        instead = instead_of(status, known, f"write one of: {', '.join(known)}")
        raise BadInput("--status", f"there is no status {status!r}", instead)
    if assignee:
        logins = await at.store.read(logins_of)
        if assignee not in logins:
            raise nobody("--assignee", assignee, logins)
