"""One reminder for each time, for everybody, of what waits; and it goes by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from proxyd.domain.errors import CannotDo
from proxyd.domain.note_leaks import How, LookedThrough, leak_of
from proxyd.domain.note_marks import looks_marked
from proxyd.domain.notes import REMINDERS, NoteKind
from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.policy import Policy
from proxyd.domain.reminder_times import parse
from proxyd.domain.thread import parse_headers
from proxyd.domain.types import Origin
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.reading import Reading
from proxyd.service.mailbox.deadlines import stage_all, stage_due
from proxyd.service.mailbox.model import STOPPED, Conversation, WaitingClock
from proxyd.service.reminders.reminders import LOOKS_S, Reminders
from tests.service.conftest import Watcher, World, mail

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=TOKYO)
HOUR = timedelta(hours=1)
DELETED = ["\\Deleted"]


def us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def turn(world: World, to: datetime) -> None:
    world.clock.now = us(to)


def choose(world: World, *, language: str = "en", **policy: object) -> None:
    chosen = replace(Policy(zone="Asia/Tokyo"), **policy)  # type: ignore[arg-type]
    world.mailbox = replace(world.mailbox, policy=chosen, language=language)
    world.room.mailbox = world.mailbox
    world.room.office = OfficeHours(chosen.office_hours, chosen.tz)


@pytest.fixture
async def office(world: World) -> World:
    """Three mails; the office opens on Monday at nine."""
    turn(world, MONDAY - 20 * HOUR)
    choose(world)
    for number in (1, 2, 3):
        subject = "Re: order" if number == 1 else f"Order {number}"
        sender = f'"Kunde {number}" <k{number}@example.com>'
        world.upstream.deliver(mail(f"m{number}@x", subject=subject, sender=sender))
    await world.synced()
    late(world)
    await world.reminders.look()
    turn(world, MONDAY)
    return world


def of(world: World, number: int) -> Conversation:
    return world.room.state.threads[f"m{number}@x"]


def late(world: World, *numbers: int) -> None:
    """They wait since Friday, the first one longest, and no others do."""
    for conversation in world.room.state.conversations.values():
        conversation.clock = STOPPED
    for number in numbers:
        waits = us(MONDAY - timedelta(days=3) + number * HOUR)
        of(world, number).clock = WaitingClock(waits_us=waits, due_us=waits, overdue=True)


def due(world: World, number: int, at: datetime) -> None:
    of(world, number).clock = WaitingClock(waits_us=us(at - 4 * HOUR), due_us=us(at))


def reminders(world: World) -> list[int]:
    folder = world.room.state.folder_named(REMINDERS)
    return sorted(folder.by_uid) if folder is not None else []


async def stored(world: World) -> int:
    kind, mailbox_id = NoteKind.REMINDER, world.mailbox.id
    return len(await world.database.read(lambda tx: tx.notes.all(mailbox_id, kind)))


async def octets(world: World) -> bytes:
    (uid,) = reminders(world)
    found = await world.database.read(lambda tx: tx.notes.messages(world.mailbox.id, [uid]))
    return found[uid]


async def told(world: World) -> tuple[str, str]:
    """Subject and text."""
    parsed = message_from_bytes(await octets(world), policy=default)
    return parsed["Subject"], parsed.get_content().replace("\r\n", "\n")  # type: ignore[union-attr]


async def inbox(world: World, login: str = "anna") -> tuple[OpenView, Watcher]:
    return await world.open(login, "INBOX")


# ---------------------------------------------------------------- what it says


async def test_the_oldest_comes_first_with_who_has_it(office: World) -> None:
    late(office, 3, 1)
    due(office, 2, MONDAY + 2 * HOUR)
    anna = office.team.by_login("anna")
    assert anna is not None
    office.team.members[0] = replace(anna, away_until_us=us(MONDAY + 24 * HOUR))
    await office.change(lambda change: change.set_assignee(of(office, 1), anna.id))
    await office.reminders.look()
    subject, text = await told(office)
    assert subject == "2 mails are overdue"
    assert text.splitlines()[1:] == [
        "",
        "Overdue, the oldest first: 2",
        "",
        "- since Fri 27 Nov 10:00: Kunde 1 <k1@example.com>",
        '  "Re: order"',
        "  Anna Sato (away)",
        "- since Fri 27 Nov 12:00: Kunde 3 <k3@example.com>",
        '  "Order 3"',
        "  nobody has it",
        "",
        "Due before the office closes (Mon 30 Nov 18:00): 1",
        "",
        "- due Mon 30 Nov 11:00: Kunde 2 <k2@example.com>",
        '  "Order 2"',
        "  nobody has it",
        "",
        "This mail goes by itself, when all of that is done or with the next reminder.",
    ]


async def test_in_japanese(office: World) -> None:
    choose(office, language="ja")
    late(office, 1)
    ben = office.team.by_login("ben")
    assert ben is not None
    office.team.members[1] = replace(ben, name="中村 健")
    await office.change(lambda change: change.set_assignee(of(office, 1), ben.id))
    await office.reminders.look()
    subject, text = await told(office)
    assert subject == "期限を過ぎたメールが1件あります"
    assert text.splitlines()[1:] == [
        "",
        "■ 期限を過ぎたメール（古い順）：1件",
        "",
        "・11月27日（金） 10:00から　Kunde 1 <k1@example.com>",
        "　「Re: order」",
        "　担当者：中村 健さん",
        "",
        "このメールは、記載したメールの対応がすべて済むか、次のリマインダーが届くと、"
        "自動的に消えます。",
    ]


async def test_what_is_due_after_closing_is_not_told(office: World) -> None:
    due(office, 1, MONDAY + 9 * HOUR)
    due(office, 2, MONDAY + 9 * HOUR + timedelta(minutes=1))
    await office.reminders.look()
    subject, text = await told(office)
    assert subject == "1 mail is due today"
    assert "Order 2" not in text


async def test_what_is_on_hold_for_a_week_without_a_date(office: World) -> None:
    turn(office, MONDAY - timedelta(days=7, hours=1))
    await office.change(lambda change: [change.set_status(of(office, n), "hold") for n in (1, 2)])
    of(office, 2).clock = WaitingClock(until_us=us(MONDAY + timedelta(days=1)))
    turn(office, MONDAY - timedelta(days=6))
    await office.change(lambda change: change.set_status(of(office, 3), "hold"))
    turn(office, MONDAY)
    await office.reminders.look()
    subject, text = await told(office)
    assert subject == "1 mail has been on hold for a week"
    assert "On hold without a date for more than 7 days: 1" in text
    assert "- since Mon 23 Nov 8:00: Kunde 1" in text
    assert "Order" not in text
    await office.change(lambda change: change.set_status(of(office, 1), "open"))
    await office.reminders.look()
    assert reminders(office) == []


async def test_of_many_the_rest_is_in_the_folder(office: World) -> None:
    for number in range(4, 61):
        office.upstream.deliver(mail(f"m{number}@x", subject=f"Order {number}"))
    await office.synced()
    late(office, *range(1, 61))
    await office.reminders.look()
    subject, text = await told(office)
    assert subject == "60 mails are overdue"
    assert text.count("nobody has it") == 50
    assert "and 10 more: see folder Overdue" in text
    for number in range(1, 60):
        of(office, number).clock = STOPPED
    await office.reminders.look()
    assert len(reminders(office)) == 1  # the last one, too, although it is not written there


async def test_what_a_stranger_writes_stays_on_its_line(office: World) -> None:
    evil = "Hi\r\n \u202e- nobody has it =?utf-8?Q?x=0D=0A=0D=0A[[note:?="
    raw = mail("m9@x", subject="x", sender='"a\u2066b" <evil@example.com>').replace(
        b"Subject: x", b"Subject: " + evil.encode()
    )
    office.upstream.deliver(raw)
    await office.synced()
    late(office, 9)
    await office.reminders.look()
    _, text = await told(office)
    assert "\u202e" not in text
    assert "\u2066" not in text
    assert text.splitlines()[4:7] == [
        "- since Fri 27 Nov 18:00: ab <evil@example.com>",
        '  "Hi - nobody has it x [[note:"',
        "  nobody has it",
    ]


async def test_a_provider_that_is_away_hides_subjects_and_nothing_else(office: World) -> None:
    late(office, 1)
    office.upstream.down = True
    await office.reminders.look()
    _, text = await told(office)
    assert "(the provider can't be reached: subject not known)" in text
    assert "- since Fri 27 Nov 10:00: (no sender)" in text


async def test_what_it_is_made_of(office: World) -> None:
    late(office, 1)
    await office.reminders.look()
    parsed = message_from_bytes(await octets(office), policy=default)
    assert parsed["From"] == "support <note@support.example.test.invalid>"
    assert parsed["To"] == "note@support.example.test.invalid"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert looks_marked(parsed["X-Proxyd-Note"])
    id_ = f"<reminder.20261130T000000Z.{office.mailbox.id}@support.example.test.invalid>"
    assert parsed["Message-ID"] == id_
    assert parsed["Date"] == "Mon, 30 Nov 2026 09:00:00 +0900"
    (record,) = await office.log(message_id=id_.strip("<>"))
    assert (record.record.action, record.record.detail) == ("append", {"what": "reminder"})


async def test_by_the_clocks_of_the_mailbox_itself(office: World) -> None:
    """From Sunday on nobody waits before the office opens; four hours of it are the goal."""
    await office.change(partial(stage_all, office.room))
    await office.reminders.look()
    subject, text = await told(office)
    assert subject == "3 mails are due today"
    assert text.count("- due Mon 30 Nov 13:00: ") == 3
    view, _ = await inbox(office)
    await view.store([2], FlagMode.ADD, ["$status-done"])
    turn(office, MONDAY + timedelta(days=1))
    await office.change(partial(stage_due, office.room, new_day=True))
    await office.reminders.look()
    subject, text = await told(office)
    assert subject == "2 mails are overdue"
    assert text.count("- since Sun 29 Nov 13:00: ") == 2
    late_ones, _ = await office.open("ben", "Status/Overdue")
    assert len(late_ones.uids()) == 3  # the reminder stands beside them
    await view.store([1, 3], FlagMode.ADD, ["$status-done"])
    await office.reminders.look()
    assert (reminders(office), list(late_ones.uids())) == ([], [])


# ---------------------------------------------------------------- where it shows


async def test_it_shows_to_everybody_in_inbox_and_is_read_by_each(office: World) -> None:
    late(office, 1)
    view, watcher = await inbox(office)
    await office.reminders.look()
    assert watcher.told[-1] == ("arrived", [4])
    await view.store([4], FlagMode.ADD, ["\\Seen"])
    for login, seen in (("anna", True), ("ben", False), ("rita", False)):
        view, _ = await inbox(office, login)
        facts = view.facts(4)
        assert facts is not None
        assert ("\\Seen" in facts.flags) is seen, login
        async for rows in view.fetch([4], [b"BODY.PEEK[HEADER]"], Reading.LIST):
            assert b"overdue" in next(iter(rows[0].values.values()))  # type: ignore[operator]
        assert list(view.uids()) == [1, 2, 3, 4]
    person = await office.enter("anna")
    for entry in person.tree():
        if entry.selectable and entry.name not in ("INBOX", "Status/Overdue"):
            view, _ = await office.open("anna", entry.name)
            assert len(view.uids()) <= 3, entry.name
    assert "reminders" not in " ".join(entry.name for entry in person.tree()).lower()
    everywhere = [m.raw for f in office.upstream.folders.values() for m in f.mails.values()]
    assert not any(b"overdue" in raw or b"X-Proxyd-Note" in raw for raw in everywhere)


async def test_it_is_work_for_nobody(office: World) -> None:
    late(office, 1)
    await office.reminders.look()
    folder = office.room.state.folder_named(REMINDERS)
    assert folder is not None
    (message,) = folder.by_uid.values()
    assert (message.inbound, message.conversation.status) == (False, "done")
    assert message.conversation.messages == [message]
    view, _ = await inbox(office)
    for flag in ("$status-open", "$assignee-anna"):
        with pytest.raises(CannotDo) as refused:
            await view.store([4], FlagMode.ADD, [flag])
        assert refused.value.reason == "nobody-wrote"
    for name in ("Status/Open", "Status/Mine"):
        with pytest.raises(CannotDo):
            await view.move([4], name)


async def test_who_deletes_it_hears_why_not_and_nobody_asks_again(office: World) -> None:
    late(office, 1)
    await office.reminders.look()
    for login in ("anna", "mara"):
        view, _ = await inbox(office, login)
        await view.store([4], FlagMode.ADD, DELETED)
        with pytest.raises(CannotDo) as refused:
            await view.expunge(None)
        assert refused.value.reason == "reminder-stays"
        facts = view.facts(4)
        assert facts is not None
        assert "\\Deleted" not in facts.flags
        await view.expunge(None)  # its mark was taken back: nothing is left to ask for
        for name in ("Trash", "Archive"):
            for work in (view.move, view.copy):
                with pytest.raises(CannotDo) as refused:
                    await work([4], name)
                assert refused.value.reason == "reminder-stays"
    assert await stored(office) == 1


async def test_with_others_the_others_go_and_it_shows_again(office: World) -> None:
    late(office, 1)
    await office.reminders.look()
    view, watcher = await inbox(office)
    await view.move([2, 4], "Archive")
    assert list(view.uids()) == [1, 3, 5]  # under another UID: who takes it for gone is told
    assert {uid for kind, uids in watcher.told if kind == "gone" for uid in uids} == {2, 4}
    await view.store([3, 5], FlagMode.ADD, DELETED)
    with pytest.raises(CannotDo) as refused:
        await view.expunge(None)
    assert refused.value.reason == "reminder-stays"
    assert list(view.uids()) == [1, 5]


@pytest.mark.parametrize("moving", [True, False])
async def test_who_puts_all_of_inbox_on_done_is_not_refused_because_of_it(
    office: World, moving: bool
) -> None:
    late(office, 1)
    await office.reminders.look()
    view, _ = await inbox(office)
    work = view.move if moving else view.copy
    await work(list(view.uids()), "Status/Done")
    assert {of(office, number).status for number in (1, 2, 3)} == {"done"}
    await view.store(list(view.uids()), FlagMode.ADD, ["$status-open"])
    assert {of(office, number).status for number in (1, 2, 3)} == {"open"}
    assert len(view.uids()) == 4


# ---------------------------------------------------------------- when


async def looks(world: World, *at: datetime) -> list[int]:
    """How many were made by then."""
    made: list[int] = []
    for one in at:
        turn(world, one)
        await world.reminders.look()
        made.append(max(reminders(world), default=0))
    first = next((uid for uid in made if uid), 0)
    return [uid - first + 1 if uid else 0 for uid in made]


async def test_one_for_each_time_and_the_next_replaces_it(office: World) -> None:
    late(office, 1)
    view, watcher = await inbox(office)
    day = timedelta(days=1)
    every = [MONDAY - HOUR, MONDAY, MONDAY + HOUR, MONDAY + 20 * HOUR, MONDAY + day]
    assert await looks(office, *every) == [0, 1, 1, 1, 2]
    assert watcher.told == [("arrived", [4]), ("arrived", [5]), ("gone", [4])]
    assert await stored(office) == 1
    assert list(view.uids()) == [1, 2, 3, 5]


async def test_several_a_day(office: World) -> None:
    choose(office, reminder_at=parse("09:00 16:30"))
    late(office, 1)
    every = [MONDAY, MONDAY + 7 * HOUR, MONDAY + 7.5 * HOUR, MONDAY + 8 * HOUR]
    assert await looks(office, *every) == [1, 1, 2, 2]


async def test_not_on_a_day_on_which_the_office_is_closed(office: World) -> None:
    late(office, 1)
    saturday = MONDAY - timedelta(days=2)
    assert await looks(office, saturday, saturday + 5 * HOUR) == [0, 0]
    office.room.office = OfficeHours(
        office.mailbox.policy.office_hours, TOKYO, lambda day: day == MONDAY.date()
    )
    assert await looks(office, MONDAY, MONDAY + timedelta(days=1)) == [0, 1]


async def test_switched_off_there_is_none(office: World) -> None:
    late(office, 1)
    assert await looks(office, MONDAY) == [1]
    choose(office, reminder_at=parse("off"))
    assert await looks(office, MONDAY + HOUR, MONDAY + timedelta(days=1)) == [0, 0]
    assert await stored(office) == 0


async def test_where_there_is_nothing_to_tell_that_time_is_over(office: World) -> None:
    assert await looks(office, MONDAY) == [0]
    late(office, 1)
    assert await looks(office, MONDAY + HOUR) == [0]
    await office.restart()
    late(office, 1)
    assert await looks(office, MONDAY + HOUR, MONDAY + timedelta(days=1)) == [0, 1]


async def test_it_is_made_once_across_restarts_and_caught_up_once(office: World) -> None:
    turn(office, MONDAY + 3 * HOUR)  # proxyd was down at nine
    await office.restart()
    late(office, 1)
    assert await looks(office, MONDAY + 3 * HOUR, MONDAY + 4 * HOUR) == [1, 1]
    await office.restart()
    late(office, 1)
    assert await looks(office, MONDAY + 5 * HOUR) == [1]
    turn(office, MONDAY + timedelta(days=1, hours=9))  # and all of Tuesday
    assert await looks(office, MONDAY + timedelta(days=1, hours=9)) == [1]


async def test_it_goes_when_all_it_names_is_done(office: World) -> None:
    late(office, 1, 2)
    _, watcher = await inbox(office)
    assert await looks(office, MONDAY) == [1]
    of(office, 1).clock = STOPPED
    assert await looks(office, MONDAY + HOUR) == [1]
    await office.restart()
    late(office, 2)
    assert await looks(office, MONDAY + HOUR) == [1]
    view, watcher = await inbox(office)
    of(office, 2).clock = STOPPED
    late(office, 3)  # which it does not name
    assert await looks(office, MONDAY + HOUR) == [0]
    assert watcher.told == [("gone", [4])]
    assert list(view.uids()) == [1, 2, 3]
    assert await looks(office, MONDAY + 2 * HOUR, MONDAY + timedelta(days=1)) == [0, 1]


async def test_died_after_it_was_stored(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    late(office, 1)

    async def dies(*args: object) -> None:
        raise RuntimeError("kill -9")

    monkeypatch.setattr(office.sync, "ingest", dies)
    with pytest.raises(RuntimeError):
        await office.reminders.look()
    assert (await stored(office), reminders(office)) == (1, [])
    await office.restart()
    late(office, 1)
    assert len(reminders(office)) == 1
    await office.reminders.look()
    assert await stored(office) == 1
    assert len((await inbox(office))[0].uids()) == 4


async def test_died_before_the_former_one_was_taken_away(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    late(office, 1)
    await office.reminders.look()

    async def dies(folder: object) -> None:
        raise RuntimeError("kill -9")

    turn(office, MONDAY + timedelta(days=1))
    monkeypatch.setattr(office.reminders, "_tidy", dies)
    with pytest.raises(RuntimeError):
        await office.reminders.look()
    assert await stored(office) == 2
    await office.restart()
    late(office, 1)
    await office.reminders.look()
    assert await stored(office) == 1
    assert len((await inbox(office))[0].uids()) == 4


async def test_a_mailbox_that_is_new_begins_with_the_next_time(world: World) -> None:
    turn(world, MONDAY + HOUR)
    choose(world)
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    late(world, 1)
    day = timedelta(days=1)
    assert await looks(world, MONDAY + HOUR, MONDAY + 2 * HOUR, MONDAY + day) == [0, 0, 1]


async def test_a_clock_that_was_a_year_ahead_ends_no_reminders(office: World) -> None:
    late(office, 1)
    await looks(office, MONDAY + timedelta(days=364))  # a Monday
    assert await stored(office) == 1
    turn(office, MONDAY)
    await office.reminders.look()
    assert "20261130" in parse_headers(await octets(office)).message_id


@pytest.mark.parametrize("are", ["gone", "switched off"])
async def test_a_mailbox_without_people_has_none(office: World, are: str) -> None:
    off = [replace(each, disabled=True) for each in office.team.members]
    office.team.members = off if are == "switched off" else []
    late(office, 1)
    await office.reminders.look()
    assert await stored(office) == 0


async def test_a_mailbox_whose_provider_never_answered_has_none(world: World) -> None:
    other = await world.second("sales", answers=False)
    turn(other, MONDAY)
    await other.reminders.look()
    assert reminders(other) == []


async def test_the_task_waits_for_the_next_time(office: World) -> None:
    late(office, 1)
    turn(office, MONDAY - timedelta(seconds=90))
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        office.clock.advance(seconds=seconds)
        if len(slept) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Reminders(office.room, office.sync).run(sleep)
    assert slept == [LOOKS_S, 30.0, LOOKS_S]
    assert len(reminders(office)) == 1


# ---------------------------------------------------------------- it can't leave


def sent(text: str, answers: str = "") -> bytes:
    return mail("r@pc", subject="Re: order", sender="support@example.test", answers=answers) + (
        text.encode()
    )


def found(world: World, raw: bytes, passed_on: Sequence[str] = ()) -> How | None:
    mail = LookedThrough(raw, parse_headers(raw), passed_on, world.shop.marks)
    leak = leak_of(mail, [world.room.leaks])
    return leak.how if leak is not None else None


@pytest.mark.parametrize("restarted", [False, True])
async def test_it_leaves_with_nothing(office: World, restarted: bool) -> None:
    late(office, 2)
    await office.reminders.look()
    _, text = await told(office)
    id_ = parse_headers(await octets(office)).message_id
    if restarted:
        await office.restart()
    assert found(office, sent("ok", answers=id_)) is How.ANSWERED
    assert found(office, sent("see below"), [id_]) is How.PASSED_ON
    assert found(office, sent(text)) is How.PASSED_ON
    assert found(office, await octets(office)) is How.PASSED_ON
    # its words are customers' subjects, which an answer has as well
    words = "\n".join(text.splitlines()[1:])
    assert found(office, sent(words, answers="m2@x")) is None


async def test_an_answer_to_it_is_no_note(office: World) -> None:
    late(office, 1)
    await office.reminders.look()
    id_ = parse_headers(await octets(office)).message_id
    anna = office.team.by_login("anna")
    assert anna is not None
    raw = sent("@ben Please take it", answers=id_)
    for _ in range(2):
        with pytest.raises(CannotDo) as refused:
            await office.conversations.note(anna, raw, Origin("smtp", "127.0.0.1"))
        assert refused.value.reason == "note-answers-none"
        await looks(office, MONDAY + timedelta(days=1))  # nor to one that is gone
