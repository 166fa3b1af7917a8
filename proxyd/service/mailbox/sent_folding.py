"""The one copy in Sent: a client's own copy is folded into ours (docs/design.md §3 "Sending").

Whatever client and provider do, a mail that went out through us lies in Sent once: the provider's
own copy where it files one (learned, see service/sending/doubles.py), else ours. Here is known what
went out or was filed through us lately, and where its copy lies. What a person sends or files
through us is theirs, also under another Message-ID that a relay has given it: nobody outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.guard import Answer
from proxyd.domain.outbox import SendState, SentPlace
from proxyd.domain.thread import Headers
from proxyd.service.api.appending import AppendResult
from proxyd.service.mailbox.correspondents import Keyed, have_in_common
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message

FOLD_WAIT_S = 30.0  # a client's copy waits so long for ours to be stored; then it may try again
DEFAULT_SENT = "Sent"  # created where the provider has no Sent folder
# Providers file their copy within seconds; greylisting and retries of theirs take minutes.
RECENT_US = 15 * 60 * 1_000_000
PROVIDER, PROXYD = "provider", "proxyd"


MOST_COMPARED = 10  # of one Message-ID; more are a machine's that gives all the same one
NEWEST = 300  # mails of Sent that are looked through for a copy


def newest(folder: Folder) -> list[tuple[int, Message]]:
    """By upstream UID: what came last, among which a copy of the last minutes must be."""
    return [(uid, folder.by_uid[uid]) for uid in list(folder.by_uid)[-NEWEST:]]


@dataclass(slots=True)
class Own:
    """A mail that was sent or filed through us lately."""

    at_us: int
    subject_digest: str
    answered: tuple[str, ...] | None  # ids; None: not known any more
    people: Keyed = b""  # whom it goes to
    place: SentPlace | None = None  # of its copy in Sent
    since_uid: int = 0  # what lay in Sent before has a smaller one
    put: set[SentPlace] = field(default_factory=set)  # through us; several mails may have its id


class SentFolding:
    """Knows which Message-IDs went out through us, and where their one copy lies."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room
        self._stored = asyncio.Condition()
        self._comparing = asyncio.Lock()
        self._waiting = 0
        self._own: dict[str, Own] = {}  # by Message-ID, oldest first
        # Account by Message-ID of what was sent through us, also of a copy that has another one.
        self.senders: dict[str, int] = {}
        self.filed_by = ""  # PROVIDER, PROXYD, or "" as long as nobody knows
        self.wanted = asyncio.Event()  # a client waits for a copy
        self.again = asyncio.Event()  # a mail of ours may lie in Sent a second time

    # ------------------------------------------------------------------ what is ours

    def is_own(self, headers: Headers) -> bool:
        """A mail that is being sent or was sent or filed through us: no outside answer."""
        found = headers.message_id in self._own
        if not found:
            digest, answered = self._room.shop.digest(headers.subject), headers.answered_ids
            self._forget_old()
            found = any(
                own.subject_digest == digest and own.answered in (None, answered)
                for own in self._own.values()
            )
        if found:
            self.again.set()
        return found

    def begin(self, headers: Headers, account_id: int | None = None) -> None:
        """The mail is about to go out, or to be filed. Ended by ``stored`` or ``give_up``."""
        self._forget_old()
        if account_id is not None:
            self.senders[headers.message_id] = account_id
        former = self._own.pop(headers.message_id, None)
        digest = self._room.shop.digest(headers.subject)
        now = self._room.shop.clock()
        people = self._room.people_of(headers.recipients)
        place = former.place if former else None
        own = Own(now, digest, headers.answered_ids, people, place, self._since_uid())
        own.put = former.put if former else own.put
        if former is not None and account_id is None:
            own.since_uid = former.since_uid  # it began before
        self._own[headers.message_id] = own

    def _since_uid(self) -> int:
        folder = self.folder()
        if folder is None:
            return 0
        # What was stored just now is known before the folder's next round says UIDNEXT.
        return max(folder.uidnext, next(reversed(folder.by_uid), 0) + 1)

    def begin_another(self, headers: Headers) -> None:
        """A person files another mail under an id that went out, or was filed: that one's sender
        and copy stay what they are, and this one is no answer from outside either.
        """
        if headers.message_id not in self._own:
            self.begin(headers)

    def give_up(self, message_id: str) -> None:
        """It did not go out; a copy that a person has filed stays theirs."""
        own = self._own.get(message_id)
        if own is not None and own.place is None:
            del self._own[message_id]
            self.senders.pop(message_id, None)

    def recall(self, message_id: str, at_us: int, place: SentPlace, subject_digest: str) -> None:
        """Of a former process."""
        own = Own(at_us, subject_digest, None, place=place, put={place} if place.ours else set())
        self._own.setdefault(message_id, own)

    def lies(self, message_id: str, place: SentPlace) -> None:
        """Its copy lies there now."""
        self.same_sender(message_id, place)
        if message_id in self._own:
            own = self._own[message_id]
            own.place = place
            own.put |= {place} if place.ours else set()
            if place.ours and self.filed_by != PROXYD:
                self.again.set()

    def same_sender(self, message_id: str, place: SentPlace) -> None:
        """A copy that has another Message-ID is of the same person."""
        folder = self.folder()
        copy = folder.by_uid.get(place.uid) if folder is not None else None
        if copy is not None and message_id in self.senders:
            self.senders.setdefault(copy.message_id, self.senders[message_id])

    def settled(self, message_id: str) -> None:
        """Nothing more is to be done for its copies; it stays ours."""
        if message_id in self._own:
            self._own[message_id].place = None

    def put_by_us(self) -> list[tuple[str, Own, SentPlace]]:
        """Whose copy was put into Sent through us lately, so that another may follow."""
        self._forget_old()
        found = ((id_, own, own.place) for id_, own in self._own.items())
        return [(id_, own, place) for id_, own, place in found if place is not None and place.ours]

    def places(self) -> set[int]:
        """UIDs in Sent that are known to be somebody's copy."""
        return {own.place.uid for own in self._own.values() if own.place is not None}

    def _forget_old(self) -> None:
        before = self._room.shop.clock() - RECENT_US
        while self._own and next(iter(self._own.values())).at_us < before:
            del self._own[next(iter(self._own))]

    def answers_to(self, message_ids: Sequence[str], people: Keyed) -> list[Answer]:
        """What goes out, or went lately, to one of these people and names one of these ids."""
        self._forget_old()
        found = (
            (id_, own)
            for id_, own in self._own.items()
            if not set(own.answered or ()).isdisjoint(message_ids)
            if have_in_common(own.people, people)
        )
        return [self.answer_of(id_, own.at_us) for id_, own in found]

    def answer_of(self, message_id: str, at_us: int) -> Answer:
        """Of a mail in Sent, or on its way there."""
        account_id = self.senders.get(message_id)
        person = self._room.shop.people.by_id(account_id or 0)
        return Answer(account_id, person.name if person else "", at_us, message_id)

    # ------------------------------------------------------------------ where copies lie

    def folder(self) -> Folder | None:
        state = self._room.state
        return state.special_folder("\\sent") or state.folder_named(DEFAULT_SENT)

    async def stored(self, message_id: str) -> None:
        async with self._stored:
            self._stored.notify_all()

    def copy_in(
        self, folder: Folder, message_id: str, others: Collection[Message] = ()
    ) -> Message | None:
        """``others``: what is known to be another mail of that Message-ID."""
        copies = self.copies_in(folder, message_id)
        return next((copy for copy in copies if copy not in others), None)

    def not_the_providers(self, folder: Folder, message_id: str) -> list[Message]:
        """What lay there under its Message-ID before it was sent, or was put there through us, so
        that the provider has not filed it: a client did, or it is another mail.
        """
        own = self._own.get(message_id)
        since = own.since_uid if own is not None else 0
        places = own.put if own is not None else set()
        put = {place.uid for place in places if place.uidvalidity == folder.uidvalidity}
        copies = self.copies_in(folder, message_id)
        return [copy for copy in copies if copy.uid < since or copy.uid in put]

    def copies_in(
        self, folder: Folder, message_id: str, place: SentPlace | None = None
    ) -> list[Message]:
        """Those of the Message-ID, and what is known to be its copy under another one.

        ``place``: where it lies as the database knows.
        """
        copies = self._room.state.by_message_id.get(message_id, [])
        found = [message for message in copies if message.folder is folder]
        own = self._own.get(message_id)
        place = (own.place if own is not None else None) or place
        if place is not None and place.uidvalidity == folder.uidvalidity:
            known = folder.by_uid.get(place.uid)
            if known is not None and known not in found:
                found.append(known)
        return found

    async def fold(
        self, message_id: str, folder: Folder, says_the_same: Callable[[Message], Awaitable[bool]]
    ) -> AppendResult | None:
        """The one copy's UID, for a client that appends its own; None: store it as it is.

        ``says_the_same``: whether the client's is that mail; the Message-ID alone is no proof. One
        is compared at a time, because that may take its memory.
        Raises UpstreamUnavailable when our copy can't be stored at the moment.
        """
        mailbox_id = self._room.mailbox.id
        store = self._room.shop.store
        told = await store.read(lambda tx: tx.sent_copies.state(mailbox_id, message_id))
        if not message_id or told is None or told[0] not in (SendState.RELAYED, SendState.FILED):
            return None
        state, place = told
        if state == SendState.RELAYED:
            await self._wait_for(message_id, folder)
        view = folder.view
        for copy in self.copies_in(folder, message_id, place)[:MOST_COMPARED]:
            async with self._comparing:
                same = await says_the_same(copy)
            if same and view is not None and view in copy.views:
                return AppendResult(view.uidvalidity, (copy.views[view],))
        return None  # somebody has deleted it since, or this is another mail

    async def _wait_for(self, message_id: str, folder: Folder) -> None:
        self._waiting += 1
        self.wanted.set()
        try:
            async with asyncio.timeout(FOLD_WAIT_S), self._stored:
                await self._stored.wait_for(lambda: self.copy_in(folder, message_id) is not None)
        except TimeoutError as error:
            raise UpstreamUnavailable("the copy in Sent is still on its way") from error
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.wanted.clear()
