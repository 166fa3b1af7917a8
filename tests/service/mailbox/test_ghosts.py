"""What is listed and not there."""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.errors import UpstreamError, UpstreamFolderRefused
from proxyd.domain.ports.upstream_rows import FolderStatus, UpstreamFolder
from proxyd.service.mailbox.ghosts import Ghosts

NOTHING: frozenset[str] = frozenset()
LISTED = [UpstreamFolder("p", "/", NOTHING), UpstreamFolder("p/c", "/", NOTHING)]


class Provider:
    """Answers STATUS for ``there`` only."""

    def __init__(self, *there: str) -> None:
        self.there = set(there)
        self.asked: list[str] = []

    async def status(
        self, folders: Sequence[str], refused: dict[str, UpstreamError]
    ) -> dict[str, FolderStatus]:
        self.asked += folders
        refused |= {one: UpstreamFolderRefused("no") for one in folders if one not in self.there}
        return {one: FolderStatus(1, 1, 0, None) for one in folders if one in self.there}


async def test_nothing_is_asked_for_what_nobody_has_deleted() -> None:
    provider = Provider()
    assert await Ghosts(provider).as_levels(LISTED) == LISTED  # type: ignore[arg-type]
    assert provider.asked == []


async def test_a_ghost_is_a_level_until_it_is_there_again() -> None:
    provider = Provider("p/c")
    ghosts = Ghosts(provider)  # type: ignore[arg-type]
    ghosts.deleted("p")
    for _ in range(2):
        shown = await ghosts.as_levels(LISTED)
        assert [one.selectable for one in shown] == [False, True]
    provider.there.add("p")
    assert await ghosts.as_levels(LISTED) == LISTED
    assert await ghosts.as_levels(LISTED) == LISTED
    assert provider.asked == ["p"] * 3


async def test_what_is_gone_from_the_list_is_forgotten() -> None:
    provider = Provider()
    ghosts = Ghosts(provider)  # type: ignore[arg-type]
    ghosts.deleted("p")
    await ghosts.as_levels(LISTED[1:])
    assert await ghosts.as_levels(LISTED) == LISTED
    assert provider.asked == []
