"""What the guards ask of the conversations of one mailbox: which one a mail answers, by its ids or
as far as its subject tells, what was answered in it, and who has a part in it.

Reads only, and never waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from proxyd.domain.guard import Answer
from proxyd.domain.guards import NEW_RECIPIENT
from proxyd.domain.held import TO_APPROVE
from proxyd.domain.ports.mail_rows import Alike
from proxyd.service.mailbox.answering import is_answer, newest_from_outside
from proxyd.service.mailbox.belonging import LOOKED_AT, whose, with_whom
from proxyd.service.mailbox.correspondents import (
    MOST,
    Keyed,
    each_of,
    have_in_common,
    number_of,
    together,
)
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Message
from proxyd.service.mailbox.sent_folding import SentFolding
from proxyd.service.mailbox.waiting import gone_out, passes_by
from proxyd.service.sending.desk import ConversationFacts, Guess, Waiting

DAY_US = 86_400_000_000
_NEVER = 1 << 62


class RoomFacts:
    def __init__(self, room: Mailroom, sent: SentFolding) -> None:
        self._room = room
        self._sent = sent

    def find(
        self, message_ids: Sequence[str], recipients: Sequence[str]
    ) -> ConversationFacts | None:
        state = self._room.state
        id_ = next((id_ for id_ in message_ids if id_ in state.threads), None)
        if id_ is None:
            return self._on_its_way(message_ids, recipients)
        mails = state.by_message_id.get(id_, [])[-LOOKED_AT:]
        named = ((mail, mail.conversation) for mail in mails)
        found = whose(state.threads[id_], named, self._room.people_of(recipients))
        return self._facts(found, message_ids, recipients)

    def _on_its_way(
        self, message_ids: Sequence[str], recipients: Sequence[str]
    ) -> ConversationFacts | None:
        """What never came here has a conversation as soon as the copy of an answer is in Sent."""
        if not self._sent.senders.keys().isdisjoint(message_ids):
            return None  # of ours: who goes on from there answers nobody
        given = self._sent.answers_to(message_ids, self._room.people_of(recipients))
        if not given:
            return None
        initial = self._room.shop.statuses.initial
        return ConversationFacts(
            None, initial, None, tuple(given), {}, written=False, waited=False, untouched=True
        )

    def guess(
        self, alike: Sequence[Alike], recipients: Sequence[str], now_us: int
    ) -> ConversationFacts | None:
        state, people = self._room.state, self._room.people_of(recipients)
        candidates = dict.fromkeys(
            message.conversation
            for message in self._found(alike)
            if message.inbound and have_in_common(message.correspondents or b"", people)
        )
        since_us = now_us - self._room.mailbox.policy.lookback_days * DAY_US
        # What they have written: a supplier's mail that came since is nobody's answer to them.
        last = (
            newest_from_outside(
                (m for m in each.messages if have_in_common(m.correspondents or b"", people)),
                state.came_us,
            )
            for each in candidates
        )
        newest = max(filter(None, last), key=state.came_us, default=None)
        if newest is None or state.came_us(newest) < since_us:
            return None
        facts = self._facts(newest.conversation, [newest.message_id], recipients)
        return replace(facts, guess=Guess(newest.message_id, state.came_us(newest)), is_answer=True)

    def answers_alike(
        self, conversation_id: int | None, alike: Sequence[Alike]
    ) -> Sequence[Answer]:
        conversation = self._room.state.conversations.get(conversation_id or 0)
        if conversation is None:
            return ()
        asked = with_whom(message for message in conversation.messages if message.inbound)
        return [
            self._answer_of(message)
            for message in self._found(alike)
            if message.folder.sent and not message.automatic
            if message.conversation is not conversation and self._begins(message)
            if have_in_common(message.correspondents or b"", asked)
        ]

    def _begins(self, message: Message) -> bool:
        """It named no mail from outside: all that are with it came later."""
        came_us, inbound = self._room.state.came_us, message.conversation.messages
        sent_us = came_us(message)
        return all(came_us(other) > sent_us for other in inbound if other.inbound)

    def _found(self, alike: Sequence[Alike]) -> Iterator[Message]:
        """Those that are still here."""
        for row in alike:
            folder = self._room.state.folders.get(row.folder_id)
            message = folder.by_uid.get(row.uid) if folder else None
            if message is not None and message.id == row.id:
                yield message

    def _facts(
        self, found: Conversation, message_ids: Sequence[str], recipients: Sequence[str]
    ) -> ConversationFacts:
        came = [(message, self._room.state.came_us(message)) for message in found.messages]
        person = self._room.shop.people.by_id(found.assignee or 0)
        people = self._room.people_of(recipients)
        written = any(message.inbound for message in found.messages)
        return ConversationFacts(
            found.id,
            found.status,
            found.assignee,
            tuple(self._answers(found, message_ids, recipients)),
            arrived={message.message_id: at_us for message, at_us in came},
            outside={message.message_id: at_us for message, at_us in came if message.inbound},
            # Where nobody has written nobody has finished anything, whatever was sent there.
            finished=written and found.status == self._room.shop.statuses.answered,
            written=written,
            waited=any(m.inbound and not m.automatic for m in found.messages),
            stops=self._room.shop.statuses.stopping(found.status),
            untouched=found.status == self._room.shop.statuses.initial,
            assignee=self._room.told_name(person) if person else "",
            is_answer=is_answer(message_ids, found.messages, people),
            strangers=self._strangers(found, recipients),
            waiting=tuple(self._waiting(found)),
            wrote_us=max((at_us for m, at_us in came if _wrote(m, people)), default=0),
        )

    def _waiting(self, found: Conversation) -> Iterator[Waiting]:
        for mail, reply in self._room.state.replies:
            if reply.waits and mail.conversation is found:
                person = self._room.shop.people.by_id(reply.account_id)
                if person is not None:  # else it is about to come back
                    name = self._room.told_name(person)
                    yield Waiting(reply.account_id, name, mail.folder.name == TO_APPROVE)

    def _strangers(self, found: Conversation, recipients: Sequence[str]) -> tuple[str, ...]:
        """Looked for only where a guard asks; where not all that wrote are known, nobody is one."""
        if NEW_RECIPIENT.key not in self._room.mailbox.policy.guards:
            return ()
        went = [message for message in found.messages if message.inbound or _is_out(message)]
        known: set[bytes] = set()
        for message in went:
            if message.correspondents is None or number_of(message.correspondents) >= MOST:
                return ()
            known |= each_of(message.correspondents)
        return tuple(a for a in recipients if not each_of(self._room.people_of([a])) <= known)

    def _answers(
        self, conversation: Conversation, message_ids: Sequence[str], recipients: Sequence[str]
    ) -> Iterator[Answer]:
        """Those that may be one to what a mail to these answers: who has thanked a supplier has not
        answered the customer.
        """
        state, present = self._room.state, conversation.messages
        named = {message.message_id for message in present}.intersection(message_ids)
        # What never came here can be answered twice as well: from a colleague's own mailbox, say.
        # A mail of ours whose copy is gone is none: who goes on from there answers nobody.
        unseen = not named and not any(map(_is_inbound, present))
        unseen = unseen and self._sent.senders.keys().isdisjoint(message_ids)
        answers = self._all_answers(
            conversation, self._room.people_of(recipients) if unseen else b""
        )
        nearest = next((id_ for id_ in message_ids if id_ in named), None)
        asked = [message for message in present if message.message_id == nearest]
        people = together([with_whom(asked), self._room.people_of(recipients)])
        since_us = max(map(state.came_us, asked), default=0)
        went = gone_out(present, answers, state.came_us, state.was_there)
        aside = {one.id for one in went if asked and passes_by(one, people, since_us)} - {""}
        return (answer for answer in answers if answer.message_id not in aside)

    def _all_answers(self, conversation: Conversation, elsewhere: Keyed) -> list[Answer]:
        """The recorded answers, and what else lies in Sent and went to who had written: sent
        through us without answering anything that we know, from before our time, or from elsewhere.
        ``elsewhere``: who has written what we have not.
        """
        came_us = self._room.state.came_us
        known = {answer.message_id for answer in conversation.answers}
        wrote: dict[bytes, int] = dict.fromkeys(each_of(elsewhere), 0)  # when first
        for message in sorted(filter(_is_inbound, conversation.messages), key=came_us):
            for person in each_of(message.correspondents or b""):
                wrote.setdefault(person, came_us(message))
        others = [
            self._answer_of(message)
            for message in conversation.messages
            if message.folder.sent and message.message_id not in known and not message.automatic
            if message.correspondents is None
            or any(
                wrote.get(p, _NEVER) <= came_us(message) for p in each_of(message.correspondents)
            )
        ]
        return [*conversation.answers, *others]

    def _answer_of(self, message: Message) -> Answer:
        return self._sent.answer_of(message.message_id, self._room.state.came_us(message))


def _is_inbound(message: Message) -> bool:
    return message.inbound


def _wrote(message: Message, people: Keyed) -> bool:
    """One of these, as far as is known, and as a person."""
    known = message.correspondents
    theirs = known is None or have_in_common(known, people)
    return message.inbound and not message.automatic and theirs


def _is_out(message: Message) -> bool:
    """Of ours, and no draft: the one of the very mail in hand names whom it goes to."""
    if message.folder.ours:
        return False
    return not message.folder.attributes & {"\\drafts", "\\trash"}
