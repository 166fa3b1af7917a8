"""The installation a command works on: its settings, its store and the services for admins.

The same store as a running proxy's, from another process at the same time: what is changed here
takes effect there within a moment, because the proxy watches for it.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import typer

from proxyd import __version__
from proxyd.commands.console import note
from proxyd.commands.failure import Failed
from proxyd.commands.nearly import nearly
from proxyd.domain.errors import NotFound, ProxydError
from proxyd.domain.types import Origin
from proxyd.service.actor import Actor
from proxyd.settings import Settings
from proxyd.settings_file import read
from proxyd.settings_problem import SettingsError
from proxyd.store import running
from proxyd.store.damage import damage
from proxyd.store.database import Database
from proxyd.store.secrets import Keys, Sealer, load_master_key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Installation:
    settings: Settings
    store: Database
    sealer: Sealer
    keys: Keys
    actor: Actor


def now_us() -> int:
    """The clock, in microseconds since the epoch."""
    return time.time_ns() // 1000


def settings_of(config: Path | None) -> Settings:
    """Raises SettingsError."""
    loaded = read(config, os.environ)
    if loaded.problems:
        raise SettingsError(loaded.problems)
    for sentence in loaded.passed_over:
        note(sentence)
    return loaded.settings


def actor() -> Actor:
    """Who types: with sudo the person, not the user whose rights are borrowed."""
    try:
        user = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user without an entry, as in a container
        user = str(os.geteuid())
    return Actor(f"{user}@cli", Origin("cli", client=f"proxyd {__version__}"))


def master_key_of(settings: Settings) -> bytes:
    """Made on first use. Raises StoreUnavailable."""
    file = settings.secrets.master_key_file
    return load_master_key(settings.data_dir, file=file, database=settings.database)


def keys_of(settings: Settings) -> Keys:
    """Raises StoreUnavailable."""
    return Keys.of(master_key_of(settings))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Installation]:
    """Raises StoreUnavailable."""
    keys = keys_of(settings)
    store = Database(settings.database, keys=keys, clock=now_us)
    await store.open()
    try:
        yield Installation(settings, store, Sealer(keys), keys, actor())
    finally:
        await store.close()


@contextmanager
def stopped(settings: Settings) -> Iterator[None]:
    """For what only a stopped proxy allows; none can start meanwhile."""
    try:
        descriptor = running.lock(settings.data_dir)
    except running.AlreadyRunning:
        raise Failed(
            f"the proxy runs on {settings.data_dir}; stop it first: systemctl stop proxyd"
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)


def within(config: Path | None, work: Callable[[Installation], Awaitable[T]]) -> T:
    """Run ``work`` on the installation that ``config`` names.

    What should not happen is the database's fault where the database is damaged, and ours else.
    """
    settings = settings_of(config)

    async def run() -> T:
        async with opened(settings) as installation:
            try:
                return await work(installation)
            except NotFound as error:
                raise await nearly(installation.store, error) from None

    try:
        return asyncio.run(run())
    except (ProxydError, Failed, OSError, typer.Exit):
        raise
    except Exception as error:  # whatever failed: a damaged database is its likely cause
        if harm := damage(settings.database):
            raise harm from error
        raise
