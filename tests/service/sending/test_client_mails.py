"""Mails as real clients write them (tests/data/clients): conversation, status, assignee, marks,
guard and record of each are the right ones, and a colleague who answers then hears the truth.

What Anna or Ben send goes through us, and once more past us: then it is seen in Sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord
from proxyd.service.api.submission import Envelope, Guarded, SenderNotAllowed
from proxyd.service.mailbox.model import Conversation, Message
from proxyd.service.sending.submission import Submission
from tests.conftest import FakeClock
from tests.service.conftest import World
from tests.service.sending.client_mails import MAILS, ClientMail
from tests.service.sending.sending_bench import ORIGIN, FakeRelay

ANSWERS = {"answer", "answer-before", "outside", "outside-before"}
# What is recorded of a mail of ours that did not go through us.
PAST_US = {
    "answer": "outside",
    "answer-before": "outside-before",
    "answer-asked": "outside-asked",
    "none": "receipt",
}
THROUGH_US = [mail for mail in MAILS.values() if mail["by"] in ("anna", "ben")]
SEEN_IN_SENT = [mail for mail in THROUGH_US if not mail["refused"] and not mail["to"]]
TOLD = (Action.STATUS, Action.ARRIVE)


@pytest.fixture
def clock() -> FakeClock:
    """In the morning of the day on which they write."""
    return FakeClock(int(datetime(2026, 11, 22, 23, 0, tzinfo=UTC).timestamp() * 1e6))


@pytest.fixture
def aliases() -> tuple[str, ...]:
    return ("info@example.test",)


class Stage:
    """The mailbox, its customers and its provider."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.relay = FakeRelay()
        self.submission = Submission(world.database, world.clock, subject_digest=str)
        self.submission.attach(world.conversations, self.relay)
        self.brought: dict[str, Message] = {}
        self.last: list[LogRecord] = []  # of the last mail

    async def bring(self, mail: ClientMail, by: str = "") -> None:
        """Raises Guarded and SenderNotAllowed."""
        self.world.clock.advance(seconds=60)
        known = len(await self.world.log())
        by = by or mail["by"]
        if by in ("outside", "webmail"):
            folder = "INBOX" if by == "outside" else "Sent"
            uid = self.world.upstream.deliver(mail.raw, folder)
            self.world.upstream.folders[folder].mails[uid].date = self._date(mail["dated"])
        else:
            folder = "Sent"
            await self.send(by, mail.sender, mail.recipients, mail.raw)
        await self.world.synced()
        records = [stored.record for stored in await self.world.log()]
        self.last = [record for record in records[known:] if record.action in TOLD]
        upstream = self.world.room.state.folder_named(folder)
        assert upstream is not None
        self.brought[mail.name] = upstream.by_uid[max(upstream.by_uid)]

    async def send(self, by: str, sender: str, to: Sequence[str], raw: bytes) -> None:
        """As SMTP does it; the copy for Sent is filed at once."""
        person = self.world.team.by_login(by)
        assert person is not None
        crlf = raw.replace(b"\n", b"\r\n")
        await self.submission.submit(person, Envelope(sender, tuple(to), crlf), ORIGIN)
        waiting = await self.world.database.read(lambda tx: tx.outbox.next_unfiled(1, 0))
        await self.world.conversations.file_sent([(waiting.message_id, waiting.message)])
        await self.world.database.write(lambda tx: tx.outbox.filed(waiting.id))

    def _date(self, dated: str) -> str:
        when = datetime.fromtimestamp(self.world.clock() / 1e6, UTC)
        return f"{datetime.fromisoformat(dated) if dated else when:%d-%b-%Y %H:%M:%S} +0000"

    async def ben_answers(self, asked: ClientMail) -> str:
        """The guard that stops him, or ""."""
        self.world.clock.advance(seconds=60)
        date = format_datetime(datetime.fromtimestamp(self.world.clock() / 1e6, UTC))
        reply = (
            f"From: Support <support@example.test>\nTo: {asked.who_waits}\n"
            f"Subject: Re: {asked.message['Subject']}\nDate: {date}\n"
            f"Message-ID: <ben@example.test>\nIn-Reply-To: <{asked.message_id}>\n"
            f"References: <{asked.message_id}>\n\nBen's words\n"
        )
        try:
            await self.send("ben", "support@example.test", [asked.who_waits], reply.encode())
        except Guarded as refused:
            return refused.guard
        return ""

    def conversation(self, name: str) -> Conversation:
        return self.brought[name].conversation

    def assignee(self, conversation: Conversation) -> str:
        person = self.world.team.by_id(conversation.assignee or 0)
        return person.login if person else ""

    def marks(self, name: str) -> set[str]:
        message = self.brought[name]
        return {*message.flags, *message.local_keywords} & {"\\Answered", "$Forwarded"}

    def said(self) -> str:
        """What the log says of the last mail."""
        words = [
            "arrive" if record.action == Action.ARRIVE else str(record.detail.get("by", ""))
            for record in self.last
        ]
        return " ".join(words) or "none"


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


async def until_before(stage: Stage, mail: ClientMail) -> None:
    for name in mail.after:
        await stage.bring(MAILS[name])


def has_conversation(stage: Stage, mail: ClientMail) -> Conversation:
    own = stage.conversation(mail.name)
    if mail["in"] == "alone":
        assert [message.message_id for message in own.messages] == [
            stage.brought[mail.name].message_id
        ]
    else:
        assert own is stage.conversation(mail["in"]), "it is in another conversation"
    return own


@pytest.mark.parametrize("mail", MAILS.values(), ids=MAILS.keys())
async def test_each_does_what_is_right(stage: Stage, mail: ClientMail) -> None:
    await until_before(stage, mail)
    if mail["refused"]:
        with pytest.raises((Guarded, SenderNotAllowed)) as refused:
            await stage.bring(mail)
        assert getattr(refused.value, "guard", "sender") == mail["refused"]
        assert stage.conversation(mail.after[0]).status == mail["status"]
        return
    await stage.bring(mail)
    conversation = has_conversation(stage, mail)
    assert conversation.status == mail["status"]
    assert stage.assignee(conversation) == mail["assignee"]
    if mail.is_ours and mail["in"] != "alone":
        assert stage.marks(mail["in"]) == mail.marks
    assert stage.said() == mail["record"]
    await a_colleague_hears_the_truth(stage, mail)


async def a_colleague_hears_the_truth(stage: Stage, mail: ClientMail) -> None:
    """Ben, who answers then, is stopped by an answer and by nothing else; who waits is answered by
    his, which finishes it.
    """
    if mail["ben"] in ("goes", "answered"):
        stopped = await stage.ben_answers(MAILS[mail["in"]])
        assert stopped == mail["ben"].replace("goes", "")
        return
    if mail["ben"] == "unasked":
        return
    if not mail.is_ours and mail["status"] == "open":
        assert await stage.ben_answers(mail) == ""
        if mail.message_id:
            then = "open" if mail["ben"] else "done"
            assert stage.conversation(mail.name).status == then
            assert "\\Answered" in stage.marks(mail.name)
    elif mail.is_ours and mail["in"] in MAILS:
        played = [*map(MAILS.__getitem__, mail.after), mail]
        given = [each for each in played if each["record"] in ANSWERS and each["by"] != "ben"]
        assert await stage.ben_answers(MAILS[mail["in"]]) == ("answered" if given else "")


@pytest.mark.parametrize("mail", SEEN_IN_SENT, ids=[mail.name for mail in SEEN_IN_SENT])
async def test_the_same_past_us(stage: Stage, mail: ClientMail) -> None:
    await until_before(stage, mail)
    before = stage.assignee(stage.conversation(mail["in"])) if mail["in"] in stage.brought else ""
    await stage.bring(mail, "webmail")
    conversation = has_conversation(stage, mail)
    assert (conversation.status, stage.assignee(conversation)) == (mail["status"], before)
    if mail["in"] == "alone":
        assert stage.said() == "none"
    else:
        assert stage.said() == PAST_US.get(mail["record"], mail["record"])
