"""Quota as the provider tells it, under names that do not collide (RFC 9208)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import CannotDo, NoSuchView, UpstreamUnavailable
from proxyd.domain.ports.upstream_rows import UpstreamQuota
from proxyd.domain.types import Right
from proxyd.service.api.quota import QuotaResource, QuotaRoot
from tests.service.conftest import World

USER = UpstreamQuota("User", (("STORAGE", 10, 512), ("MESSAGE", 2, 100)))
TOLD = (QuotaResource("STORAGE", 10, 512), QuotaResource("MESSAGE", 2, 100))


async def test_a_folder_s_roots_in_real_and_virtual_folders(world: World) -> None:
    world.upstream.quotas = {"INBOX": [USER], "Archive": [UpstreamQuota("", ())]}
    anna = await world.enter("anna")
    assert await anna.quota("INBOX") == [QuotaRoot("support/User", TOLD)]
    assert await anna.quota("Archive") == [QuotaRoot("support", ())]
    assert await anna.quota("Status/Open") == [QuotaRoot("support/User", TOLD)]
    assert await anna.quota("Status") == [QuotaRoot("support/User", TOLD)]
    assert await anna.quota("Sent") == []


async def test_a_root_by_its_name(world: World) -> None:
    world.upstream.quotas = {"INBOX": [USER]}
    anna = await world.enter("anna")
    assert await anna.quota_root("support/User") == QuotaRoot("support/User", TOLD)
    for name in ("User", "support", "support/", "sales/User", ""):
        with pytest.raises(CannotDo, match="no-quota-root"):
            await anna.quota_root(name)


async def test_two_mailboxes_with_the_same_root(world: World) -> None:
    sales = await world.second("sales")
    world.upstream.quotas = {"INBOX": [USER]}
    sales.upstream.quotas = {"INBOX": [UpstreamQuota("User", (("STORAGE", 1, 2),))]}
    await world.grant("anna", sales.mailbox, Right.READ)
    anna, ben = await world.enter("anna"), await world.enter("ben")
    assert [one.name for one in await anna.quota("Shared/sales/INBOX")] == ["sales/User"]
    assert (await anna.quota_root("sales/User")).resources == (QuotaResource("STORAGE", 1, 2),)
    assert await anna.quota("Shared") == []
    # Ben has no grant: the same answers as for what does not exist, and nobody is asked.
    before = sales.upstream.calls["quota"]
    with pytest.raises(CannotDo, match="no-quota-root"):
        await ben.quota_root("sales/User")
    with pytest.raises(NoSuchView):
        await ben.quota("Shared/sales/INBOX")
    assert sales.upstream.calls["quota"] == before


async def test_a_provider_that_is_down_is_told_as_that(world: World) -> None:
    anna = await world.enter("anna")
    world.upstream.down = True
    with pytest.raises(UpstreamUnavailable):
        await anna.quota("INBOX")
    (last,) = await world.log(action="select", newest_first=True, limit=1)
    assert (last.record.outcome, last.record.detail["what"]) == ("failed", "quota")
