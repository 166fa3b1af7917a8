"""$replying: a draft that answers shows to colleagues and holds what nobody has, until it goes."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.replying import SHOWN_US
from proxyd.domain.types import Right
from proxyd.domain.workflow import REPLYING
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.parting import join, split
from proxyd.service.mailbox.replying import stage_expired
from tests.service.conftest import World, appended, mail

CUSTOMER = "c@example.com"


async def asked(world: World) -> None:
    world.upstream.deliver(mail("m1@x", sender=CUSTOMER))
    await world.synced()


def draft(message_id: str, answers: str = "m1@x") -> bytes:
    return mail(message_id, sender="support@example.test", answers=answers)


async def writes(world: World, login: str = "anna", message_id: str = "d1@us") -> None:
    await appended(await world.enter(login), "Drafts", draft(message_id), "\\Draft")


async def throws_away(world: World, login: str, message_id: str) -> None:
    view, _ = await world.open(login, "Drafts")
    (message,) = world.room.state.by_message_id[message_id]
    assert message.folder.view is not None
    uid = message.views[message.folder.view]
    await view.store([uid], FlagMode.ADD, ["\\Deleted"])
    await view.expunge([uid])


async def shown(world: World, login: str, message_id: str = "m1@x") -> set[str]:
    view, _ = await world.open(login)
    (message,) = world.room.state.by_message_id[message_id]
    facts = view.facts(message.views[world.room.state.folder_named("INBOX").view])  # type: ignore[union-attr, index]
    assert facts is not None
    return {flag for flag in facts.flags if flag.startswith("$")}


ANNAS, NOBODYS = "$assignee-anna", {"$status-open"}


async def test_it_shows_to_colleagues_and_claims(world: World) -> None:
    await asked(world)
    view, told = await world.open("ben")
    told.told.clear()
    await writes(world)
    assert told.told == [("changed", [1])]
    assert await shown(world, "ben") == {"$status-open", REPLYING, ANNAS}
    assert await shown(world, "anna") == {"$status-open", ANNAS}
    assert REPLYING in view.keywords
    anna = world.team.by_login("anna")
    assert len(world.room.state.views["assignee", str(anna.id)].uids) == 1  # type: ignore[union-attr]
    (entry,) = [e.record for e in await world.log(action="claim")]
    assert (entry.actor, entry.detail["by"]) == ("anna", "replying")


async def test_with_the_draft_the_claim_goes(world: World) -> None:
    await asked(world)
    await writes(world)
    await throws_away(world, "anna", "d1@us")
    assert await shown(world, "ben") == NOBODYS
    (entry,) = [e.record for e in await world.log(action="release")]
    assert (entry.actor, entry.detail["by"]) == ("", "reply-gone")


async def test_whoever_removes_it(world: World) -> None:
    """Webmail, say."""
    await asked(world)
    await writes(world)
    world.upstream.folders["Drafts"].mails.clear()
    await world.sync.sync_folder(world.room.state.special_folder("\\drafts"))  # type: ignore[arg-type]
    assert await shown(world, "ben") == NOBODYS


@pytest.mark.parametrize("restarts", [False, True])
async def test_saved_anew_it_stays_and_the_time_begins_anew(
    world: World, *, restarts: bool
) -> None:
    """Clients store the new draft, and then take the old one away."""
    await asked(world)
    await writes(world)
    world.clock.advance(us=SHOWN_US - 1)
    await writes(world, message_id="d2@us")
    await throws_away(world, "anna", "d1@us")
    assert not await world.log(action="release")
    if restarts:
        await world.restart()
    world.clock.advance(us=SHOWN_US - 1)
    await world.room.change(lambda change: stage_expired(world.room, change))
    assert await shown(world, "ben") == {"$status-open", REPLYING, ANNAS}
    world.clock.advance(us=1)
    await world.room.change(lambda change: stage_expired(world.room, change))
    assert await shown(world, "ben") == NOBODYS


async def test_nobody_waits_for_it_to_end(world: World) -> None:
    await asked(world)
    naps: list[float] = []

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        world.clock.advance(seconds=seconds)

    task = asyncio.create_task(world.replying.run(sleep))
    await writes(world)
    async with asyncio.timeout(30):
        while await shown(world, "ben") != NOBODYS:
            await asyncio.sleep(0.001)
    assert sum(naps) == SHOWN_US / 1_000_000
    task.cancel()


async def test_what_ended_while_nobody_ran_ends_at_the_start(world: World) -> None:
    await asked(world)
    await writes(world)
    world.clock.advance(us=SHOWN_US)
    await world.restart()
    task = asyncio.create_task(world.replying.run())
    async with asyncio.timeout(30):
        while await shown(world, "ben") != NOBODYS:
            await asyncio.sleep(0.001)
    task.cancel()


@pytest.mark.parametrize("words", [[ANNAS], ["$status-checking"]])
async def test_who_sets_anything_keeps_it(world: World, words: list[str]) -> None:
    await asked(world)
    await writes(world)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, words)
    await throws_away(world, "anna", "d1@us")
    assert ANNAS in await shown(world, "ben")
    assert REPLYING not in await shown(world, "ben")


async def test_what_somebody_has_is_nobodys_to_release(world: World) -> None:
    await asked(world)
    ben, _ = await world.open("ben")
    await ben.store([1], FlagMode.ADD, ["$assignee-ben"])
    await writes(world)
    assert await shown(world, "ben") == {"$status-open", REPLYING, "$assignee-ben"}
    await throws_away(world, "anna", "d1@us")
    assert await shown(world, "anna") == {"$status-open", "$assignee-ben"}


async def test_given_to_another_and_back_it_is_no_drafts_claim(world: World) -> None:
    await asked(world)
    await writes(world)
    await world.grant("mara", world.mailbox, Right.MANAGE)
    mara, _ = await world.open("mara")
    for word in ("$assignee-ben", ANNAS):
        await mara.store([1], FlagMode.ADD, [word])
    await throws_away(world, "anna", "d1@us")
    assert ANNAS in await shown(world, "ben")


async def test_of_two_who_write_the_other_one_gets_it(world: World) -> None:
    await asked(world)
    await writes(world)
    await writes(world, "ben", "d2@us")
    assert await shown(world, "anna") == {"$status-open", REPLYING, ANNAS}
    assert await shown(world, "mara") == {"$status-open", REPLYING, ANNAS}
    await throws_away(world, "anna", "d1@us")
    assert await shown(world, "mara") == {"$status-open", REPLYING, "$assignee-ben"}
    assert await shown(world, "ben") == {"$status-open", "$assignee-ben"}
    await throws_away(world, "ben", "d2@us")
    assert await shown(world, "mara") == NOBODYS


@pytest.mark.parametrize("answers", ["", "nobody-knows@x"])
async def test_a_draft_that_answers_nothing_here_is_nobodys_business(
    world: World, answers: str
) -> None:
    await asked(world)
    await appended(await world.enter("anna"), "Drafts", draft("d1@us", answers), "\\Draft")
    assert await shown(world, "ben") == NOBODYS
    assert not len(world.room.state.replies)


async def test_joined_and_split_it_is_with_its_draft(world: World) -> None:
    await asked(world)
    world.upstream.deliver(mail("m2@x", sender=CUSTOMER))
    await world.synced()
    await writes(world)
    world.upstream.deliver(mail("m3@x", sender=CUSTOMER, answers="m1@x> <m2@x"))
    await world.synced()
    for id_ in ("m1@x", "m2@x", "m3@x"):
        assert await shown(world, "ben", id_) == {"$status-open", REPLYING, ANNAS}
    await throws_away(world, "anna", "d1@us")
    assert await shown(world, "ben", "m2@x") == NOBODYS


async def branched(world: World) -> None:
    """The customer's second mail is to be split off."""
    await asked(world)
    world.upstream.deliver(mail("m2@x", sender=CUSTOMER, answers="m1@x"))
    await world.synced()


@pytest.mark.parametrize(("answers", "apart"), [("m2@x", "m1@x"), ("m1@x", "m2@x")])
async def test_split_the_part_without_the_draft_is_nobodys(
    world: World, answers: str, apart: str
) -> None:
    await branched(world)
    await appended(await world.enter("anna"), "Drafts", draft("d1@us", answers), "\\Draft")
    await split(world.room, "m2@x", By("root@cli"))
    assert await shown(world, "ben", apart) == NOBODYS
    assert await shown(world, "ben", answers) == {"$status-open", REPLYING, ANNAS}
    left = world.room.state.threads[apart].messages[0]
    assert world.room.state.views["unassigned", ""] in left.views
    released = [
        (e.record.conversation, e.record.message_id) for e in await world.log(action="release")
    ]
    # What a conversation begins with is no change of it.
    assert released == ([(left.conversation.id, "m1@x")] if apart == "m1@x" else [])
    await world.restart()
    await throws_away(world, "anna", "d1@us")
    for message_id in ("m1@x", "m2@x"):
        assert await shown(world, "ben", message_id) == NOBODYS


async def test_split_what_a_person_has_taken_is_theirs_on_both_sides(world: World) -> None:
    await branched(world)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, [ANNAS])
    await writes(world)
    await split(world.room, "m2@x", By("root@cli"))
    await throws_away(world, "anna", "d1@us")
    for message_id in ("m1@x", "m2@x"):
        assert await shown(world, "ben", message_id) == {"$status-open", ANNAS}


@pytest.mark.parametrize("login", ["anna", "ben"])
async def test_split_a_second_draft_holds_the_other_part(world: World, login: str) -> None:
    await branched(world)
    await writes(world)
    await appended(await world.enter(login), "Drafts", draft("d2@us", "m2@x"), "\\Draft")
    await split(world.room, "m2@x", By("root@cli"))
    assert await shown(world, "mara", "m1@x") == {"$status-open", REPLYING, ANNAS}
    assert await shown(world, "mara", "m2@x") == {"$status-open", REPLYING, f"$assignee-{login}"}
    await throws_away(world, login, "d2@us")
    assert await shown(world, "mara", "m1@x") == {"$status-open", REPLYING, ANNAS}
    assert await shown(world, "mara", "m2@x") == NOBODYS


@pytest.mark.parametrize("taken", ["m1@x", "m2@x"])
async def test_joined_with_what_the_person_has_taken_it_is_theirs(world: World, taken: str) -> None:
    await asked(world)
    world.upstream.deliver(mail("m2@x", sender=CUSTOMER))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1 if taken == "m1@x" else 2], FlagMode.ADD, [ANNAS])
    answers = "m2@x" if taken == "m1@x" else "m1@x"
    await appended(await world.enter("anna"), "Drafts", draft("d1@us", answers), "\\Draft")
    threads = world.room.state.threads
    await join(world.room, threads["m1@x"].id, threads["m2@x"].id, By("root@cli"))
    await throws_away(world, "anna", "d1@us")
    assert await shown(world, "ben", taken) == {"$status-open", ANNAS}


@pytest.mark.parametrize("mode", list(FlagMode))
async def test_nobody_sets_it_by_hand(world: World, mode: FlagMode) -> None:
    await asked(world)
    await writes(world)
    for login in ("anna", "ben"):
        view, _ = await world.open(login)
        await view.store([1], mode, [REPLYING, "$status-open"])
    assert await shown(world, "ben") == {"$status-open", REPLYING, ANNAS}
    await throws_away(world, "anna", "d1@us")
    assert REPLYING not in await shown(world, "ben")
    assert all("$replying" not in m.flags for m in world.upstream.folders["INBOX"].mails.values())
