"""An APPEND whose flags the provider leaves out."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import CannotDo, UpstreamUnavailable
from proxyd.domain.ports.upstream_rows import FlagRow
from proxyd.domain.types import BytesBlob
from proxyd.service.api.appending import AppendResult, NewMessage
from tests.service.conftest import World, mail


async def append(world: World, *flags: str) -> tuple[AppendResult, set[str]]:
    """The result, and the flags that are shown."""
    anna = await world.enter("anna")
    result = await anna.append("Archive", [NewMessage(flags, None, BytesBlob(mail("a@x")))])
    view, _ = await world.open("anna", "Archive")
    facts = view.facts(result.uids[0])
    assert facts is not None
    return result, set(facts.flags)


async def test_keywords_are_kept_here_and_the_rest_is_said(world: World) -> None:
    world.upstream.leaves_out = {"\\Flagged", "$Label1"}
    result, shown = await append(world, "\\Flagged", "\\Answered", "$Label1")
    assert shown == {"\\Answered", "$Label1", "$status-open"}
    assert isinstance(result.refused, CannotDo)
    assert result.refused.reason == "flags-lost"
    (record,) = [one.record for one in await world.log(action="append")]
    assert record.detail["not-kept"] == ["\\Flagged"]


async def test_ones_own_seen_is_not_the_providers(world: World) -> None:
    world.upstream.leaves_out = {"\\Seen"}
    result, shown = await append(world, "\\Seen")
    assert "\\Seen" in shown
    assert result.refused is None
    assert not world.upstream.calls["store_flags"]


async def test_what_an_append_leaves_out_a_store_may_set(world: World) -> None:
    world.upstream.leaves_out = {"\\Flagged"}
    store_flags = world.upstream.store_flags

    async def takes(folder: str, validity: int, uids: list[int], *what: object) -> list[FlagRow]:
        world.upstream.leaves_out = set()
        return await store_flags(folder, validity, uids, *what)  # type: ignore[arg-type]

    world.upstream.store_flags = takes  # type: ignore[method-assign, assignment]
    result, shown = await append(world, "\\Flagged")
    assert "\\Flagged" in shown
    assert result.refused is None


async def test_a_line_that_breaks_then_fails_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*args: object) -> list[FlagRow]:
        raise UpstreamUnavailable("closed")

    monkeypatch.setattr(world.upstream, "store_flags", breaks)
    world.upstream.leaves_out = {"$Label1"}
    result, shown = await append(world, "$Label1")
    assert "$Label1" in shown
    assert result.refused is None


async def test_nobody_misses_that_a_draft_is_marked_as_one(world: World) -> None:
    world.upstream.leaves_out = {"\\Draft"}
    result, shown = await append(world, "\\Draft", "\\Seen")
    assert "\\Draft" not in shown
    assert result.refused is None
    (record,) = [one.record for one in await world.log(action="append")]
    assert record.detail["not-kept"] == ["\\Draft"]
