"""STORE: whose flag it is, in any spelling, and what happens when somebody else is faster."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from proxyd.domain.errors import AlreadyTaken, CannotDo, UpstreamRefused
from proxyd.domain.keywords import (
    ASKED_OCTETS,
    KEYWORD_CHARS,
    PER_FOLDER,
    PER_MESSAGE,
    TOLD,
)
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from tests.patience import turns
from tests.service.conftest import World, mail


async def test_keywords_are_the_same_in_any_case(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), flags=["$Label1"])
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$label1"])
    assert world.upstream.folders["INBOX"].mails[1].flags == {"$Label1"}
    await view.store([1], FlagMode.REPLACE, ["$LABEL1", "\\Flagged"])
    assert world.upstream.folders["INBOX"].mails[1].flags == {"$Label1", "\\Flagged"}
    await view.store([1], FlagMode.REMOVE, ["$LABEL1"])
    assert world.upstream.folders["INBOX"].mails[1].flags == {"\\Flagged"}


async def test_replacing_sets_and_clears_ones_own_seen(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), flags=["\\Seen"])
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    assert "\\Seen" in anna.facts(1).flags  # type: ignore[union-attr]
    await anna.store([1], FlagMode.REPLACE, ["\\Flagged"])
    assert set(anna.facts(1).flags) == {"\\Flagged", "$status-open"}  # type: ignore[union-attr]
    assert "\\Seen" in ben.facts(1).flags  # type: ignore[union-attr]
    await anna.store([1], FlagMode.REPLACE, ["\\Seen"])
    assert set(anna.facts(1).flags) == {"\\Seen", "$status-open"}  # type: ignore[union-attr]
    assert world.upstream.folders["INBOX"].mails[1].flags == {"\\Seen"}


async def test_who_loses_while_upstream_is_asked_leaves_the_truth_behind(world: World) -> None:
    """Flags and claim in one STORE: the claim is lost meanwhile, the flag is set all the same."""
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    world.upstream.hold = asyncio.Event()
    storing = asyncio.create_task(
        ben.store([1], FlagMode.ADD, ["\\Flagged", "$assignee-ben", "\\Seen"])
    )
    await world.upstream.held()
    await anna.store([1], FlagMode.ADD, ["$assignee-anna"])
    world.upstream.hold.set()
    with pytest.raises(AlreadyTaken):
        await storing
    flags = set(ben.facts(1).flags)  # type: ignore[union-attr]
    assert flags == {"\\Flagged", "$assignee-anna", "$status-open"}
    done = [r.record.action for r in await world.log(actor="ben", message_id="m1@x")]
    assert done == ["flag", "assign"]


async def test_two_changes_of_one_mail_go_to_the_provider_one_by_one(world: World) -> None:
    """Each answer would tell what the other did, and be taken for a flag that was left out."""
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"), flags=["\\Flagged"])
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    world.upstream.hold = asyncio.Event()
    first = asyncio.create_task(anna.store([1], FlagMode.ADD, ["\\Answered"]))
    await world.upstream.held()
    second = asyncio.create_task(ben.store([1, 2], FlagMode.REPLACE, ["$Label1"]))
    # What another mail is about, and what is no business of the provider, waits for nobody.
    third = asyncio.create_task(ben.store([2], FlagMode.ADD, ["\\Draft"]))
    while world.upstream.calls["store_flags"] < 2:
        await turns(1)
    await ben.store([1], FlagMode.ADD, ["$status-done"])
    world.upstream.hold.set()
    await asyncio.gather(first, second, third)
    # It takes away what had come when it was its turn.
    assert [world.upstream.folders["INBOX"].mails[uid].flags for uid in (1, 2)] == [{"$Label1"}] * 2
    assert set(anna.facts(1).flags) == {"$Label1", "$status-done"}  # type: ignore[union-attr]


async def test_a_mail_that_goes_between_two_answers_is_gone_and_not_refused(world: World) -> None:
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"), flags=["\\Flagged"])
    await world.synced()
    view, _ = await world.open("anna")
    store_flags, mails = world.upstream.store_flags, world.upstream.folders["INBOX"].mails

    async def and_one_goes(*words: Any) -> Any:
        rows = await store_flags(*words)
        mails.pop(1, None)
        return rows

    world.upstream.store_flags = and_one_goes  # type: ignore[method-assign]
    stored = await view.store([1, 2], FlagMode.REPLACE, ["$Label1"])
    assert stored.gone == (1,)
    assert mails[2].flags == {"$Label1"}


async def test_what_upstream_can_not_do_leaves_the_status_too(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, told = await world.open("anna")
    world.upstream.refuses = {"INBOX"}
    with pytest.raises(UpstreamRefused):
        await anna.store([1], FlagMode.ADD, ["\\Flagged", "$status-done"])
    assert set(anna.facts(1).flags) == {"$status-open"}  # type: ignore[union-attr]
    assert told.told == []


async def test_a_wish_refused_for_one_conversation_changes_none(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, told = await world.open("ben")
    await anna.store([2], FlagMode.ADD, ["$assignee-anna"])
    told.told.clear()
    with pytest.raises(AlreadyTaken):
        await ben.store([1, 2], FlagMode.ADD, ["$assignee-ben", "\\Flagged"])
    assert told.told == []
    assert world.upstream.calls["store_flags"] == 0


async def test_five_hundred_flags_are_one_round_trip(world: World) -> None:
    for number in range(200):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, _ = await world.open("anna")
    changed = await view.store(list(view.uids()), FlagMode.ADD, ["\\Flagged", "$status-done"])
    assert len(changed.changed) == 200
    assert world.upstream.calls["store_flags"] == 1


# ------------------------------------------------------------------ left out by the provider


async def left_out_by(world: World, *flags: str) -> tuple[OpenView, set[str]]:
    """A view of one mail, and its flags at the provider, which leaves ``flags`` out."""
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    world.upstream.leaves_out = {*flags}
    view, _ = await world.open("anna")
    return view, world.upstream.folders["INBOX"].mails[1].flags


async def test_a_flag_that_the_provider_leaves_out_is_refused(world: World) -> None:
    anna, _ = await left_out_by(world, "\\Flagged", "$Label1")
    with pytest.raises(CannotDo) as refused:
        await anna.store([1], FlagMode.ADD, ["\\Flagged", "\\Answered", "$Label1", "$status-done"])
    assert refused.value.reason == "flags-not-kept"
    # What was done is told; the status is not changed by a command that was refused.
    assert set(anna.facts(1).flags) == {"\\Answered", "$Label1", "$status-open"}  # type: ignore[union-attr]
    done, failed = [one.record for one in await world.log(message_id="m1@x", actor="anna")]
    assert (done.action, done.outcome, done.detail["add"]) == (
        ("flag", "ok", ["$Label1", "\\Answered"])
    )
    assert (failed.outcome, failed.detail["why"]) == ("refused", "flags-not-kept")


async def test_nothing_is_recorded_as_done_where_nothing_was(world: World) -> None:
    anna, _ = await left_out_by(world, "\\Flagged")
    with pytest.raises(CannotDo):
        await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    records = await world.log(message_id="m1@x", actor="anna")
    assert [one.record.outcome for one in records] == ["refused"]


async def test_of_several_mails_those_that_have_it_have_it(world: World) -> None:
    world.upstream.deliver(mail("m2@x"), flags=["\\Flagged"])
    anna, _ = await left_out_by(world, "\\Flagged")
    with pytest.raises(CannotDo):
        await anna.store([1, 2], FlagMode.ADD, ["\\Flagged"])
    shown = ["\\Flagged" in anna.facts(uid).flags for uid in (1, 2)]  # type: ignore[union-attr]
    assert shown == [True, False]
    with pytest.raises(CannotDo):  # nor is it taken away
        await anna.store([1], FlagMode.REMOVE, ["\\Flagged"])
    assert "\\Flagged" in anna.facts(1).flags  # type: ignore[union-attr]


async def test_a_keyword_that_the_provider_leaves_out_is_kept_here(world: World) -> None:
    anna, there = await left_out_by(world, "$Label1")
    await anna.store([1], FlagMode.ADD, ["$Label1", "$Label2"])
    assert set(anna.facts(1).flags) == {"$Label1", "$Label2", "$status-open"}  # type: ignore[union-attr]
    await world.synced()
    assert "$Label1" in anna.facts(1).flags  # type: ignore[union-attr]
    await anna.store([1], FlagMode.REMOVE, ["$LABEL1"])
    assert set(anna.facts(1).flags) == {"$Label2", "$status-open"}  # type: ignore[union-attr]
    assert not there & {"$Label1"}


async def test_a_keyword_is_kept_in_one_place(world: World) -> None:
    anna, _ = await left_out_by(world, "$Label1")
    await anna.store([1], FlagMode.ADD, ["$Label1"])
    world.upstream.folders["INBOX"].mails[1].flags |= {"$label1"}  # by another client
    await world.synced()
    assert anna.facts(1).flags == ("$label1", "$status-open")  # type: ignore[union-attr]


async def test_a_keyword_from_when_the_provider_kept_them_is_taken_away_there(
    world: World,
) -> None:
    """OK would be a lie where it stays."""
    world.upstream.lacks["INBOX"] |= {"\\*"}
    world.upstream.deliver(mail("m1@x"), flags=["$Label1", "$Label2"])
    await world.restart()
    await world.synced()
    there = world.upstream.folders["INBOX"].mails[1].flags
    anna, _ = await world.open("anna")
    with pytest.raises(CannotDo):
        await anna.store([1], FlagMode.REMOVE, ["$Label1"])
    assert "$Label1" in anna.facts(1).flags  # type: ignore[union-attr]
    assert there == {"$Label1", "$Label2"}
    world.upstream.lacks.clear()
    await anna.store([1], FlagMode.REMOVE, ["$Label1"])
    assert set(anna.facts(1).flags) == {"$Label2", "$status-open"}  # type: ignore[union-attr]
    assert world.upstream.folders["INBOX"].mails[1].flags == {"$Label2"}


# ------------------------------------------------------------------ keywords without end


def words(count: int, prefix: str = "k") -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


@pytest.mark.parametrize("mode", [FlagMode.ADD, FlagMode.REPLACE])
@pytest.mark.parametrize("kept", [True, False])
async def test_keywords_of_one_mail_are_bounded(
    world: World, mode: FlagMode, *, kept: bool
) -> None:
    world.upstream.keywords = kept
    world.upstream.deliver(mail("m1@x"))
    await world.restart()
    view, told = await world.open("anna")
    before = view.facts(1)
    for bad, reason in (
        (words(PER_MESSAGE + 1), "too-many-keywords"),
        (["x" * (KEYWORD_CHARS + 1), "$status-done"], "keyword-too-long"),
    ):
        with pytest.raises(CannotDo) as caught:
            await view.store([1], mode, bad)
        assert caught.value.reason == reason
    assert view.facts(1) == before
    assert told.told == []
    assert world.upstream.calls["store_flags"] == 0
    await view.store([1], mode, [*words(PER_MESSAGE - 1), "x" * KEYWORD_CHARS, "$status-done"])
    with pytest.raises(CannotDo):
        await view.store([1], FlagMode.ADD, ["one-more"])
    await view.store([1], FlagMode.ADD, ["K1", "\\Flagged", "\\Seen"])  # nothing new among them
    await view.store([1], FlagMode.REPLACE, words(PER_MESSAGE, "other"))


async def test_different_keywords_of_a_folder_are_bounded(world: World) -> None:
    for number in range(4):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, _ = await world.open("anna")
    half = PER_FOLDER // 2
    await view.store([1], FlagMode.ADD, words(half))
    await view.store([2], FlagMode.ADD, words(half, "other"))
    with pytest.raises(CannotDo) as caught:
        await view.store([3], FlagMode.ADD, ["one-more"])
    assert caught.value.reason == "too-many-keywords"
    await view.store([3], FlagMode.ADD, words(half))


async def test_what_a_provider_has_too_much_of_can_be_taken_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [*words(3_000), "y" * 60_000]
    world.upstream.deliver(mail("m1@x"), flags=many)
    await world.synced()
    asked: list[int] = []
    store_flags = world.upstream.store_flags

    async def measured(*args: object) -> object:
        asked.append(len(" ".join(args[4])))  # type: ignore[arg-type]
        return await store_flags(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "store_flags", measured)
    view, _ = await world.open("anna")
    used = [word for word in view.keywords if not word.startswith("$")]
    assert len(used) == TOLD
    assert max(map(len, used)) <= KEYWORD_CHARS
    await view.store([1], FlagMode.REMOVE, many)
    assert world.upstream.folders["INBOX"].mails[1].flags == set()
    assert set(view.facts(1).flags) == {"$status-open"}  # type: ignore[union-attr]
    assert sorted(asked)[-1] == 60_000
    assert sorted(asked)[-2] <= ASKED_OCTETS
    (record,) = await world.log(action="flag")
    assert len(str(record.record.detail)) < 20_000


async def test_a_refused_store_of_many_flags_does_not_fill_the_log(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    with pytest.raises(CannotDo):
        await view.store([1], FlagMode.ADD, ["z" * 60_000, *words(3_000)])
    (record,) = await world.log(action="flag", outcome="refused")
    flags = record.record.detail["flags"]
    assert len(flags) == 101  # type: ignore[arg-type]
    assert flags[-1] == "2901 more"  # type: ignore[index]
    assert max(map(len, flags)) == 100  # type: ignore[arg-type]


async def test_the_providers_no_to_a_flag_is_told_as_its_no(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    world.upstream.refuses.add("INBOX")
    with pytest.raises(UpstreamRefused):
        await view.store([1], FlagMode.ADD, ["\\Flagged"])
