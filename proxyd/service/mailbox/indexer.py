"""From rows of upstream's headers to messages in conversations, with a status.

Decides which conversation a message joins, whether it is new mail, and what that does to the status
(docs/design.md §3 "By acting"). Stages into a Change; asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial

from proxyd.domain.guard import Answer
from proxyd.domain.internal_date import NO_DATE, internal_date, is_told, received
from proxyd.domain.ports.mail_rows import StoredLeft
from proxyd.domain.ports.parted import ReadAnew
from proxyd.domain.ports.upstream_rows import HeaderRow
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.workflow import UNFINISHED, Event, is_ours
from proxyd.mailtext.addresses import compared
from proxyd.service.mailbox.answering import given_us, is_answer
from proxyd.service.mailbox.authorship import Authorship
from proxyd.service.mailbox.belonging import LOOKED_AT, is_anothers, may_become_one, may_join
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.correspondents import Keyed, keyed, of_mail
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.held_mails import stage_held
from proxyd.service.mailbox.identity import identity, same_content, says_the_same
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Folder, Message
from proxyd.service.mailbox.noted import stage_note
from proxyd.service.mailbox.outside_answer import OUTSIDE_EVENTS, take_flags
from proxyd.service.mailbox.ruling import opens, something_waits, stage_rules
from proxyd.service.mailbox.settling import settle_all
from proxyd.service.mailbox.topics import topic_of
from proxyd.service.mailbox.unread import is_stand_in, stand_in
from proxyd.service.mailbox.waiting import left_to_do, whom_for

# A mail that is older than our last answer by so much is no news.
LATE_US = 3_600_000_000


class Indexer:
    """Stages the rows of one folder.

    ``initial`` is the first synchronisation of the folder: what lies there is no news. ``inherit``
    names, by the new UID, the message a row is a copy of: its marks that upstream can't keep go
    along.
    """

    def __init__(
        self,
        room: Mailroom,
        folder: Folder,
        *,
        initial: bool = False,
        inherit: Mapping[int, Message] | None = None,
        sending: Callable[[Headers], bool] = lambda headers: False,
    ) -> None:
        self._room = room
        self._folder = folder
        self._initial = initial
        self._inherit = inherit or {}
        self._sending = sending
        self._own = {compared(address) for address in room.mailbox.addresses}
        self._authorship = Authorship(self._own, sending)

    def stage(
        self, change: Change, rows: Iterable[HeaderRow], touched: Set[Message] = frozenset()
    ) -> list[Message]:
        """All messages of ``rows``, the ones already known included, in order of their UIDs; fewer
        where that is much to do, and the rest is another change's.

        The flags of ``touched`` are left alone, see flags_under_way.py.
        """
        messages: list[Message] = []
        unknown: list[Message] = []  # never seen in any folder, or never where it is work
        copies: list[tuple[Message, Message]] = []
        for row in sorted(rows, key=lambda row: row.uid):
            message = self._folder.by_uid.get(row.uid)
            before = None
            if message is not None and is_stand_in(message) and not row.trouble:
                change.remove_all([message])
                before, message = message, None
            if message is None:
                headers = parse_headers(row.header)
                message_id = identity(headers, row)
                if row.trouble:
                    message_id = stand_in(self._folder, row.uid)
                is_known, has_come = change.is_known(message_id), change.has_arrived(message_id)
                named = change.said_under(message_id)
                message = self._new(change, row, headers, message_id, named, before)
                if before is not None:
                    copies.append((message, before))
                comes = message.inbound and self._folder.working and not has_come
                if not is_known or comes or self._is_another(change, message, named):
                    unknown.append(message)
                if origin := self._origin(change, message):
                    copies.append((message, origin))
                    self._take_after(message, origin, row)
            else:
                if message not in touched:
                    take_flags(change, self._room, message, upstream_flags(row.flags))
                if row.uid in self._inherit:
                    copies.append((message, self._inherit[row.uid]))
            messages.append(message)
            if change.has_done_enough:
                break
        hand_down(change, copies)
        if self._initial and not self._folder.ours:
            settle_all(change, self._room, self._folder, unknown)
        return messages

    def _origin(self, change: Change, message: Message) -> Message | None:
        """What this one is a copy of: as we know from copying it, or as it looks."""
        return self._inherit.get(message.uid) or change.state.origin_of(message)

    def _is_another(
        self, change: Change, message: Message, named: Sequence[Message | StoredLeft]
    ) -> bool:
        """``named`` are those of its Message-ID from before: perhaps other mails all the same."""
        origin = self._origin(change, message)  # if moved, it is there no more
        known = (*named[-LOOKED_AT:], *((origin,) if origin else ()))
        return bool(named) and not any(says_the_same(message, each) for each in known)

    def _take_after(self, copy: Message, origin: Message, row: HeaderRow) -> None:
        """Copies share their EMAILID (RFC 8474 §5.1), and with it their THREADID; and the date
        where the provider has none.

        Two of one Message-ID in one folder are two deliveries, unless we know better.
        """
        if not is_told(row.internal_date):
            copy.internal_date = origin.internal_date
        known = copy.uid in self._inherit
        if same_content(copy, origin) and (known or origin.folder is not copy.folder):
            copy.origin = origin.origin or origin.id
            copy.thread = origin.thread

    def _new(
        self,
        change: Change,
        row: HeaderRow,
        headers: Headers,
        message_id: str,
        named: Sequence[Message | StoredLeft],
        before: Message | None = None,
    ) -> Message:
        """``named``: what is known of its Message-ID, ``before``: what stood for it while its
        header could not be read.
        """
        if self._folder.held:
            return stage_held(change, self._room, self._folder, row, headers)
        if self._folder.ours:
            return stage_note(change, self._room, self._folder, row, headers)
        inbound = not self._authorship.ours(self._folder, headers)
        people = of_mail(self._room.shop.digest, headers, self._own)
        ids = (message_id, *headers.answered_ids, *((before.message_id,) if before else ()))
        automatic = self._authorship.automatic(change, headers)
        waits = not automatic or (headers.notice and not self._initial)
        conversation = self._conversation(change, ids, people, inbound=inbound, waits=waits)
        date = received(row.internal_date, headers.sent_us, change.now_us)
        if date is None:  # what nobody knows the time of has answered nothing
            first_us = before.received_us if before else change.now_us
            date = internal_date(first_us) if inbound or not self._initial else NO_DATE
        message = Message(
            folder=self._folder,
            uid=row.uid,
            conversation=conversation,
            message_id=message_id,
            size=row.size,
            internal_date=date,
            flags=upstream_flags(row.flags),
            inbound=inbound,
            automatic=automatic,
            subject_digest=self._room.shop.digest(headers.subject),
            correspondents=people,
            sent_us=headers.sent_us,
        )
        self._come(change, message)
        topic = topic_of(self._room.shop.digest, headers.subject, inbound=inbound)
        refers = headers.answered_ids
        change.add(message, dated=not self._initial, refers=refers, topic=topic)
        if inbound and self._folder.working:
            self._arrived(change, message, headers, named, row.header)
        elif self._folder.sent and not self._initial:
            self._sent(change, message, headers)
        return message

    def said(self, change: Change, message: Message, headers: Headers) -> ReadAnew:
        """What is kept of the header of a mail that is here."""
        digest = self._room.shop.digest
        return ReadAnew(
            message.id,
            of_mail(digest, headers, self._own),
            self._authorship.automatic(change, headers),
            "\n".join(headers.answered_ids),
            topic_of(digest, headers.subject, inbound=message.inbound),
            headers.sent_us,
        )

    def _conversation(
        self, change: Change, ids: Sequence[str], people: Keyed, *, inbound: bool, waits: bool
    ) -> Conversation:
        """``waits``: somebody may wait for an answer to it."""
        owners = {id_: change.conversation_by_id(id_, people) for id_ in ids}
        own = ids[0]
        joined = (
            owner
            for id_, owner in owners.items()
            if owner is not None
            if self._may_join(change, id_, owner, own, people, inbound=inbound)
        )
        found = _not_parted(change, dict.fromkeys(joined))
        statuses = self._room.shop.statuses
        if not found:
            # Nobody waits for an answer to a newsletter or a bounce.
            work = inbound and self._folder.working and waits
            conversation = change.new_conversation(statuses.initial if work else statuses.answered)
        else:
            nearest, *more = found
            circle = change.circle_of
            more = [c for c in more if may_become_one(circle(nearest), circle(c), people)]
            found = [nearest, *more]
            # The oldest one swallows the others, so that its number stays valid in the log.
            conversation, *others = sorted(found, key=lambda c: c.id or 1 << 62)
            for other in others:
                self._join(change, conversation, other, own)
        # An id that stays another conversation's is not taken from it; the mail's own is, but from
        # another mail of the same id.
        known = [id_ for id_, owner in owners.items() if owner is None or owner in found]
        named = change.said_under(own)
        mine = () if inbound and is_anothers(named, people) and own not in known else (own,)
        change.thread(dict.fromkeys((*mine, *known)), conversation)
        return conversation

    def _may_join(
        self,
        change: Change,
        id_: str,
        owner: Conversation,
        own_id: str,
        people: Keyed,
        *,
        inbound: bool,
    ) -> bool:
        if id_ == own_id and inbound and is_anothers(change.said_under(id_), people):
            return False
        if id_ == own_id and change.has_arrived(id_):
            return True  # it is that mail, moved or delivered once more
        named = change.mails_of_id(id_)
        circle = partial(change.circle_of, owner)
        return may_join(named, circle, change.came_us, inbound=inbound, people=people)

    def _join(
        self, change: Change, into: Conversation, other: Conversation, message_id: str
    ) -> None:
        both = Happening(
            Event.JOINED,
            message_id,
            view=self._folder.name,
            status=change.status_of(other),
            assignee=change.assignee_of(other),
            other=other,
        )
        change.join(into, other)
        stage_event(change, self._room, into, both)

    def _arrived(
        self,
        change: Change,
        message: Message,
        headers: Headers,
        named: Sequence[Message | StoredLeft],
        raw: bytes,
    ) -> None:
        is_another = self._is_another(change, message, named)
        is_new = is_another or not change.has_arrived(message.message_id)
        conversation = message.conversation
        change.arrive(message.message_id, conversation)
        if not is_new or self._initial:
            return
        if is_another:
            change.come(message)
        # An auto-reply or a bounce is no reason to open a finished conversation.
        waits = not message.automatic or (
            headers.notice and len(change.messages_of(conversation)) == 1
        )
        event = Event.ARRIVED if waits else Event.AUTOMATIC
        if waits and self._is_old(change, message, headers):
            event = Event.IMPORTED
        waited = something_waits(change, self._room, message)
        told = self._happening(event, message)
        stage_event(change, self._room, conversation, told)
        # A bounce, or who is out of office, is no reason either, whatever a rule says.
        if event is Event.ARRIVED or (event is Event.AUTOMATIC and opens(change, message)):
            mail = self._room.rulebook.mail(raw, headers, automatic=message.automatic, waits=waits)
            stage_rules(change, self._room, conversation, mail, told, waited=waited)

    def _come(self, change: Change, message: Message) -> None:
        """What was there before us came before now, whatever the provider's clock says."""
        if change.is_known(message.message_id):
            return
        if not self._initial:
            change.come(message)
        elif message.received_us > change.now_us:
            change.come(message, change.now_us)

    def _is_old(self, change: Change, message: Message, headers: Headers) -> bool:
        """Older than our last answer, by far: it was imported, and is no news.

        By both of its dates, and by an hour at least: a provider's clock may be slow, and who is
        taken for old is forgotten. What a person puts here may have got today's date by that.
        """
        conversation = change.current(message.conversation)
        answered_us = max((answer.at_us for answer in conversation.answers), default=0)
        sent = headers.sent_us if headers.sent_us is not None else message.received_us
        came = sent if message.message_id in self._room.brought else message.received_us
        return max(came, sent) + LATE_US < answered_us

    def _sent(self, change: Change, message: Message, headers: Headers) -> None:
        """An answer we did not relay ourselves: somebody used the provider's webmail."""
        conversation = message.conversation
        if self._sending(headers) or not headers.answered_ids:
            return
        if message.automatic or headers.notice:
            stage_event(change, self._room, conversation, self._happening(Event.RECEIPT, message))
            return
        if any(answer.message_id == message.message_id for answer in conversation.answers):
            return
        present = change.messages_of(conversation)
        recipients = keyed(self._room.shop.digest, headers.recipients, self._own)
        others = [each for each in present if each is not message]
        if not is_answer(headers.answered_ids, others, recipients):
            told = self._happening(Event.FORWARDED, message, answer=message.message_id)
            told = replace(told, forwarded=headers.recipients)
            stage_event(change, self._room, conversation, told)
            return
        answered = answered_mails(headers, present)
        at_us = given_us(message, answered, present, change.came_us)
        people = whom_for(recipients, headers.answered_ids, others)
        change.answer(conversation, Answer(None, "", at_us, message.message_id, people))
        given = partial(change.answers_given, conversation)
        left = left_to_do(answered, present, given, change.came_us, people, change.was_there)
        event = OUTSIDE_EVENTS[left]
        told = self._happening(event, message, answer=message.message_id)
        stage_event(change, self._room, conversation, told)

    def _happening(self, event: Event, message: Message, *, answer: str = "") -> Happening:
        view = self._folder.name
        return Happening(event, message.message_id, message.subject_digest, view, answer=answer)


def _not_parted(change: Change, found: Iterable[Conversation]) -> list[Conversation]:
    """A reply names all its ancestors: of what a person has parted, it goes with the nearest."""
    kept: list[Conversation] = []
    for conversation in found:
        if not any(change.are_parted(conversation, nearer) for nearer in kept):
            kept.append(conversation)
    return kept


def answered_mails(headers: Headers, present: Sequence[Message]) -> list[Message]:
    """Its parents, else the nearest of its ancestors that is here."""
    for ids in (headers.in_reply_to, headers.answered_ids[:1], headers.answered_ids):
        found = [message for message in present if message.message_id in ids]
        if found:
            return found
    return []


def hand_down(change: Change, copies: Iterable[tuple[Message, Message]]) -> None:
    """(copy, origin): people's own \\Seen and the keywords upstream can't keep go along, those too
    that it keeps where the origin lies.
    """
    for copy, origin in copies:
        for account_id, own in (origin.seen_by or {}).items():
            change.set_seen(account_id, copy, seen=own > 0)
        local = (*origin.local_keywords, *_only_kept_there(origin, copy.folder))
        if local:
            change.set_flags(copy, change.flags_of(copy), tuple(sorted(set(local))))


def _only_kept_there(origin: Message, folder: Folder) -> Sequence[str]:
    """The keywords that upstream has of it, and can't keep in ``folder``."""
    keywords = (flag for flag in origin.flags if not flag.startswith("\\") and flag != UNFINISHED)
    return () if folder.keywords else tuple(keywords)


def upstream_flags(flags: Sequence[str]) -> tuple[str, ...]:
    """Flags as upstream keeps them, without keywords that only look like the workflow's."""
    return tuple(sorted(flag for flag in flags if not is_ours(flag) and flag != "\\Recent"))
