"""Another master key for a database that was made under one that is known, or lost.

One transaction: the database belongs to the new key, the access log is sealed and goes on under it,
and whatever the caller seals anew is sealed. Nobody may have the database open.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from proxyd.domain.types import Clock, LogRecord
from proxyd.store.engine import (
    DATABASE_ERRORS,
    reading_engine,
    trouble,
    use_write_ahead_log,
    writing_engine,
)
from proxyd.store.group_notes import begin_notes
from proxyd.store.log_seal import sealed_now
from proxyd.store.migrations import upgrade
from proxyd.store.schema import meta
from proxyd.store.secrets import KEY_CHECK, Keys
from proxyd.store.transaction import Transaction


def fits(file: Path, keys: Keys) -> bool | None:
    """Whether the database was made under them; None where nothing says so yet."""
    if not file.exists():
        return None
    engine = reading_engine(file)
    try:
        with engine.connect() as connection:
            stored = connection.scalar(select(meta.c.value).where(meta.c.key == KEY_CHECK))
    except DATABASE_ERRORS as error:
        meant = trouble(error, file)
        if meant is None:
            raise
        raise meant from error
    finally:
        engine.dispose()
    return None if stored is None else hmac.compare_digest(stored, keys.check.hex())


def rekeyed(
    file: Path,
    new: Keys,
    clock: Clock,
    record: Callable[[Mapping[str, object]], LogRecord],
    work: Callable[[Transaction], None],
) -> None:
    """``record`` gets what is to stand in it. Raises StoreUnavailable."""
    engine = writing_engine(file)
    try:
        with engine.connect() as connection:
            use_write_ahead_log(connection)
            upgrade(connection)
            with connection.begin():
                _rekey(connection, new, clock, record, work)
    except DATABASE_ERRORS as error:
        meant = trouble(error, file)
        if meant is None:
            raise
        raise meant from error
    finally:
        engine.dispose()


def _rekey(
    connection: Connection,
    new: Keys,
    clock: Clock,
    record: Callable[[Mapping[str, object]], LogRecord],
    work: Callable[[Transaction], None],
) -> None:
    begin_notes(connection)
    sealed = sealed_now(connection)
    connection.execute(delete(meta).where(meta.c.key == KEY_CHECK))
    connection.execute(insert(meta).values(key=KEY_CHECK, value=new.check.hex()))
    tx = Transaction(connection, keys=new, clock=clock)
    tx.log.append([record(sealed.detail())])
    work(tx)
