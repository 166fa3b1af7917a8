"""Since when somebody waits, when that is too long, and what comes back from hold
(service/mailbox/deadlines.py).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial

import pytest

from proxyd.domain.errors import BadInput, CannotDo
from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.policy import Policy
from proxyd.domain.policy_options import changed
from proxyd.domain.turns import Outcome
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.deadlines import LOOKS_S, Deadlines, stage_all, stage_due
from proxyd.service.mailbox.holding import hold
from proxyd.service.mailbox.parting import join, split
from tests.patience import PATIENCE_S
from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder
from tests.service.mailbox.test_clocks import dated

CUSTOMER = "c@example.com"
TOKYO = timezone(timedelta(hours=9))
HOUR_US = 3_600_000_000


def us(text: str) -> int:
    """By the clock in Tokyo."""
    return int(datetime.fromisoformat(text + "+09:00").timestamp()) * 1_000_000


async def ruled(world: World, **words: str) -> None:
    policy = changed(Policy(zone="Asia/Tokyo"), {k.replace("_", "-"): v for k, v in words.items()})
    room = world.room
    room.mailbox = world.mailbox = replace(room.mailbox, policy=policy)
    room.office = OfficeHours(policy.office_hours, policy.tz)
    await room.change(partial(stage_all, room))


async def at(world: World, text: str) -> None:
    """It is that time in Tokyo, and what is due by then is."""
    world.clock.now = us(text)
    await world.room.change(partial(stage_due, world.room, new_day=True))


async def comes(world: World, message_id: str, answers: str = "", **more: str) -> None:
    dated(world, mail(message_id, answers=answers, **more), 0)
    await world.synced()


async def answered_in_webmail(world: World, message_id: str, answers: str) -> None:
    raw = mail(message_id, sender="support@example.test", answers=answers)
    dated(world, raw, 0, "Sent")
    await world.synced()


def overdue(world: World) -> list[str]:
    view = world.room.state.views["overdue", ""]
    return [view.members[uid].message_id for uid in view.uids]


async def flags(world: World, message_id: str) -> set[str]:
    view, _ = await world.open("anna")
    (message,) = world.room.state.by_message_id[message_id]
    facts = view.facts(message.views[message.folder.view])  # type: ignore[index]
    assert facts is not None
    return set(facts.flags)


async def sets(world: World, flag: str, message_id: str = "m1@x", login: str = "anna") -> None:
    view, _ = await world.open(login)
    (message,) = world.room.state.by_message_id[message_id]
    await view.store([message.views[message.folder.view]], FlagMode.ADD, [flag])  # type: ignore[index]


async def turns(world: World) -> list[tuple[str, int, int, str]]:
    """(outcome, wall clock, office time, name) of each waiting that ended."""

    def read(tx: object) -> list[tuple[str, int, int, str]]:
        connection = tx.connection  # type: ignore[attr-defined]
        rows = connection.exec_driver_sql("SELECT * FROM turns ORDER BY id").all()
        return [(r.outcome, r.ended_us - r.since_us, r.office_us, r.name) for r in rows]

    return await world.database.read(read)


@pytest.fixture
async def friday(world: World) -> World:
    """Friday at ten; somebody is there from nine to six, and four hours are too long."""
    world.clock.now = us("2026-11-27T10:00")
    await ruled(world)
    return world


async def test_it_is_overdue_after_four_hours_and_shows(friday: World) -> None:
    await comes(friday, "m1@x")
    inbox, told = await friday.open("ben")
    folder, seen = await friday.open("ben", "Status/Overdue")
    await at(friday, "2026-11-27T13:59")
    assert overdue(friday) == []
    told.told.clear()
    await at(friday, "2026-11-27T14:00")
    assert overdue(friday) == ["m1@x"]
    assert told.told == [("changed", [1])]
    assert seen.told == [("arrived", [1])]
    assert "$overdue" in await flags(friday, "m1@x")
    assert "$overdue" in inbox.keywords
    assert folder.facts(1) is not None


async def test_it_is_on_record_once_each_time(friday: World) -> None:
    await comes(friday, "m1@x")
    for moment in ("2026-11-27T14:00", "2026-11-27T14:01", "2026-11-27T15:00"):
        await at(friday, moment)
    (stored,) = await friday.log(action="overdue")
    record = stored.record
    assert (record.message_id, record.conversation) == ("m1@x", 1)
    assert (record.actor, record.mailbox, record.origin.door) == ("", "support", "proxyd")
    assert record.detail == {"since": "2026-11-27T10:00+09:00", "assignee": ""}


async def test_the_weekend_does_not_count(friday: World) -> None:
    await at(friday, "2026-11-27T16:00")
    await comes(friday, "m1@x")
    await at(friday, "2026-11-30T10:59")  # two hours on Friday, two on Monday
    assert overdue(friday) == []
    await at(friday, "2026-11-30T11:00")
    assert overdue(friday) == ["m1@x"]


async def test_what_comes_in_the_night_waits_from_the_morning_on(friday: World) -> None:
    await at(friday, "2026-11-28T03:00")
    await comes(friday, "m1@x")
    await at(friday, "2026-11-30T12:59")
    assert overdue(friday) == []
    await at(friday, "2026-11-30T13:00")
    assert overdue(friday) == ["m1@x"]


async def test_an_answer_ends_it(friday: World) -> None:
    await comes(friday, "m1@x")
    await at(friday, "2026-11-27T15:00")
    assert overdue(friday) == ["m1@x"]
    await answered_in_webmail(friday, "a1@us", "m1@x")
    assert overdue(friday) == []
    assert "$overdue" not in await flags(friday, "m1@x")
    assert await turns(friday) == [(Outcome.ANSWERED, 5 * HOUR_US, 5 * HOUR_US, "")]


async def test_we_answered_last_so_the_clock_stands_whatever_the_status(friday: World) -> None:
    await comes(friday, "m1@x")
    await answered_in_webmail(friday, "a1@us", "m1@x")
    await sets(friday, "$status-checking")
    await at(friday, "2026-12-04T10:00")
    assert overdue(friday) == []


async def test_a_second_mail_begins_anew(friday: World) -> None:
    await comes(friday, "m1@x")
    await answered_in_webmail(friday, "a1@us", "m1@x")
    await at(friday, "2026-11-30T10:00")
    await comes(friday, "m2@x", "a1@us")
    await at(friday, "2026-11-30T13:59")
    assert overdue(friday) == []
    await at(friday, "2026-11-30T14:00")
    assert set(overdue(friday)) == {"m1@x", "m2@x"}


async def test_another_mail_before_the_answer_does_not(friday: World) -> None:
    await comes(friday, "m1@x")
    await at(friday, "2026-11-27T13:30")
    await comes(friday, "m2@x", "m1@x")
    await at(friday, "2026-11-27T14:00")
    assert len(overdue(friday)) == 2


async def test_done_without_an_answer_and_open_again(friday: World) -> None:
    await comes(friday, "m1@x")
    await at(friday, "2026-11-27T11:00")
    await sets(friday, "$status-done")
    await at(friday, "2026-11-27T15:00")
    assert overdue(friday) == []
    await sets(friday, "$status-open")  # a slip: the customer waits, from now on
    await at(friday, "2026-11-30T09:59")
    assert overdue(friday) == []
    await at(friday, "2026-11-30T10:00")
    assert overdue(friday) == ["m1@x"]
    assert await turns(friday) == [(Outcome.FINISHED, HOUR_US, HOUR_US, "Anna Sato")]


async def test_done_by_telephone_does_not_count_against_the_next_mail(friday: World) -> None:
    await comes(friday, "m1@x")
    await sets(friday, "$status-done")
    await at(friday, "2026-11-30T10:00")
    await comes(friday, "m2@x", "m1@x")
    await at(friday, "2026-11-30T13:59")
    assert overdue(friday) == []
    await answered_in_webmail(friday, "a1@us", "m2@x")
    assert (await turns(friday))[-1][:2] == (Outcome.ANSWERED, 4 * HOUR_US - 60_000_000)


async def test_automatic_mail_waits_for_nobody(friday: World) -> None:
    raw = mail("n1@x").replace(b"Subject:", b"Auto-Submitted: auto-replied\nSubject:")
    dated(friday, raw, 0)
    await friday.synced()
    await at(friday, "2026-12-04T10:00")
    assert overdue(friday) == []


async def test_a_forward_is_no_answer(friday: World) -> None:
    await comes(friday, "m1@x")
    raw = mail("f1@us", sender="support@example.test", answers="m1@x")
    dated(friday, raw.replace(b"To: c@example.com", b"To: shop@other.example"), 0, "Sent")
    await friday.synced()
    await at(friday, "2026-11-27T14:00")
    assert overdue(friday) == ["m1@x"]


async def test_on_hold_nothing_is_overdue_and_it_comes_back(friday: World) -> None:
    await comes(friday, "m1@x")
    await at(friday, "2026-11-27T15:00")
    inbox, _ = await friday.open("anna")
    result = await inbox.copy([1], "Status/On hold/Monday")
    assert len(result.pairs) == 1
    assert overdue(friday) == []
    shown = {key for key, view in friday.room.state.views.items() if view.uids}
    # On a Friday the next working day is Monday, too.
    assert {key for key in shown if key[0] == "until"} == {
        ("until", "tomorrow"),
        ("until", "monday"),
    }
    assert "$status-hold" in await flags(friday, "m1@x")
    await at(friday, "2026-11-30T08:59")
    assert "$status-hold" in await flags(friday, "m1@x")
    assert not friday.room.state.views["until", "monday"].uids  # that is today
    await at(friday, "2026-11-30T09:00")
    assert {"$status-open"} <= await flags(friday, "m1@x")
    await at(friday, "2026-11-30T12:59")
    assert overdue(friday) == []
    await at(friday, "2026-11-30T13:00")
    assert overdue(friday) == ["m1@x"]
    told = [one.record for one in await friday.log(action="status")]
    assert [one.detail.get("by") for one in told] == [None, "hold-over"]
    assert told[0].detail["until"] == "2026-11-30 09:00+09:00"


async def test_a_restart_on_the_way_changes_nothing(friday: World) -> None:
    await comes(friday, "m1@x")
    await comes(friday, "m2@x")
    await sets(friday, "$assignee-ben", "m2@x")
    number = friday.room.state.threads["m2@x"].id
    until_us = await hold(friday.room, number, "2026-12-01", By("admin"))
    assert until_us == us("2026-12-01T09:00")
    await friday.restart()
    await at(friday, "2026-11-27T14:00")
    assert overdue(friday) == ["m1@x"]
    before = friday.room.state.views["overdue", ""].uidnext
    await friday.restart()
    assert overdue(friday) == ["m1@x"]
    assert friday.room.state.views["overdue", ""].uidnext == before
    await at(friday, "2026-12-01T09:00")
    assert {"$status-open", "$assignee-ben"} <= await flags(friday, "m2@x")


async def test_a_hold_that_ended_while_nobody_served(friday: World) -> None:
    await comes(friday, "m1@x")
    await hold(friday.room, friday.room.state.threads["m1@x"].id, "monday", By("admin"))
    friday.clock.now = us("2026-11-30T14:00")
    await friday.restart()
    await at(friday, "2026-11-30T14:00")
    assert overdue(friday) == ["m1@x"]  # since nine: that was agreed


async def test_a_new_mail_ends_a_hold_and_its_day(friday: World) -> None:
    await comes(friday, "m1@x")
    await hold(friday.room, friday.room.state.threads["m1@x"].id, "2w", By("admin"))
    await comes(friday, "m2@x", "m1@x")
    assert "$status-open" in await flags(friday, "m1@x")
    clock = friday.room.state.threads["m1@x"].clock
    assert (clock.until_us, clock.waits_us) == (None, friday.clock.now)


async def test_whose_owner_is_away_is_nobody_s_when_it_comes_back(friday: World) -> None:
    await comes(friday, "m1@x")
    await sets(friday, "$assignee-ben")
    await hold(friday.room, friday.room.state.threads["m1@x"].id, "monday", By("admin"))
    members = friday.team.members
    until_us = us("2026-12-24T09:00")
    friday.team.members = [
        replace(p, away_until_us=until_us) if p.login == "ben" else p for p in members
    ]
    await at(friday, "2026-11-30T09:00")
    assert await flags(friday, "m1@x") & {"$assignee-ben"} == set()
    assert friday.room.state.views["unassigned", ""].uids


async def test_no_goal_no_deadline(friday: World) -> None:
    await ruled(friday, reply_goal="off")
    await comes(friday, "m1@x")
    await at(friday, "2027-11-27T14:00")
    assert overdue(friday) == []
    await ruled(friday, reply_goal="1m")
    assert overdue(friday) == ["m1@x"]
    await ruled(friday, reply_goal="off")
    assert overdue(friday) == []


async def test_nobody_puts_anything_there_by_hand(friday: World) -> None:
    await comes(friday, "m1@x")
    inbox, _ = await friday.open("anna")
    with pytest.raises(CannotDo, match="overdue-by-itself"):
        await inbox.copy([1], "Status/Overdue")
    await sets(friday, "$overdue")
    assert "$overdue" not in await flags(friday, "m1@x")


async def test_joined_nothing_of_what_waits_is_forgotten(friday: World) -> None:
    await comes(friday, "m1@x")
    await at(friday, "2026-11-27T12:00")
    await comes(friday, "n1@x")
    await at(friday, "2026-11-27T13:00")
    raw = mail("m2@x").replace(b"Subject:", b"References: <m1@x> <n1@x>\nSubject:")
    dated(friday, raw, 0)
    await friday.synced()
    await at(friday, "2026-11-27T14:00")
    assert set(overdue(friday)) == {"m1@x", "n1@x", "m2@x"}


async def test_what_is_thrown_away_waits_no_more(friday: World) -> None:
    await comes(friday, "m1@x")
    await at(friday, "2026-11-27T15:00")
    inbox, _ = await friday.open("mara")
    await inbox.store([1], FlagMode.ADD, ["\\Deleted"])
    await inbox.expunge([1])
    assert overdue(friday) == []


async def test_it_comes_by_itself(friday: World) -> None:
    """While everybody idles; and what comes meanwhile with an earlier end is not missed."""
    naps: asyncio.Queue[float] = asyncio.Queue()
    over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        naps.put_nowait(seconds)
        await over.wait()

    task = asyncio.create_task(Deadlines(friday.room).run(sleep))
    assert await naps.get() == LOOKS_S  # until midnight there is nothing
    await ruled(friday, reply_goal="1m")
    friday.clock.advance(seconds=30)
    await comes(friday, "m1@x")
    assert await naps.get() == LOOKS_S
    friday.clock.advance(seconds=59)
    over.set()
    while (nap := await naps.get()) != 1:
        assert nap == LOOKS_S
    friday.clock.advance(seconds=1)
    async with asyncio.timeout(PATIENCE_S):
        while overdue(friday) != ["m1@x"]:
            await asyncio.sleep(0.001)
    task.cancel()


# ---------------------------------------------------------------- two of one, one of two


async def waits_since(world: World, message_id: str) -> str:
    clock = world.room.state.threads[message_id].clock
    if clock.waits_us is None:
        return ""
    return datetime.fromtimestamp(clock.waits_us // 1_000_000, TOKYO).strftime("%a %H:%M")


async def test_what_is_split_off_is_overdue_by_itself(friday: World) -> None:
    await comes(friday, "m1@x")
    await at(friday, "2026-11-27T11:00")
    await comes(friday, "m2@x", "m1@x")
    await at(friday, "2026-11-27T12:00")
    await comes(friday, "m3@x", "m2@x")
    await split(friday.room, "m2@x", By("admin"))
    await at(friday, "2026-11-27T14:00")
    assert overdue(friday) == ["m1@x"]
    await at(friday, "2026-11-27T15:00")
    assert set(overdue(friday)) == {"m1@x", "m2@x", "m3@x"}


async def test_what_is_split_off_on_hold_comes_back_by_itself(friday: World) -> None:
    await comes(friday, "m1@x")
    await comes(friday, "m2@x", "m1@x")
    await hold(friday.room, friday.room.state.threads["m1@x"].id, "monday", By("admin"))
    await split(friday.room, "m2@x", By("admin"))
    await at(friday, "2026-11-30T09:00")
    assert "$status-open" in await flags(friday, "m1@x")
    assert "$status-open" in await flags(friday, "m2@x")


@pytest.mark.parametrize("older", ["m1@x", "n1@x"])
async def test_joined_with_what_is_done(friday: World, older: str) -> None:
    """Whichever of the two is the older one."""
    younger = "n1@x" if older == "m1@x" else "m1@x"
    await comes(friday, older)
    await at(friday, "2026-11-27T11:00")
    await comes(friday, younger)
    await sets(friday, "$status-done", "n1@x")
    since = await waits_since(friday, "m1@x")
    await at(friday, "2026-11-27T12:00")
    numbers = [friday.room.state.threads[id_].id for id_ in (older, younger)]
    await join(friday.room, *numbers, By("admin"))
    assert await waits_since(friday, "m1@x") == since


@pytest.mark.parametrize("older", ["m1@x", "n1@x"])
async def test_joined_with_what_nobody_waits_in(friday: World, older: str) -> None:
    """What was done by telephone waits again, since it is work again."""
    younger = "n1@x" if older == "m1@x" else "m1@x"
    await comes(friday, older)
    await comes(friday, younger)
    await answered_in_webmail(friday, "a1@us", "m1@x")
    await sets(friday, "$status-checking")
    await sets(friday, "$status-done", "n1@x")
    await at(friday, "2026-11-27T15:00")
    numbers = [friday.room.state.threads[id_].id for id_ in (older, younger)]
    await join(friday.room, *numbers, By("admin"))
    assert "$status-checking" in await flags(friday, "n1@x")
    assert await waits_since(friday, "n1@x") in ("", "Fri 15:00")


async def test_mail_in_a_folder_that_is_for_junk_now_waits_no_more(friday: World) -> None:
    friday.upstream.folders["Orders"] = FakeFolder(77)
    await friday.sync.list_anew()
    await friday.synced()
    dated(friday, mail("m1@x"), 0, "Orders")
    await friday.synced()
    await at(friday, "2026-11-27T15:00")
    assert overdue(friday) == ["m1@x"]
    friday.upstream.folders["Orders"].attributes = frozenset({"\\junk"})
    await friday.sync.list_anew()
    assert overdue(friday) == []
    assert await waits_since(friday, "m1@x") == ""
    friday.upstream.folders["Orders"].attributes = frozenset()
    await friday.sync.list_anew()
    assert overdue(friday) == ["m1@x"]


async def test_passing_a_mail_on_answers_nobody_whoever_wrote_last(friday: World) -> None:
    await comes(friday, "m1@x")
    await at(friday, "2026-11-27T11:00")
    await comes(friday, "s1@x", "m1@x", sender="shop@other.example")
    raw = mail("f1@us", sender="support@example.test", answers="m1@x")
    await at(friday, "2026-11-27T12:00")
    dated(friday, raw.replace(b"To: c@example.com", b"To: shop@other.example"), 0, "Sent")
    await friday.synced()
    assert await waits_since(friday, "m1@x") == "Fri 10:00"


async def test_what_is_marked_as_answered_goes_with_its_mail(friday: World) -> None:
    r"""\Answered in webmail, and no copy in Sent."""
    await comes(friday, "m1@x", sender="ida@buyer.example")
    await at(friday, "2026-11-27T11:00")
    await comes(friday, "m2@x", "m1@x", sender="uwe@other.example")
    await at(friday, "2026-11-27T12:00")
    (second,) = (m for m in friday.upstream.folders["INBOX"].mails.values() if b"<m2@x>" in m.raw)
    second.flags |= {"\\Answered"}
    await friday.synced()
    await split(friday.room, "m2@x", By("admin"))
    await sets(friday, "$status-checking", "m2@x")
    for _ in range(2):
        assert await waits_since(friday, "m1@x") == "Fri 12:00"
        assert await waits_since(friday, "m2@x") == ""
        await friday.restart()


async def test_an_answer_that_is_noticed_later_was_given_when_it_was_stored(friday: World) -> None:
    await comes(friday, "m1@x")
    friday.clock.advance(seconds=3600)
    dated(friday, mail("a1@us", sender="support@example.test", answers="m1@x"), 0, "Sent")
    friday.clock.now = us("2026-11-30T10:00")  # nobody has looked meanwhile
    await friday.synced()
    assert await turns(friday) == [(Outcome.ANSWERED, HOUR_US, HOUR_US, "")]


@pytest.mark.parametrize(
    ("words", "opens"),
    [
        ({"office_hours": "Mon-Fri 13:00-18:00"}, "2026-11-30T13:00"),
        ({"office_hours": "Tue-Fri 09:00-18:00"}, "2026-12-01T09:00"),
    ],
)
async def test_what_is_held_until_a_day_comes_back_by_the_hours_of_now(
    friday: World, words: dict[str, str], opens: str
) -> None:
    await comes(friday, "m1@x")
    await hold(friday.room, friday.room.state.threads["m1@x"].id, "monday", By("admin"))
    await ruled(friday, **words)
    assert friday.room.state.threads["m1@x"].clock.until_us == us(opens)
    await at(friday, opens)
    assert "$status-open" in await flags(friday, "m1@x")


async def test_what_nobody_has_written_is_not_put_on_hold(friday: World) -> None:
    dated(friday, mail("o1@us", sender="support@example.test"), 0, "Sent")
    await friday.synced()
    with pytest.raises(BadInput, match="nobody outside"):
        await hold(friday.room, friday.room.state.threads["o1@us"].id, "monday", By("admin"))
