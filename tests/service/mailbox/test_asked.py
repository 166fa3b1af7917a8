"""What is asked under which UIDs stays so, whatever becomes of the folder meanwhile."""

from __future__ import annotations

from proxyd.service.mailbox.asked import asked_of
from tests.service.conftest import World, mail


async def test_the_uids_stay_those_that_were_asked(world: World) -> None:
    for name in ("a@x", "b@x"):
        world.upstream.deliver(mail(name))
    await world.synced()
    folder = world.room.state.folder_named("INBOX")
    assert folder is not None
    one, two = folder.by_uid[1], folder.by_uid[2]
    asked = asked_of(folder, [one, two])
    box = world.upstream.folders["INBOX"]
    box.uidvalidity, box.mails = 99, {1: box.mails[2], 2: box.mails[1]}
    await world.synced()
    assert (one.uid, two.uid, folder.uidvalidity) == (2, 1, 99)
    assert (asked.uidvalidity, asked.uids) == (1, [1, 2])
    assert asked.messages == {1: one, 2: two}
    assert asked.numbers == {one: 1, two: 2}
    assert asked.key(2) == (folder.id, 1, 2)


async def test_what_is_gone_has_no_uid_any_more(world: World) -> None:
    """Its old one may be another mail's by now."""
    for name in ("a@x", "b@x"):
        world.upstream.deliver(mail(name))
    await world.synced()
    folder = world.room.state.folder_named("INBOX")
    assert folder is not None
    one, two = folder.by_uid[1], folder.by_uid[2]
    box = world.upstream.folders["INBOX"]
    box.uidvalidity, box.mails = 99, {1: box.mails[2]}
    await world.synced()
    assert one.uid == two.uid == 1
    assert asked_of(folder, [one, two]).messages == {1: two}
