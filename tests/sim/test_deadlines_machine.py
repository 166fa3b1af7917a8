"""Random stories of a mailbox against the definition of what is overdue (waiting_story.py).

After every step: overdue is what a count of minutes says, in memory, in the database, in the folder
and by the keyword; a mod-sequence tells of each coming and going; and nothing that is to come by
itself is missing from the alarms.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from proxyd.domain.errors import BadInput
from proxyd.domain.policy import Policy
from proxyd.domain.policy_options import changed
from proxyd.domain.types import Right, SeenMode, SharedMailbox
from proxyd.domain.weekly_hours import parse
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.deadlines import stage_all, stage_due
from proxyd.service.mailbox.holding import hold
from proxyd.service.mailbox.office import furnish
from proxyd.service.mailbox.parting import join, split
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S
from tests.service.conftest import SERVER, World, mail
from tests.service.fake_upstream import FakeFolder
from tests.service.mailbox.test_who_belongs_together import US, told
from tests.service.modseq_checker import Numbers
from tests.sim.new_database import new_database
from tests.sim.waiting_story import MINUTE_US, Office, Story, Talk, Went, Wrote, due_us

ZONE = "Europe/Berlin"
SUPPLIER = "supplier@sup.example"
ADMIN = By("admin")
HOURS = (
    "Mon-Fri 09:00-18:00",
    "Mon-Fri 09:00-12:00, 13:00-18:00; Sat 10:00-14:00",
    "Mon-Sun 22:00-06:00",
    "Tue 00:00-24:00; Sat 20:00-04:00",
)
HOLIDAYS = (
    frozenset[date](),
    frozenset({date(2026, 3, 30), date(2026, 10, 26), date(2026, 12, 31), date(2027, 1, 1)}),
)
# Before both changes of clocks, a weekend, and the end of a year.
BEGINNINGS = ("2026-03-27T10:00", "2026-10-23T16:00", "2026-12-30T17:00", "2026-06-06T03:00")
GOALS = (1, 60, 240, 900)
FOLDERS = ("INBOX", "Archive", "Orders", "Trash")
DAYS = {"tomorrow": 1, "3d": 3, "1w": 7}
STATUSES = ("open", "checking", "hold", "done")


class DeadlinesMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.story = Story()
        self.serial = 0
        self.numbers = Numbers()
        self.goal = 240
        self.homes: dict[str, int] = {}
        self.before: dict[int, int] = {}  # since when each waited before the last step
        self.hours, self.closed = HOURS[0], HOLIDAYS[0]

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, PATIENCE_S))

    @initialize(begins=st.sampled_from(BEGINNINGS))
    def begin(self, begins: str) -> None:
        async def begin() -> World:
            clock = FakeClock(
                int(datetime.fromisoformat(begins + "+00:00").timestamp()) * 1_000_000
            )
            database = await new_database(self.folder.name, clock)
            mailbox = SharedMailbox(
                0, "support", US, (), "en", SeenMode.PERSON, SERVER, SERVER,
                policy=Policy(zone=ZONE),
            )  # fmt: skip
            mailbox = await database.write(lambda tx: tx.mailboxes.add(mailbox, b"sealed"))
            world = World(database, clock, mailbox)
            world.upstream.folders["Orders"] = FakeFolder(77)
            await world.hire("anna", "Anna", Right.RESPOND)
            await world.start()
            return world

        self.world: World = self.run(begin())
        self.day = self.world.room.office.day_of(self.now)
        for number in range(3):  # something to begin with: two conversations, one of two mails
            self.writes(f"c{min(number, 1)}@example.com", *(["m2@x"] if number == 2 else []))

    # -------------------------------------------------------------- what is known

    @property
    def now(self) -> int:
        return self.world.clock.now

    @property
    def office(self) -> Office:
        days = parse(self.hours).days
        assert days is not None
        return Office(ZONE, days, self.closed)

    def ids_of(self, number: int) -> list[str]:
        """Of the mails that lie somewhere."""
        messages = self.world.room.state.conversations[number].messages
        return [message.message_id for message in messages]

    def number_of(self, id_: str) -> int:
        return int(self.world.room.state.threads[id_].id)

    def waited(self) -> dict[int, int]:
        return {
            number: self.story.waits_us(talk, self.ids_of(number))
            for number, talk in self.story.talks.items()
        }

    def looked(self) -> None:
        """What a step has made of the statuses."""
        conversations = self.world.room.state.conversations
        for gone in sorted(self.story.talks.keys() - conversations.keys()):
            kept = next(self.number_of(id_) for id_, number in self.homes.items() if number == gone)
            self.story.joined(kept, gone, self.before, conversations[kept].status, self.now)
        self.homes = {id_: self.number_of(id_) for id_ in self.story.wrote}
        for number, conversation in conversations.items():
            talk = self.story.talks.setdefault(number, Talk(status=conversation.status))
            talk.is_now(conversation.status, self.now)

    def some_mail(self, data: st.DataObject, *, where: tuple[str, ...] = FOLDERS) -> Wrote:
        known = [each for each in self.story.wrote.values() if each.folder in where]
        return data.draw(st.sampled_from(known), label="mail")

    def minute_passes(self) -> None:
        """No two things at one time: what comes and what answers it have an order."""
        self.time_passes(1)
        self.before = self.waited()

    # -------------------------------------------------------------- what happens

    def comes(self, raw: bytes, folder: str = "INBOX") -> None:
        uid = self.world.upstream.deliver(raw, folder)
        at = datetime.fromtimestamp(self.now / 1e6, UTC)
        self.world.upstream.folders[folder].mails[uid].date = at.strftime("%d-%b-%Y %H:%M:%S +0000")
        self.run(self.world.synced())

    def writes(self, sender: str, *names: str, automatic: bool = False) -> str:
        self.minute_passes()
        self.serial += 1
        id_ = f"m{self.serial}@x"
        lines = [f"References: {' '.join(f'<{name}>' for name in names)}"] if names else []
        lines += ["Auto-Submitted: auto-replied"] if automatic else []
        self.comes(told(mail(id_, sender=sender), *lines))
        self.story.wrote[id_] = Wrote(id_, self.now, frozenset({sender}), automatic)
        self.looked()
        return id_

    @rule(automatic=st.sampled_from([False, False, False, True]))
    def somebody_writes(self, automatic: bool) -> None:
        self.writes(f"c{self.serial}@example.com", automatic=automatic)

    @rule(
        data=st.data(),
        who=st.sampled_from(["same", "same", "second", "supplier"]),
        automatic=st.sampled_from([False, False, True]),
        to_ours=st.booleans(),
    )
    def somebody_writes_again(
        self, data: st.DataObject, who: str, automatic: bool, to_ours: bool
    ) -> None:
        before = self.some_mail(data)
        (sender,) = before.people
        ours = [each.id for each in self.story.went.values() if each.people == before.people]
        named = ours[-1] if to_ours and ours and ours[-1] else before.id
        sender = {"same": sender, "second": f"second-{sender}", "supplier": SUPPLIER}[who]
        self.writes(sender, named, automatic=automatic)

    @rule(data=st.data(), to=st.sampled_from(["", "", "", SUPPLIER]), webmail=st.booleans())
    def we_write(self, data: st.DataObject, to: str, webmail: bool) -> None:
        """An answer, or a forward."""
        about = self.some_mail(data)
        self.minute_passes()
        self.serial += 1
        id_ = f"a{self.serial}@us"
        people = frozenset({to}) if to else about.people
        whom = ", ".join(people)
        if not webmail:
            self.run(self.through_us(id_, about, sorted(people)))
        self.comes(told(mail(id_, sender=US, answers=about.id), to=whom), "Sent")
        answers = bool(people & about.people)
        self.story.went[id_] = Went(id_, self.now, people, answers)
        self.looked()

    async def through_us(self, id_: str, about: Wrote, to: list[str]) -> None:
        world = self.world
        facts = world.conversations.find([about.id], to)
        person = world.team.by_login("anna")
        assert facts is not None
        assert person is not None
        await world.conversations.complete(
            facts.id, person, id_, [about.id], lambda tx: None, [], answers=facts.is_answer
        )

    @rule(data=st.data())
    def somebody_marks_it_in_webmail(self, data: st.DataObject) -> None:
        r"""\Answered: what else lies in Sent since then is that answer."""
        about = self.some_mail(data)
        self.minute_passes()
        upstream = self.upstream_mail(about)
        number = self.number_of(about.id)
        ours = [
            each
            for each in self.story.went.values()
            if (each.about or each.id) in self.ids_of(number) and each.at_us >= about.at_us
        ]
        is_news = "\\Answered" not in upstream.flags
        upstream.flags |= {"\\Answered"}
        self.run(self.world.synced())
        if is_news and not ours and about.folder in self.story.work:
            self.serial += 1
            key = f"marked-{self.serial}"
            self.story.went[key] = Went("", self.now, about.people, True, about.id)
        elif is_news:  # of two marked mails of one person the answer is the last one's
            for each in ours:
                if each.about and each.people == about.people:
                    former = self.story.wrote[each.about]
                    each.about = max((former, about), key=lambda mail: mail.at_us).id
        self.looked()

    def upstream_mail(self, about: Wrote) -> Any:
        return self.in_folder(about)[1]

    def in_folder(self, about: Wrote) -> tuple[int, Any]:
        mails = self.world.upstream.folders[about.folder].mails
        named = f"Message-ID: <{about.id}>".encode()
        (found,) = [(uid, each) for uid, each in mails.items() if named in each.raw]
        return found

    @rule(data=st.data(), status=st.sampled_from(STATUSES))
    def a_status_is_set(self, data: st.DataObject, status: str) -> None:
        about = self.some_mail(data)
        if about.folder not in self.story.work:
            return
        self.minute_passes()
        self.run(self.says(about, FlagMode.ADD, f"$status-{status}"))
        self.looked()

    async def says(self, about: Wrote, mode: FlagMode, flag: str) -> None:
        view, _ = await self.world.open("anna", about.folder)
        await view.store([self.uid_of(about)], mode, [flag])
        view.close()

    def uid_of(self, about: Wrote) -> int:
        folder = self.world.room.state.folder_named(about.folder)
        messages = self.world.room.state.by_message_id[about.id]
        (message,) = [each for each in messages if each.folder is folder]
        return int(message.views[folder.view])  # type: ignore[union-attr,index]

    @rule(data=st.data(), word=st.sampled_from(["", *DAYS]), folder=st.booleans())
    def it_is_put_on_hold(self, data: st.DataObject, word: str, folder: bool) -> None:
        about = self.some_mail(data)
        self.minute_passes()
        number = self.number_of(about.id)
        if folder and about.folder in self.story.work:
            word = "tomorrow"
            self.run(self.drops(about, "Status/On hold/Tomorrow"))
        else:
            self.run(hold(self.world.room, number, word, ADMIN))
        until_us = self.office.comes_back(self.now, DAYS[word]) if word else 0
        self.looked()
        self.story.talks[number].until_us = until_us

    async def drops(self, about: Wrote, folder: str) -> None:
        view, _ = await self.world.open("anna", about.folder)
        await view.copy([self.uid_of(about)], folder)
        view.close()

    @rule(data=st.data(), by_mail=st.booleans())
    def two_are_joined(self, data: st.DataObject, by_mail: bool) -> None:
        one, other = self.some_mail(data), self.some_mail(data)
        numbers = {self.number_of(one.id), self.number_of(other.id)}
        if len(numbers) == 1:
            return
        self.minute_passes()
        if by_mail:
            sender = next(iter(one.people))
            self.serial += 1
            id_ = f"m{self.serial}@x"
            raw = told(mail(id_, sender=sender), f"References: <{one.id}> <{other.id}>")
            self.comes(raw)
            self.story.wrote[id_] = Wrote(id_, self.now, frozenset({sender}))
        else:
            self.run(join(self.world.room, *numbers, ADMIN))
        self.looked()

    @rule(data=st.data())
    def one_is_split(self, data: st.DataObject) -> None:
        about = self.some_mail(data)
        self.minute_passes()
        number = self.number_of(about.id)
        with suppress(BadInput):  # nothing would stay
            parted = self.run(split(self.world.room, about.id, ADMIN))
            self.story.talks[parted.other] = replace(self.story.talks[number])
        self.looked()

    @rule(data=st.data(), to=st.sampled_from(FOLDERS))
    def it_is_moved_in_webmail(self, data: st.DataObject, to: str) -> None:
        about = self.some_mail(data)
        if about.folder == to:
            return
        self.minute_passes()
        uid, mail = self.in_folder(about)
        target = self.world.upstream.folders[to]
        target.mails[target.uidnext] = mail
        target.uidnext += 1
        # Seen gone before it is seen there, it would be overdue, not, and again within one step.
        self.run(self.world.synced())
        self.numbers_tell_every_change()
        del self.world.upstream.folders[about.folder].mails[uid]
        about.folder = to
        self.run(self.world.synced())
        self.looked()

    @rule(junk=st.booleans())
    def something_rare(self, junk: bool) -> None:
        if junk:
            self.a_folder_is_for_junk_or_no_more()
        else:
            self.it_is_restarted()

    def a_folder_is_for_junk_or_no_more(self) -> None:
        self.minute_passes()
        orders = self.world.upstream.folders["Orders"]
        self.story.work ^= {"Orders"}
        orders.attributes = frozenset() if "Orders" in self.story.work else frozenset({"\\junk"})
        self.run(self.world.sync.list_anew())
        self.run(self.world.synced())
        self.looked()

    @rule(
        hours=st.sampled_from(HOURS), closed=st.sampled_from(HOLIDAYS), goal=st.sampled_from(GOALS)
    )
    def the_office_is_another(self, hours: str, closed: frozenset[date], goal: int) -> None:
        self.minute_passes()
        self.hours, self.closed, self.goal = hours, closed, goal
        room = self.world.room
        words = {"office-hours": hours, "reply-goal": f"{goal}m"}
        policy = changed(Policy(zone=ZONE), words)
        room.mailbox = self.world.mailbox = replace(room.mailbox, policy=policy)
        self.run(self.opens_otherwise())
        for talk in self.story.talks.values():
            talk.until_us = self.office.comes_back_now(talk.until_us) if talk.until_us else 0

    async def opens_otherwise(self) -> None:
        """As ``Rooms`` does it."""
        room, closed = self.world.room, dict.fromkeys(self.closed, "closed")
        await self.world.database.write(lambda tx: tx.closed_days.replace(room.mailbox.id, closed))
        await furnish(room)
        await room.change(partial(stage_all, room))

    @rule(minutes=st.sampled_from([1, 59, 60, 240, 600, 1439, 1440, 3 * 1440, 10_080, 20_000]))
    def time_passes(self, minutes: int) -> None:
        """As ``Deadlines.run`` does it."""
        self.world.clock.now += minutes * MINUTE_US
        room = self.world.room
        today, next_us = room.office.day_of(self.now), room.state.alarms.next_us()
        if today != self.day or (next_us is not None and next_us <= self.now):
            self.run(room.change(partial(stage_due, room, new_day=today != self.day)))
            self.day = today
        self.looked()
        self.numbers_tell_every_change()

    def it_is_restarted(self) -> None:
        self.run(self.world.restart())
        self.looked()

    # -------------------------------------------------------------- what must hold

    @invariant()
    def overdue_is_what_the_definition_says(self) -> None:
        office, state = self.office, self.world.room.state
        overdue: set[str] = set()
        for number, waits in self.waited().items():
            clock = state.conversations[number].clock
            assert (clock.waits_us or 0) // MINUTE_US == waits // MINUTE_US, number
            assert (clock.until_us or 0) == self.story.talks[number].until_us
            due = due_us(office, waits, self.goal) if waits else None
            assert due is None or (clock.due_us or 0) // MINUTE_US == due // MINUTE_US
            if due is not None and due <= self.now:
                overdue.update(self.ids_of(number))
                assert clock.overdue
            else:
                assert not clock.overdue
        work = {each.id for each in self.story.wrote.values() if each.folder in self.story.work}
        view = state.views["overdue", ""]
        shown = [message.message_id for message in view.members.values()]
        assert sorted(shown) == sorted(overdue & work)
        room, anna = self.world.room, self.world.team.members[0].id
        for message in state.messages():
            flags = room.flags(message, anna, message.folder.view)  # type: ignore[arg-type]
            assert ("$overdue" in flags) is (message.message_id in overdue)

    @invariant()
    def what_comes_by_itself_is_among_the_alarms(self) -> None:
        state = self.world.room.state
        times = [each.clock.next_us() for each in state.conversations.values()]
        assert state.alarms.next_us() == min(filter(None, times), default=None)
        assert all(time is None or time > self.now for time in times)

    @invariant()
    def the_database_says_the_same(self) -> None:
        def read(tx: Any) -> dict[int, tuple[object, ...]]:
            query = "SELECT id, waits_us, overdue, until_us, finished_us, resumed_us"
            rows = tx.connection.exec_driver_sql(f"{query} FROM conversations").all()
            return {row[0]: tuple(row[1:]) for row in rows}

        kept = {
            number: (c.waits_us, c.overdue, c.until_us, c.finished_us, c.resumed_us)
            for number, c in (
                (number, each.clock) for number, each in self.world.room.state.conversations.items()
            )
        }
        assert self.run(self.world.database.read(read)) == kept

    @invariant()
    def numbers_tell_every_change(self) -> None:
        self.numbers.look(self.world.room)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.run(self.world.stop())
            self.run(self.world.database.close())
        self.loop.close()
        self.folder.cleanup()


TestDeadlines = DeadlinesMachine.TestCase
TestDeadlines.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
