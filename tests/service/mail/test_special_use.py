"""CREATE for a special use: where the provider keeps it, and once per use (RFC 6154 §3)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import UnknownSpecial
from proxyd.service.api.folder_tree import Special
from tests.service.conftest import World


async def test_a_provider_that_keeps_the_use(world: World) -> None:
    world.upstream.words = frozenset({"IMAP4REV1", "CREATE-SPECIAL-USE"})
    del world.upstream.folders["Archive"]
    await world.sync.list_anew()
    anna = await world.enter("anna")
    made = await anna.create("Old mail", Special.ARCHIVE)
    assert made == (await anna.counts("Old mail")).mailbox_id
    assert {v.name: v.special for v in anna.views()}["Old mail"] is Special.ARCHIVE


async def test_a_second_folder_for_the_same_use_is_refused(world: World) -> None:
    world.upstream.words = frozenset({"IMAP4REV1", "CREATE-SPECIAL-USE"})
    anna = await world.enter("anna")
    with pytest.raises(UnknownSpecial):
        await anna.create("Sent too", Special.SENT)
    assert "Sent too" not in world.upstream.folders


async def test_a_provider_that_can_not_keep_it(world: World) -> None:
    del world.upstream.folders["Archive"]
    await world.sync.list_anew()
    anna = await world.enter("anna")
    with pytest.raises(UnknownSpecial):
        await anna.create("Old mail", Special.ARCHIVE)
    assert "Old mail" not in world.upstream.folders
    (last,) = await world.log(action="folder", newest_first=True, limit=1)
    assert (last.record.outcome, last.record.detail["why"]) == ("refused", "unknown-special")


async def test_an_id_stays_through_rename_and_is_new_after_delete(world: World) -> None:
    mara = await world.enter("mara")
    first = await mara.create("Orders")
    await mara.rename("Orders", "Old orders")
    assert (await mara.counts("Old orders")).mailbox_id == first
    await mara.delete("Old orders")
    assert await mara.create("Orders") != first
