"""Random people, mails, moves, outside answers and restarts against a model of the workflow.

After every step: exactly one status and at most one assignee on every message of a conversation,
each virtual folder holds just what it should, no UID was used twice, and what an open view was
told adds up to what it holds (promises 3 and 4); mod-sequences, ids and dates of saving keep what
RFC 7162, 8474 and 8514 promise, from any step to the next, restarts included.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from proxyd.domain.errors import AlreadyTaken, NotPermitted, StoreUnavailable
from proxyd.domain.types import Right, SeenMode, SharedMailbox
from proxyd.service.api.changing import FlagMode
from proxyd.service.mail.counting import count
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S
from tests.service.conftest import SERVER, Watcher, World, mail
from tests.service.modseq_checker import Numbers
from tests.sim.new_database import new_database

STATUSES = ("open", "checking", "hold", "done")
FOLDERS = {
    "open": "Status/Open",
    "checking": "Status/Checking",
    "hold": "Status/On hold",
    "done": "Status/Done",
}
PEOPLE = {"anna": Right.RESPOND, "ben": Right.RESPOND, "mara": Right.MANAGE}
RESPONDERS = st.sampled_from(sorted(PEOPLE))


def serial_of(message_id: str) -> int:
    return int(message_id[1:].partition("@")[0])


class Believing(Watcher):
    """A watcher that keeps the UIDs a client would believe in, and those it has ever seen."""

    def __init__(self) -> None:
        super().__init__()
        self.believed: list[int] = []
        self.ever: set[int] = set()

    def start(self, uids: list[int]) -> None:
        self.believed, self.ever = list(uids), set(uids)

    def arrived(self, uids: Any) -> None:
        assert not self.ever & set(uids), "a UID was used twice"
        assert not self.believed or min(uids) > max(self.ever), "UIDs must ascend"
        self.believed += uids
        self.ever |= set(uids)

    def gone(self, uids: Any) -> None:
        assert set(uids) <= set(self.believed), "told of what was never there"
        self.believed = [uid for uid in self.believed if uid not in set(uids)]


class ConversationMachine(RuleBasedStateMachine):
    """The model: what status, assignee and mails each thread should have."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.answers: dict[int, list[int]] = {}  # of each thread, by the serial number before it
        self.threads: dict[int, list[str]] = {}
        self.status: dict[int, str] = {}
        self.assignee: dict[int, str] = {}
        self.serial = 0
        self.numbers = Numbers()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, PATIENCE_S))

    @initialize()
    def begin(self) -> None:
        async def begin() -> World:
            clock = FakeClock()
            database = await new_database(self.folder.name, clock)
            mailbox = SharedMailbox(
                0, "support", "support@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
            )
            mailbox = await database.write(lambda tx: tx.mailboxes.add(mailbox, b"sealed"))
            world = World(database, clock, mailbox)
            for login, right in PEOPLE.items():
                await world.hire(login, login.title(), right)
            await world.start()
            return world

        self.world: World = self.run(begin())
        self.views: dict[str, tuple[Any, Believing]] = {}
        self.open_views()

    def open_views(self) -> None:
        for name in ("INBOX", "Status/Open", "Status/Done", "Status/Mine"):
            watcher = Believing()
            person = self.run(self.world.enter("anna"))
            view = self.run(person.open(name, read_only=False, observer=watcher))
            watcher.start(list(view.uids()))
            self.views[name] = view, watcher

    def inbox_uid(self, message_id: str) -> int:
        folder = self.world.room.state.folder_named("INBOX")
        (message,) = [
            m for m in self.world.room.state.by_message_id[message_id] if m.folder is folder
        ]
        return int(message.views[folder.view])  # type: ignore[union-attr,index]

    # -------------------------------------------------------------- what happens

    @rule()
    def customer_writes(self) -> None:
        self.serial += 1
        thread = self.serial
        self.deliver(thread, f"m{self.serial}@x", "")
        self.status[thread], self.assignee[thread] = "open", ""

    @precondition(lambda self: self.threads)
    @rule(data=st.data())
    def customer_writes_again(self, data: st.DataObject) -> None:
        thread = data.draw(st.sampled_from(sorted(self.threads)))
        self.serial += 1
        self.deliver(thread, f"m{self.serial}@x", self.threads[thread][-1])
        self.status[thread] = "open"

    def deliver(self, thread: int, message_id: str, answers: str) -> None:
        self.time_passes()
        self.world.upstream.deliver(mail(message_id, answers=answers))
        self.threads.setdefault(thread, []).append(message_id)
        self.run(self.world.synced())

    def time_passes(self) -> None:
        """No two things at one time: what comes and what answers it have an order."""
        self.world.clock.advance(us=1)

    @precondition(lambda self: self.threads)
    @rule(
        data=st.data(), login=RESPONDERS, status=st.sampled_from(STATUSES), by_folder=st.booleans()
    )
    def status_is_set(self, data: st.DataObject, login: str, status: str, by_folder: bool) -> None:
        thread = data.draw(st.sampled_from(sorted(self.threads)))
        uid = self.inbox_uid(data.draw(st.sampled_from(self.threads[thread])))
        view, _ = self.run(self.world.open(login))
        if by_folder:
            result = self.run(view.move([uid], FOLDERS[status]))
            assert len(result.pairs) == 1
        else:
            self.run(view.store([uid], FlagMode.ADD, [f"$status-{status}"]))
        self.status[thread] = status
        view.close()

    @precondition(lambda self: self.threads)
    @rule(data=st.data(), login=RESPONDERS, to=RESPONDERS)
    def somebody_is_assigned(self, data: st.DataObject, login: str, to: str) -> None:
        thread = data.draw(st.sampled_from(sorted(self.threads)))
        uid = self.inbox_uid(self.threads[thread][0])
        view, _ = self.run(self.world.open(login))
        now = self.assignee[thread]
        try:
            self.run(view.store([uid], FlagMode.ADD, [f"$assignee-{to}"]))
        except AlreadyTaken as error:
            assert error.login == now != to
            assert login not in (now, "mara")
        else:
            assert now in ("", to, login) or login == "mara"
            self.assignee[thread] = to
        view.close()

    @precondition(lambda self: self.threads)
    @rule(data=st.data(), login=RESPONDERS)
    def it_is_released(self, data: st.DataObject, login: str) -> None:
        thread = data.draw(st.sampled_from(sorted(self.threads)))
        uid = self.inbox_uid(self.threads[thread][0])
        view, _ = self.run(self.world.open(login))
        now = self.assignee[thread]
        try:
            self.run(view.move([uid], "Status/Unassigned"))
        except NotPermitted:
            assert now
            assert login not in (now, "mara")
        else:
            self.assignee[thread] = ""
        view.close()

    @precondition(lambda self: self.threads)
    @rule(data=st.data())
    def somebody_answers_in_webmail(self, data: st.DataObject) -> None:
        thread = data.draw(st.sampled_from(sorted(self.threads)))
        self.serial += 1
        asked = data.draw(st.sampled_from(self.threads[thread]))
        reply = mail(f"m{self.serial}@x", answers=asked, sender="support@example.test")
        self.time_passes()
        self.world.upstream.deliver(reply, "Sent")
        self.run(self.world.synced())
        self.is_answered(thread, asked)

    def is_answered(self, thread: int, asked: str) -> None:
        """Done only where the customer has not written since."""
        self.answers.setdefault(thread, []).append(self.serial)
        if asked == max(self.threads[thread], key=serial_of):
            self.status[thread] = "done"

    @rule(data=st.data())
    def two_claim_at_once(self, data: st.DataObject) -> None:
        free = [thread for thread, login in self.assignee.items() if not login]
        if not free:
            return
        thread = data.draw(st.sampled_from(free))
        uid = self.inbox_uid(self.threads[thread][0])
        names = data.draw(st.permutations(["anna", "ben"]))

        async def claim(login: str) -> bool:
            view, _ = await self.world.open(login)
            try:
                await view.store([uid], FlagMode.ADD, [f"$assignee-{login}"])
            except AlreadyTaken:
                return False
            return True

        async def race() -> list[bool]:
            return list(await asyncio.gather(*(claim(name) for name in names)))

        won = self.run(race())
        assert sorted(won) == [False, True]
        self.assignee[thread] = names[won.index(True)]

    @precondition(lambda self: self.threads)
    @rule(
        data=st.data(), login=RESPONDERS, flag=st.sampled_from(["\\Seen", "\\Flagged", "private"])
    )
    def a_flag_is_toggled(self, data: st.DataObject, login: str, flag: str) -> None:
        thread = data.draw(st.sampled_from(sorted(self.threads)))
        uid = self.inbox_uid(data.draw(st.sampled_from(self.threads[thread])))
        view, _ = self.run(self.world.open(login))
        before, known = view.facts(uid).flags, view.modseq(uid)
        mode = data.draw(st.sampled_from([FlagMode.ADD, FlagMode.REMOVE]))
        stored = self.run(view.store([uid], mode, [flag], unchanged_since=known))
        assert stored.modified == ()
        assert (view.facts(uid).flags != before) is (uid in stored.changed)
        assert (view.modseq(uid) > known) is (uid in stored.changed)
        view.close()

    @precondition(lambda self: self.threads)
    @rule(data=st.data(), logins=st.permutations(["anna", "ben"]))
    def two_store_at_once_on_one_condition(self, data: st.DataObject, logins: list[str]) -> None:
        thread = data.draw(st.sampled_from(sorted(self.threads)))
        uid = self.inbox_uid(data.draw(st.sampled_from(self.threads[thread])))
        view, _ = self.views["INBOX"]
        known = view.highest_modseq
        new = f"label{self.serial}-{known}"

        async def store(login: str) -> bool:
            mine, _ = await self.world.open(login)
            done = await mine.store([uid], FlagMode.ADD, [new], unchanged_since=known)
            mine.close()
            return done.modified == ()

        async def race() -> list[bool]:
            return list(await asyncio.gather(*(store(login) for login in logins)))

        assert sorted(self.run(race())) == [False, True]
        self.numbers_tell_every_change()
        self.run(view.store([uid], FlagMode.REMOVE, [new]))

    @precondition(lambda self: self.threads)
    @rule(data=st.data())
    def somebody_flags_in_webmail(self, data: st.DataObject) -> None:
        mails = self.world.upstream.folders["INBOX"].mails
        mail = mails[data.draw(st.sampled_from(sorted(mails)))]
        flag = data.draw(st.sampled_from(["\\Seen", "\\Answered"]))
        mail.flags ^= {flag}
        self.time_passes()
        self.run(self.world.synced())
        if flag != "\\Answered" or flag not in mail.flags:
            return
        id_ = mail.raw.partition(b"Message-ID: <")[2].partition(b">")[0].decode()
        thread = next((t for t, ids in self.threads.items() if id_ in ids), None)
        if thread is None or any(at >= serial_of(id_) for at in self.answers.get(thread, ())):
            return  # what is answered twice is told once
        self.is_answered(thread, id_)

    @precondition(lambda self: len(self.threads) > 1)
    @rule(data=st.data())
    def two_conversations_are_joined(self, data: st.DataObject) -> None:
        one, other = data.draw(st.permutations(sorted(self.threads)))[:2]
        one, other = min(one, other), max(one, other)
        if self.assignee[one] != self.assignee[other]:
            return
        self.serial += 1
        raw = mail(f"m{self.serial}@x", answers=self.threads[one][0])
        both = f"<{self.threads[one][0]}> <{self.threads[other][0]}>".encode()
        raw = raw.replace(
            b"References: <%s>" % self.threads[one][0].encode(), b"References: " + both
        )
        self.time_passes()
        self.world.upstream.deliver(raw)
        self.run(self.world.synced())
        self.answers.setdefault(one, []).extend(self.answers.pop(other, ()))
        self.threads[one] += [*self.threads.pop(other), f"m{self.serial}@x"]
        self.status[one] = "open"
        del self.status[other], self.assignee[other]

    @rule()
    def upstream_numbers_anew(self) -> None:
        box = self.world.upstream.folders["INBOX"]
        mails = list(box.mails.values())[::-1]
        box.uidvalidity += 1
        box.mails, box.uidnext = dict(enumerate(mails, 1)), len(mails) + 1
        self.run(self.world.synced())

    @precondition(lambda self: any(len(ids) > 1 for ids in self.threads.values()))
    @rule(data=st.data())
    def a_mail_is_deleted_in_webmail(self, data: st.DataObject) -> None:
        long = sorted(thread for thread, ids in self.threads.items() if len(ids) > 1)
        ids = self.threads[data.draw(st.sampled_from(long))]
        gone = ids.pop(data.draw(st.integers(0, len(ids) - 1)))
        mails = self.world.upstream.folders["INBOX"].mails
        (uid,) = [u for u, m in mails.items() if f"Message-ID: <{gone}>".encode() in m.raw]
        del mails[uid]
        self.run(self.world.synced())

    @precondition(lambda self: self.threads)
    @rule(data=st.data(), status=st.sampled_from(STATUSES))
    def the_disk_is_full_for_a_moment(self, data: st.DataObject, status: str) -> None:
        thread = data.draw(st.sampled_from(sorted(self.threads)))
        uid = self.inbox_uid(self.threads[thread][0])
        view, _ = self.views["INBOX"]
        write = self.world.database.write

        async def failing(work: Any) -> Any:
            def then_full(tx: Any) -> None:
                work(tx)
                raise StoreUnavailable("the disk is full")

            return await write(then_full)

        self.world.database.write = failing  # type: ignore[method-assign]
        try:
            self.run(view.move([uid], FOLDERS[status]))
        except StoreUnavailable:
            pass
        else:
            raise AssertionError("an OK that is not durable")
        finally:
            del self.world.database.write

    @rule()
    def it_is_restarted(self) -> None:
        before = {name: (v.uidvalidity, list(v.uids())) for name, (v, _) in self.views.items()}
        self.run(self.world.restart())
        self.open_views()
        after = {name: (v.uidvalidity, list(v.uids())) for name, (v, _) in self.views.items()}
        assert after == before

    # -------------------------------------------------------------- what must hold

    @invariant()
    def keywords_say_what_the_model_says(self) -> None:
        view, _ = self.views["INBOX"]
        for thread, ids in self.threads.items():
            expected = {f"$status-{self.status[thread]}"}
            if self.assignee[thread]:
                expected.add(f"$assignee-{self.assignee[thread]}")
            for message_id in ids:
                facts = view.facts(self.inbox_uid(message_id))
                assert {f for f in facts.flags if f.startswith("$")} == expected

    @invariant()
    def virtual_folders_hold_just_what_matches(self) -> None:
        state = self.world.room.state
        for status in STATUSES:
            expected = {
                i for thread, ids in self.threads.items() if self.status[thread] == status
                for i in ids
            }  # fmt: skip
            shown = [m.message_id for m in state.views["status", status].members.values()]
            assert sorted(shown) == sorted(expected)
        free = {
            i for t, ids in self.threads.items()
            if not self.assignee[t] and self.status[t] != "done" for i in ids
        }  # fmt: skip
        shown = [m.message_id for m in state.views["unassigned", ""].members.values()]
        assert sorted(shown) == sorted(free)

    @invariant()
    def numbers_tell_every_change(self) -> None:
        self.numbers.look(self.world.room)

    @invariant()
    def counts_are_not_out_of_date(self) -> None:
        room = self.world.room
        for view in room.state.views.values():
            for person in self.world.team.members:
                shown = count(room, view, person.id)
                seen = [room.seen(message, person.id) for message in view.members.values()]
                assert (shown.messages, shown.unseen) == (len(seen), seen.count(False))

    @invariant()
    def what_was_told_adds_up(self) -> None:
        for view, watcher in self.views.values():
            assert watcher.believed == list(view.uids())

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.run(self.world.stop())
            self.run(self.world.database.close())
        self.loop.close()
        self.folder.cleanup()


TestConversations = ConversationMachine.TestCase
TestConversations.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
