"""What each command about people needs: the accounts, opened, and who types."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from typing import TypeVar

from proxyd.commands.console import Config, note
from proxyd.commands.installation import Installation, within
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.password_checks import PasswordChecks
from proxyd.store.passwords import PasswordHasher

T = TypeVar("T")


def with_admin(config: Config, work: Callable[[AccountAdmin, Installation], Awaitable[T]]) -> T:
    async def run(installation: Installation) -> T:
        checks = PasswordChecks(PasswordHasher(**installation.settings.passwords.parameters))
        try:
            return await work(AccountAdmin(installation.store, checks), installation)
        finally:
            checks.close()

    return within(config, run)


def lessen(config: Config, work: Callable[[AccountAdmin, Installation], Awaitable[T]]) -> T:
    """What may take away the last one who can approve what waits: that is said."""

    async def run(admin: AccountAdmin, at: Installation) -> tuple[T, dict[str, int]]:
        before = await admin.without_approver()
        done = await work(admin, at)
        after = await admin.without_approver()
        return done, {name: count for name, count in after.items() if name not in before}

    done, orphaned = with_admin(config, run)
    for name, count in orphaned.items():
        waiting = f"{count} waiting now" if count else "none at the moment"
        note(
            f"{name}: mails wait for approval there ({waiting}), and nobody is left who can give "
            f"it; give the right with: proxyd user grant LOGIN {shlex.quote(name)}:manage"
        )
    return done
