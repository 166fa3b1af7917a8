"""Where the log ends, and who says that it went on (service/audit/log_end.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.ports.access_log import LogFault
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.domain.types import Origin
from proxyd.service.actor import Actor
from proxyd.service.admin.restoring import Restoring
from proxyd.service.audit.audit import Audit
from proxyd.store.database import Database
from proxyd.store.log_anchor import AnchorFile
from proxyd.store.place import DatabasePlace
from tests.service.audit.test_audit import by_hand, filled

REVIEWER = Actor("rei", Origin("cli"))


@pytest.fixture
def keeper(tmp_path):
    return AnchorFile(tmp_path / "log-head")


@pytest.fixture
def restoring(database, keeper, clock, tmp_path):
    return Restoring(database, keeper, DatabasePlace(tmp_path), clock)


async def verified(database, keeper):
    return (await Audit(database, keeper).verify(by=REVIEWER)).fault


@pytest.fixture
async def cut(database, keeper, keys, clock):
    """Ten records, of which the last three are cut off while nobody has the database open."""
    await filled(database)
    await Audit(database, keeper).anchor()
    by_hand(database.file, "DELETE FROM log WHERE number > 7")
    await database.close()
    other = Database(database.file, keys=keys, clock=clock)
    await other.open()
    yield other
    await other.close()
    await database.open()


async def test_the_first_bad_record_is_the_same_however_often_somebody_asks(cut, keeper):
    for _ in range(6):  # goes past the one that the anchor saw
        assert await verified(cut, keeper) == LogFault("cut", 8)


async def test_what_was_found_of_a_cut_that_is_explained_says_nothing_of_another(
    cut, keeper, clock, tmp_path
):
    assert await verified(cut, keeper) == LogFault("cut", 8)
    restoring = Restoring(cut, keeper, DatabasePlace(tmp_path), clock)
    await restoring.finish(await restoring.take_in("", keeper.read(), by=REVIEWER))
    assert await verified(cut, keeper) is None
    keeper.write(Anchor(20, bytes(32)))
    assert await verified(cut, keeper) == LogFault("cut", 11)
    assert await verified(cut, keeper) == LogFault("cut", 11)


@pytest.mark.parametrize("started", [False, True])
async def test_a_head_that_is_gone_is_missed_where_a_proxy_has_kept_it(
    database, keeper, restoring, started
):
    if started:
        await restoring.at_start()
        assert keeper.read() == Anchor(*await database.read(lambda tx: tx.log.head()))
        keeper._file.unlink()
    await filled(database, 7)
    fault = LogFault("headless", 7) if started else None
    assert await verified(database, keeper) == fault
    assert await Audit(database).verify(by=REVIEWER), "who keeps none misses none"
    audit = Audit(database, keeper)
    assert await audit.anchor() == (LogFault("headless", 9) if started else None)
    assert await audit.anchor() is None, "told once, and made anew"
    assert await verified(database, keeper) is None


async def test_a_proxy_that_was_never_used_has_a_head_too(database, keeper, restoring):
    await restoring.at_start()
    assert await verified(database, keeper) is None
    keeper._file.unlink()
    await restoring.at_start()
    assert keeper.read() is None, "made at the very first start alone"
