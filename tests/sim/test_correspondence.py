"""Random people, customers, circulars, forwards, receipts, imports, answers past us, restarts and
crashes against correspondence.py: who belongs together, what is open, who is at it, what is marked.

Two mailboxes that the same people have, and a provider whose clock is not ours.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from proxyd.domain.types import Right, SeenMode, SharedMailbox
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.submission import Envelope, Guarded
from proxyd.service.sending.doubles import Doubles
from proxyd.service.sending.submission import Submission
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S
from tests.service.conftest import SERVER, World
from tests.service.sending.sending_bench import ORIGIN, FakeRelay
from tests.sim.correspondence import STATUSES, Correspondence, Letter, Talk
from tests.sim.new_database import new_database

PEOPLE = {"anna": Right.RESPOND, "ben": Right.RESPOND, "mara": Right.MANAGE}
COLLEAGUES = st.sampled_from(sorted(PEOPLE))
# Each customer has two addresses.
CUSTOMERS = ("ida", "uwe", "supplier")
HOSTS = ("work", "work", "home")
LATELY = 6  # people go on with what is new
MAILBOXES = ("support", "sales")


class CorrespondenceMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.model = Correspondence()
        self.serial = itertools.count(1)
        self.chains: dict[str, list[str]] = {}  # References that an answer to it has, oldest first
        self.readers: dict[str, set[str]] = {}  # customers who have it
        self.died = 0  # sendings of which nobody knows

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, PATIENCE_S))

    @initialize(ahead_s=st.sampled_from([0, 120, -120]))
    def begin(self, ahead_s: int) -> None:
        """``ahead_s``: of the provider's clock."""
        self.ahead_us = ahead_s * 1_000_000
        self.relay = FakeRelay()
        self.world: World = self.run(self._begin())

    async def _begin(self) -> World:
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
        await world.second()
        for login in PEOPLE:
            await world.grant(login, world.others[0].mailbox, Right.RESPOND)
        self.attach(world)
        return world

    def attach(self, world: World) -> None:
        self.submission = Submission(world.database, world.clock, subject_digest=str)
        for each in (world, *world.others):
            self.submission.attach(each.conversations, self.relay)

    # ------------------------------------------------------------------ mails

    def letter(self, about: str, chain: bool, people: set[str], **facts: Any) -> Letter:
        """``chain``: the whole of References, or only In-Reply-To."""
        host = "us" if facts.get("ours") else "customer"
        id_ = f"m{next(self.serial)}@{host}.example"
        named = self.chains.get(about, [about])[::-1] if about else []
        self.chains[id_] = [*reversed(named), id_]
        self.readers[id_] = {address.partition("@")[0] for address in people}
        return Letter(id_, tuple(named if chain else named[:1]), frozenset(people), **facts)

    def raw(
        self, letter: Letter, sender: str, to: list[str], *lines: str, old: bool = False
    ) -> str:
        when = datetime.fromtimestamp(self.world.clock() / 1e6, UTC)
        date = datetime(2015, 1, 5, tzinfo=UTC) if old else when
        references = [f"<{id_}>" for id_ in reversed(letter.about)]
        found = [
            f"From: {sender}",
            f"To: {', '.join(to)}",
            f"Subject: about {letter.id}",
            f"Date: {format_datetime(date)}",
            f"Message-ID: <{letter.id}>",
            *([f"In-Reply-To: {references[-1]}"] if references else []),
            *([f"References: {' '.join(references)}"] if len(references) > 1 else []),
            *lines,
        ]
        return "\r\n".join([*found, "", f"text of {letter.id}", ""])

    def deliver(self, raw: str, folder: str = "INBOX", *, old: bool = False) -> None:
        self.world.clock.advance(seconds=60)
        uid = self.world.upstream.deliver(raw.encode(), folder)
        when = datetime.fromtimestamp((self.world.clock() + self.ahead_us) / 1e6, UTC)
        when = datetime(2015, 1, 5, tzinfo=UTC) if old else when
        self.world.upstream.folders[folder].mails[uid].date = f"{when:%d-%b-%Y %H:%M:%S} +0000"
        self.run(self.world.synced())

    def addresses(self, letter: Letter) -> list[str]:
        return sorted(letter.people)

    def drawn(self, data: st.DataObject, *, inbound: bool | None = None) -> Letter:
        """One that is here."""
        here = [
            each for each in self.model.letters.values()
            if each.copies and inbound in (None, not each.ours)
        ]  # fmt: skip
        return data.draw(st.sampled_from(here[-LATELY:]), "letter")

    def has_mail(self) -> bool:
        return any(each.copies and not each.ours for each in self.model.letters.values())

    # ------------------------------------------------------------------ customers

    @rule(who=st.sampled_from(CUSTOMERS), copy_to=st.sampled_from([None, *CUSTOMERS]))
    def a_customer_writes(self, who: str, copy_to: str | None) -> None:
        people = {f"{who}@work.example"} | ({f"{copy_to}@work.example"} if copy_to else set())
        self.arrives(self.letter("", True, people), who)

    @rule()
    def a_web_form_writes(self) -> None:
        """And has in its text alone for whom."""
        self.arrives(self.letter("", True, {"no-reply@web.example"}), "no-reply")

    @precondition(lambda self: self.model.letters)
    @rule(
        data=st.data(),
        host=st.sampled_from(HOSTS),
        chain=st.booleans(),
        machine=st.sampled_from([False, False, True]),
    )
    def a_customer_answers(
        self, data: st.DataObject, host: str, chain: bool, machine: bool
    ) -> None:
        """Whatever the customer has; a machine answers in the same way."""
        about = data.draw(st.sampled_from(list(self.chains)[-LATELY:]), "about")
        if not self.readers[about]:
            return
        who = data.draw(st.sampled_from(sorted(self.readers[about])), "who")
        if who == "no-reply":
            return
        letter = self.letter(about, chain, {f"{who}@{host}.example"}, automatic=machine)
        self.arrives(letter, who, *(["Auto-Submitted: auto-replied"] if machine else []))

    @rule(who=st.sampled_from(CUSTOMERS), page=st.sampled_from(["one", "two"]))
    def a_customer_answers_what_nobody_has(self, who: str, page: str) -> None:
        letter = self.letter("", True, {f"{who}@work.example"})
        self.arrives(replace(letter, about=(f"page-{page}@web.example",)), who)

    @precondition(has_mail)
    @rule(data=st.data())
    def an_old_mail_is_imported(self, data: st.DataObject) -> None:
        about = self.drawn(data, inbound=True)
        who = self.addresses(about)[0].partition("@")[0]
        self.arrives(self.letter(about.id, True, set(about.people)), who, old=True)

    def arrives(self, letter: Letter, who: str, *lines: str, old: bool = False) -> None:
        author = next(each for each in self.addresses(letter) if each.startswith(f"{who}@"))
        others = [each for each in self.addresses(letter) if each != author]
        copies = [f"Cc: {', '.join(others)}"] if others else []
        raw = self.raw(letter, author, ["support@example.test"], *copies, *lines, old=old)
        self.deliver(raw, old=old)
        self.model.arrives(letter, old=old)

    # ------------------------------------------------------------------ we

    @rule(
        who=st.sampled_from(["", *PEOPLE]),
        to=st.sampled_from([["ida"], ["ida", "uwe"], ["ida", "uwe", "supplier"]]),
    )
    def we_write_to_some(self, who: str, to: list[str]) -> None:
        letter = self.letter("", True, {f"{each}@work.example" for each in to}, ours=True)
        self.goes_out(letter, who)

    @precondition(has_mail)
    @rule(
        data=st.data(),
        who=st.sampled_from(["", *PEOPLE]),
        box=st.sampled_from(MAILBOXES),
        chain=st.booleans(),
    )
    def we_answer(self, data: st.DataObject, who: str, box: str, chain: bool) -> None:
        about = self.drawn(data)
        letter = self.letter(about.id, chain, set(about.people), ours=True)
        self.goes_out(letter, who, box if who else "support")

    @precondition(has_mail)
    @rule(
        data=st.data(),
        who=st.sampled_from(["", *PEOPLE]),
        to=st.sampled_from(["supplier", "supplier", "ida"]),
        chain=st.booleans(),
    )
    def we_forward(self, data: st.DataObject, who: str, to: str, chain: bool) -> None:
        about = self.drawn(data, inbound=True)
        letter = self.letter(about.id, chain, {f"{to}@work.example"}, ours=True)
        self.goes_out(letter, who)

    @precondition(has_mail)
    @rule(data=st.data())
    def the_provider_sends_a_receipt(self, data: st.DataObject) -> None:
        about = self.drawn(data, inbound=True)
        letter = self.letter(about.id, True, set(about.people), ours=True, automatic=True)
        self.goes_out(letter, "", "support", "Auto-Submitted: auto-replied")

    @precondition(has_mail)
    @rule(data=st.data(), who=COLLEAGUES, kill=st.booleans())
    def it_is_restarted(self, data: st.DataObject, who: str, kill: bool) -> None:
        """``kill``: in the middle of a sending."""
        if kill:
            self.a_sending_dies(data, who)
        self.restart()

    def a_sending_dies(self, data: st.DataObject, who: str) -> None:
        """Nobody knows whether it went; nothing is said of it."""
        about = self.drawn(data)
        letter = self.letter(about.id, True, set(about.people), ours=True)
        del self.chains[letter.id]
        self.relay.trouble = OSError("kill")
        try:
            self.run(self.send(letter, who, "support"))
        except (OSError, Guarded) as end:
            self.died += isinstance(end, OSError)
            self.world.clock.advance(seconds=700)
        else:
            raise AssertionError("it went out")
        finally:
            self.relay.trouble = None

    def goes_out(self, letter: Letter, who: str, box: str = "support", *lines: str) -> None:
        if not who:
            raw = self.raw(letter, "support@example.test", self.addresses(letter), *lines)
            self.deliver(raw, "Sent")
            self.model.is_seen_in_sent(letter)
            return
        stops = self.model.stops(letter, who)
        try:
            self.run(self.send(letter, who, box))
        except Guarded as refused:
            del self.chains[letter.id]
            if refused.guard == "perhaps-answered":  # comes before (docs/decisions/019)
                assert self.died, refused
            else:
                assert stops in (None, refused.guard == "answered"), refused
            self.world.clock.advance(seconds=700)  # the next one is no consent
            return
        assert not stops, "a second answer went out"
        self.model.goes_out(letter, who, copy_here=box == "support")

    async def send(self, letter: Letter, who: str, box: str) -> None:
        self.world.clock.advance(seconds=60)
        person = self.world.team.by_login(who)
        assert person is not None
        sender, to = f"{box}@example.test", self.addresses(letter)
        envelope = Envelope(sender, tuple(to), self.raw(letter, sender, to).encode())
        await self.submission.submit(person, envelope, ORIGIN)
        from_here = self.world if box == "support" else self.world.others[0]
        mailbox_id = from_here.mailbox.id
        waiting = await self.world.database.read(lambda tx: tx.outbox.next_unfiled(mailbox_id, 0))
        assert waiting is not None and waiting.message is not None
        await from_here.conversations.file_sent([(waiting.message_id, waiting.message)])
        await self.world.database.write(lambda tx: tx.outbox.filed(waiting.id))
        await from_here.synced()

    # ------------------------------------------------------------------ by hand

    @precondition(has_mail)
    @rule(data=st.data(), who=COLLEAGUES, status=st.sampled_from(STATUSES))
    def a_status_is_set(self, data: st.DataObject, who: str, status: str) -> None:
        letter = self.drawn(data, inbound=True)
        found = self.world.room.state.by_message_id[letter.id][0]
        view, _ = self.run(self.world.open(who, found.folder.name))
        uid = found.views[found.folder.view]  # type: ignore[index]
        self.run(view.store([uid], FlagMode.ADD, [f"$status-{status}"]))
        view.close()
        letter.talk.status = status

    @precondition(has_mail)
    @rule(data=st.data(), more=st.booleans())
    def a_copy_comes_or_goes(self, data: st.DataObject, more: bool) -> None:
        letter = self.drawn(data, inbound=True if more else None)
        folder, uid = self.place(letter)
        mails = self.world.upstream.folders[folder].mails
        if more:
            copy = self.world.upstream.deliver(mails[uid].raw, "Archive", tuple(mails[uid].flags))
            self.world.upstream.folders["Archive"].mails[copy].date = mails[uid].date
        else:
            del mails[uid]
            self.world.upstream.tell(folder)
        self.run(self.world.synced())
        letter.copies += 1 if more else -1

    def place(self, letter: Letter) -> tuple[str, int]:
        message = self.world.room.state.by_message_id[letter.id][0]
        return message.folder.name, message.uid

    def restart(self) -> None:
        self.run(self.submission.close())
        self.run(self.world.restart())
        for other in self.world.others:
            self.run(other.start())
        for each in (self.world, *self.world.others):  # who sent what
            self.run(Doubles(each.room, each.sync, each.counter.sent).recall())
        self.attach(self.world)

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def the_workflow_tells_the_truth(self) -> None:
        people = {person.id: person.login for person in self.world.team.members}
        state = self.world.room.state
        talks: dict[int, Talk] = {}
        numbers: dict[Talk, int] = {}
        for letter in self.model.letters.values():
            if not letter.copies:
                continue
            for message in state.by_message_id[letter.id]:
                own = message.conversation
                assert talks.setdefault(own.id, letter.talk) is letter.talk, f"{letter.id}: joined"
                assert numbers.setdefault(letter.talk, own.id) == own.id, f"{letter.id}: parted"
                told = own.status, people.get(own.assignee or 0, "")
                assert told == (letter.talk.status, letter.talk.assignee), letter.id
            first = state.by_message_id[letter.id][0]
            marks = {*first.flags, *first.local_keywords} & {"\\Answered", "$Forwarded"}
            assert marks == letter.marks, letter.id

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.run(self.submission.close())
            self.run(self.world.stop())
            self.run(self.world.database.close())
        self.loop.close()
        self.folder.cleanup()


TestCorrespondence = CorrespondenceMachine.TestCase
TestCorrespondence.settings = settings(
    max_examples=int(os.environ.get("CORRESPONDENCE_EXAMPLES", "20")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
