"""SEARCH: what the index knows, what upstream is asked, and how they combine."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import pytest

from proxyd.domain import search as s
from proxyd.domain.errors import UpstreamUnavailable
from proxyd.service.api.changing import FlagMode
from proxyd.service.mail import searching
from tests.effort import effort_below
from tests.service.conftest import World, mail
from tests.service.fake_upstream import Mail

DAYS = (
    "01-Jan-2026 23:30:00 -0800",
    " 2-Jan-2026 00:30:00 +0900",
    "03-Jan-2026 12:00:00 +0000",
)


async def three(world: World) -> None:
    for number, day in enumerate(DAYS, 1):
        uid = world.upstream.deliver(mail(f"m{number}@x") + b"x" * number)
        box = world.upstream.folders["INBOX"].mails
        box[uid] = Mail(box[uid].raw, set(), day)
    await world.synced()


TEXT2 = s.Provider(b'TEXT "m2@x"')
CASES: list[tuple[s.Term, list[int]]] = [
    (s.All(), [1, 2, 3]),
    (s.Uids(((3, 9), (1, 1))), [1, 3]),
    (s.Uids(((1, 3), (2, 2))), [1, 2, 3]),
    (s.Uids(()), []),
    (s.HasFlag("$Status-Done"), [2]),
    (s.Not(s.HasFlag("$status-done")), [1, 3]),
    (s.ReceivedBefore(date(2026, 1, 2)), [1]),
    (s.ReceivedSince(date(2026, 1, 2)), [2, 3]),
    (TEXT2, [2]),
    (s.Not(TEXT2), [1, 3]),
    (s.Or(TEXT2, s.Uids(((3, 3),))), [2, 3]),
    (s.And((s.Not(TEXT2), s.ReceivedBefore(date(2026, 1, 3)))), [1]),
]


@pytest.mark.parametrize(("term", "found"), CASES)
async def test_criteria(world: World, term: s.Term, found: list[int]) -> None:
    await three(world)
    view, _ = await world.open("anna")
    await view.store([2], FlagMode.ADD, ["$status-done"])
    assert await view.search(term) == found


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("now", "seconds", "found"),
    [
        ("2026-01-03T12:00:00+00:00", 1, [3]),  # received this second
        ("2026-01-03T12:00:01+00:00", 1, []),
        ("2026-01-03T12:00:01+00:00", 2, [3]),
        ("2026-01-03T12:00:00+00:00", 102_600, [3]),  # since 07:30 on the day before
        ("2026-01-03T12:00:00+00:00", 102_601, [1, 3]),
        ("2026-01-03T12:00:00+00:00", 160_201, [1, 2, 3]),  # since 15:30 of the first
        ("2026-01-03T12:00:00+00:00", 1 << 62, [1, 2, 3]),
        ("2026-07-03T12:00:00+00:00", 60, []),
    ],
)
async def test_within(world: World, now: str, seconds: int, found: list[int]) -> None:
    """RFC 5032: to the second, whatever the zones."""
    await three(world)
    view, _ = await world.open("anna")
    world.clock.now = us(now)
    assert await view.search(s.Within(seconds)) == found
    older = await view.search(s.Not(s.Within(seconds)))
    assert sorted([*older, *found]) == [1, 2, 3]


async def test_a_date_nobody_can_read_is_old(world: World) -> None:
    uid = world.upstream.deliver(mail("m1@x"))
    world.upstream.folders["INBOX"].mails[uid].date = "yesterday"
    await world.synced()
    view, _ = await world.open("anna")
    assert await view.search(s.Within(1_000_000)) == []


async def test_dates_of_saving(world: World) -> None:
    """RFC 8514 §4.3, in UTC; where it is not known INTERNALDATE counts."""
    world.clock.now = us("2026-02-01T23:59:59+00:00")
    await three(world)
    view, _ = await world.open("anna")
    assert await view.search(s.SavedSince(date(2026, 2, 1))) == [1, 2, 3]
    assert await view.search(s.SavedSince(date(2026, 2, 2))) == []
    assert await view.search(s.SavedBefore(date(2026, 2, 2))) == [1, 2, 3]
    world.clock.advance(seconds=1)
    ((_, uid),) = (await view.copy([1], "Archive")).pairs
    archive, _ = await world.open("anna", "Archive")
    assert await archive.search(s.SavedSince(date(2026, 2, 2))) == [uid]
    view._view.saved_us[1] = 0  # type: ignore[attr-defined]
    assert await view.search(s.SavedBefore(date(2026, 1, 3))) == [2]


async def test_numbers_and_ids(world: World) -> None:
    await three(world)
    view, _ = await world.open("anna")
    known = view.highest_modseq
    ben, _ = await world.open("ben")
    await view.store([2], FlagMode.ADD, ["\\Seen"])
    assert await view.search(s.ModSeqFrom(known + 1)) == [2]
    assert await ben.search(s.ModSeqFrom(known + 1)) == []
    assert await ben.search(s.ModSeqFrom(1)) == [1, 2, 3]
    marks = view.marks(3)
    assert marks is not None
    assert await view.search(s.EmailId(marks.email_id)) == [3]
    assert await view.search(s.ThreadId(marks.thread_id)) == [3]
    assert await view.search(s.EmailId(marks.email_id.lower())) == []
    assert await view.search(s.ThreadId("no such")) == []


async def test_sizes(world: World) -> None:
    await three(world)
    view, _ = await world.open("anna")
    middle = view.facts(2).size  # type: ignore[union-attr]
    assert await view.search(s.Larger(middle)) == [3]
    assert await view.search(s.Smaller(middle)) == [1]


async def test_each_key_is_asked_once_however_often_it_is_named(world: World) -> None:
    await three(world)
    view, _ = await world.open("anna")
    world.upstream.calls.clear()
    await view.search(s.Or(TEXT2, s.And((TEXT2, s.Not(TEXT2)))))
    assert world.upstream.calls["search"] == 1


async def test_a_virtual_folder_finds_mail_in_all_its_folders(world: World) -> None:
    world.upstream.deliver(mail("a@x"))
    world.upstream.deliver(mail("a-too@x"), "Archive")
    await world.synced()
    view, _ = await world.open("anna", "Status/Unassigned")
    assert await view.search(s.Provider(b'TEXT "Text of a"')) == [1, 2]


async def test_many_uids_named_one_by_one_are_not_compared_with_each_mail(world: World) -> None:
    """10,000 × 10,000 comparisons would hold up everybody for seconds."""
    await three(world)
    view, _ = await world.open("anna")
    ranges = tuple((uid, uid) for uid in range(2, 2_000_001, 2))
    await view.search(s.Uids(ranges[:10]))
    from proxyd.service.mail.searching import _uid_test

    test = _uid_test(ranges)
    message = world.room.state.messages()[0]
    with effort_below(2):
        found = [uid for uid in range(1, 100_001) if test(uid, message)]
        assert len(found) == 50_000


async def test_without_upstream_the_index_still_answers(world: World) -> None:
    await three(world)
    view, _ = await world.open("anna")
    world.upstream.down = True
    assert await view.search(s.Uids(((1, 2),))) == [1, 2]
    with pytest.raises(UpstreamUnavailable):
        await view.search(TEXT2)


class Turns:
    """How often others had their turn."""

    def __init__(self) -> None:
        self.count = 0
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self.count += 1
        self._next = self._loop.call_soon(self._turn)

    def end(self) -> int:
        self._next.cancel()
        return self.count


MANY = 1000  # as many as a line may have
SEVERAL = [
    s.And((s.HasFlag("$status-open"),) * MANY),
    s.And((s.Not(s.HasFlag("\\flagged")),) * (MANY // 2)),
    s.And((s.Or(s.HasFlag("\\flagged"), s.All()),) * (MANY // 3)),
]


@pytest.mark.parametrize("term", SEVERAL)
async def test_many_criteria_do_not_hold_up_others(world: World, term: s.Term) -> None:
    for number in range(100):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    room = world.room
    view = next(v for v in room.state.views.values() if v.kind == "folder" and v.members)
    turns = Turns()
    found = await searching.matching(room, view, list(view.members.items()), term, 1)
    assert turns.end() >= len(found) * (MANY - 10) // searching.TESTS_AT_ONCE
    assert len(found) == 100
