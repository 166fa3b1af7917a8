"""A COPY or MOVE whose flags the provider leaves out in the target."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import CannotDo, UpstreamUnavailable
from proxyd.domain.permanent_flags import PermanentFlags
from proxyd.domain.types import Right
from proxyd.service.api.changing import CopyResult, FlagMode
from tests.service.conftest import World, mail

LACKS = {"\\Flagged", "\\Draft", "\\*"}


async def marked(world: World, *flags: str) -> None:
    world.upstream.deliver(mail("m1@x"), flags=flags)
    await world.synced()


async def carried(world: World, verb: str, target: str = "Archive") -> CopyResult:
    view, _ = await world.open("anna")
    return await (view.copy if verb == "copy" else view.move)([1], target)


async def shown(world: World, result: CopyResult, folder: str = "Archive") -> set[str]:
    view, _ = await world.open("anna", folder)
    facts = view.facts(result.pairs[0][1])
    assert facts is not None
    return set(facts.flags) - {"$status-open"}


@pytest.mark.parametrize("verb", ["copy", "move"])
@pytest.mark.parametrize("known", [True, False])
async def test_keywords_are_kept_here_and_the_rest_is_said(
    world: World, verb: str, *, known: bool
) -> None:
    """Whether the right was lacking from the first or was taken away since."""
    if not known:
        await world.synced()
    world.upstream.lacks["Archive"] |= LACKS
    await marked(world, "\\Flagged", "\\Answered", "$Label1")
    result = await carried(world, verb)
    assert isinstance(result.refused, CannotDo)
    assert result.refused.reason == "flags-lost"
    assert await shown(world, result) == {"\\Answered", "$Label1"}
    (record,) = [
        one.record for one in await world.log(action="move" if verb == "move" else "copy-to")
    ]
    assert (record.outcome, record.detail["not-kept"]) == ("ok", ["\\Flagged"])
    await world.restart()
    await world.synced()
    assert await shown(world, result) == {"\\Answered", "$Label1"}
    view, _ = await world.open("anna", "Archive")
    assert list(view.kept_flags) == ["\\Answered", "\\Deleted", "\\Seen"]


async def test_nobody_misses_that_a_draft_is_marked_as_one(world: World) -> None:
    world.upstream.lacks["Archive"] |= LACKS
    await marked(world, "\\Draft")
    result = await carried(world, "move")
    assert result.refused is None
    (record,) = [one.record for one in await world.log(action="move")]
    assert record.detail["not-kept"] == ["\\Draft"]


async def test_what_webmail_has_taken_away_is_not_set_again(world: World) -> None:
    """Nor is it called lost: the provider keeps it there, and has it no more."""
    await marked(world, "\\Flagged", "$Label1")
    world.upstream.folders["INBOX"].mails[1].flags.clear()  # and we have not heard of it
    result = await carried(world, "copy")
    assert result.refused is None
    assert await shown(world, result) == set()
    assert not world.upstream.calls["store_flags"]


async def test_a_provider_that_can_not_be_asked_fails_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await marked(world, "\\Flagged", "$Label1")
    world.upstream.lacks["Archive"] |= LACKS

    async def breaks(folder: str) -> PermanentFlags:
        raise UpstreamUnavailable("closed")

    monkeypatch.setattr(world.upstream, "permanent_flags", breaks)
    assert (await carried(world, "copy")).pairs


async def test_a_copy_that_shows_later_has_its_keywords(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line broke before the copy could be looked at."""
    world.upstream.lacks["Archive"] |= LACKS
    archive = world.room.state.folder_named("Archive")
    assert archive is not None
    await world.sync.learn_kept(archive)
    await marked(world, "$Label1")
    scan = world.upstream.scan_headers

    async def breaks(*args: object) -> object:
        raise UpstreamUnavailable("closed")

    monkeypatch.setattr(world.upstream, "scan_headers", breaks)
    await carried(world, "move")
    monkeypatch.setattr(world.upstream, "scan_headers", scan)
    await world.synced()
    view, _ = await world.open("anna", "Archive")
    facts = view.facts(1)
    assert facts is not None
    assert "$Label1" in facts.flags


async def test_what_is_kept_here_and_who_has_read_it_go_to_another_mailbox(world: World) -> None:
    second = await world.second()
    await world.grant("anna", second.room.mailbox, Right.RESPOND)
    world.upstream.lacks["INBOX"] |= {"\\*"}
    await marked(world)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$Label1", "\\Seen", "\\Flagged", "$status-hold"])
    result = await view.copy([1], "Shared/sales/Archive")
    there = second.upstream.folders["Archive"].mails[1].flags
    assert there == {"$Label1", "\\Seen", "\\Flagged"}
    copy, _ = await world.open("anna", "Shared/sales/Archive")
    facts = copy.facts(result.pairs[0][1])
    assert facts is not None
    assert {"$Label1", "\\Seen", "\\Flagged"} <= set(facts.flags)
