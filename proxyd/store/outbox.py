"""The outbox and the guards' refusals, as rows; what a mail says is in them encrypted.

Must never decide whether a mail may go: service/sending/delivery.py does. Invariant: a row leaves
the states *relaying* and *uncertain* only by a call that names it; the message's octets are kept
until the copy is in Sent or it is certain that nothing went out.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)

from proxyd.domain.guard import Refusal
from proxyd.domain.outbox import Sending, SendState
from proxyd.store.prepared import Prepared
from proxyd.store.schema import held, outbox, refusals
from proxyd.store.sealed_mail import SealedMails

_ALL_BUT_MESSAGE = [column for column in outbox.c if column.name != "message"]
_DID_NOT_GO = (SendState.REFUSED, SendState.WITHDRAWN)
_UNSETTLED = (SendState.RELAYING, SendState.UNCERTAIN)
_Found = namedtuple("_Found", [column.name for column in _ALL_BUT_MESSAGE])  # type: ignore[misc]

# What every submission waits for, rendered once.
_BEGIN = Prepared(
    insert(outbox)
    .values({each.name: bindparam(each.name) for each in outbox.c if each.name != "id"})
    .returning(outbox.c.id)
)
_THIS = update(outbox).where(outbox.c.id == bindparam("number"))
_SET = Prepared(_THIS.values(state=bindparam("to")))
_SETTLE = Prepared(_THIS.values(state=bindparam("to"), message=null()))
_SAME = (
    select(*_ALL_BUT_MESSAGE)
    .where(outbox.c.mailbox_id == bindparam("mailbox_id"), outbox.c.digest == bindparam("digest"))
    .order_by(outbox.c.id.desc())
)
_WENT = Prepared(
    _SAME.where(
        outbox.c.message_id == bindparam("message_id"),
        outbox.c.state.not_in([literal_column(f"'{state.value}'") for state in _DID_NOT_GO]),
    )
)
_IN_DOUBT = outbox.c.state.in_([literal_column(f"'{state.value}'") for state in _UNSETTLED])
_DOUBTFUL = Prepared(_SAME.where(_IN_DOUBT))
_OF_CONVERSATION = Prepared(
    select(*_ALL_BUT_MESSAGE)
    .where(
        outbox.c.conversation_id == bindparam("conversation_id"),
        or_(_IN_DOUBT, outbox.c.state == literal_column(f"'{SendState.HELD.value}'")),
    )
    .order_by(outbox.c.id)
)
_HEARD = Prepared(_THIS.values(unheard_us=bindparam("at_us")))
_UNHEARD = Prepared(
    select(*_ALL_BUT_MESSAGE)
    .where(
        outbox.c.unheard_us >= bindparam("since_us"),
        outbox.c.account_id == bindparam("account_id"),
        outbox.c.digest == bindparam("digest"),
    )
    .order_by(outbox.c.id.desc())
)


class OutboxStore:
    def __init__(self, connection: Connection, key: bytes) -> None:
        """``key`` is Keys.outbox."""
        self._connection = connection
        self._sealed = SealedMails(key)

    # ------------------------------------------------------------------ sendings

    def begin(self, sending: Sending) -> int:
        """Store it before the first octet goes out. Returns its number."""
        values = {
            "mailbox_id": sending.mailbox_id,
            "account_id": sending.account_id,
            "login": sending.login,
            "conversation_id": sending.conversation_id,
            "message_id": sending.message_id,
            "digest": sending.digest,
            "sender": sending.sender,
            "recipients": json.dumps(sending.recipients, ensure_ascii=False),
            "state": sending.state.value,
            "created_us": sending.created_us,
            "message": self._sealed.seal(sending.mailbox_id, sending.message_id, sending.message),
            "copy_uidvalidity": None,
            "copy_uid": None,
            "copy_ours": None,
            "unheard_us": None,
            "made": sending.made or None,
        }
        ((number,),) = _BEGIN.rows(self._connection, values)
        return int(number)

    def leave(self, sending_id: int) -> bool:
        """False, and nothing done, where it does not wait any more."""
        return self._out_of_held(sending_id, SendState.RELAYING)

    def withdraw(self, sending_id: int) -> bool:
        """The same; the octets are kept."""
        return self._out_of_held(sending_id, SendState.WITHDRAWN)

    def _out_of_held(self, sending_id: int, to: SendState) -> bool:
        this = (outbox.c.id == sending_id) & (outbox.c.state == SendState.HELD.value)
        # Whoever has not heard of its waiting is not told that it went out.
        done = self._connection.execute(
            update(outbox).where(this).values(state=to.value, unheard_us=None)
        )
        return done.rowcount == 1

    def hold_again(self, sending_id: int) -> None:
        """It did not go, and is to be tried again."""
        self._set(sending_id, SendState.HELD)

    def did_not_leave(self, sending_id: int) -> None:
        """As ``withdraw``, of what was on its way already."""
        self._set(sending_id, SendState.WITHDRAWN)

    def forget(self, sending_id: int) -> None:
        """The octets of what does not leave: it lies elsewhere."""
        this = (outbox.c.id == sending_id) & (outbox.c.state != SendState.HELD.value)
        self._connection.execute(update(outbox).where(this).values(message=None))

    def relayed(self, sending_id: int) -> None:
        self._set(sending_id, SendState.RELAYED)

    def unheard(self, sending_id: int, at_us: int | None) -> None:
        _HEARD.run(self._connection, [{"number": sending_id, "at_us": at_us}])

    def filed(self, sending_id: int) -> None:
        self._set(sending_id, SendState.FILED, forget=True)

    def refused(self, sending_id: int) -> None:
        self._set(sending_id, SendState.REFUSED, forget=True)

    def uncertain(self, sending_id: int) -> None:
        self._set(sending_id, SendState.UNCERTAIN)

    def went_after_all(self, mailbox_id: int, digest: str) -> None:
        """A repeat of these doubtful ones went out with consent: they count as gone out too.

        The copy of the repeat is the one for Sent.
        """
        self._connection.execute(
            update(outbox)
            .where(
                outbox.c.mailbox_id == mailbox_id,
                outbox.c.digest == digest,
                outbox.c.state == SendState.UNCERTAIN.value,
            )
            .values(state=SendState.FILED.value, message=None)
        )

    def find_sent(self, mailbox_id: int, message_id: str, digest: str) -> Sending | None:
        """The latest sending of the same mail that went out or may have.

        The same content under another Message-ID counts as long as nobody knows whether it went.
        """
        same = {"mailbox_id": mailbox_id, "digest": digest}
        by_id = self._latest(_WENT, **same, message_id=message_id)
        return by_id or self._latest(_DOUBTFUL, **same)

    def find_unheard(self, account_id: int, digest: str, since_us: int) -> Sending | None:
        criteria = {"account_id": account_id, "digest": digest, "since_us": since_us}
        return self._latest(_UNHEARD, **criteria)

    def came_back(self, mailbox_id: int, message_id: str) -> set[str]:
        query = select(outbox.c.made).where(
            outbox.c.message_id == message_id,
            outbox.c.mailbox_id == mailbox_id,
            outbox.c.made.is_not(None),
            outbox.c.state == SendState.WITHDRAWN.value,
        )
        return set(self._connection.scalars(query))

    def states(self, numbers: Collection[int]) -> dict[int, SendState]:
        query = select(outbox.c.id, outbox.c.state).where(outbox.c.id.in_(numbers))
        return {row.id: SendState(row.state) for row in self._connection.execute(query)}

    def unsettled(self, conversation_id: int) -> list[Sending]:
        rows = _OF_CONVERSATION.rows(self._connection, {"conversation_id": conversation_id})
        return [sending_of(_Found._make(row)) for row in rows]

    def pending(self, mailbox_id: int) -> list[Sending]:
        """What a former process left unsettled or unfiled, oldest first, without the octets."""
        open_states = [state.value for state in (*_UNSETTLED, SendState.RELAYED)]
        query = select(*_ALL_BUT_MESSAGE).where(
            outbox.c.mailbox_id == mailbox_id, outbox.c.state.in_(open_states)
        )
        return [sending_of(row) for row in self._connection.execute(query.order_by(outbox.c.id))]

    def next_unfiled(self, mailbox_id: int, after: int) -> Sending | None:
        """The oldest one with a greater number than ``after`` whose copy is not in Sent yet."""
        query = _unfiled(mailbox_id).where(outbox.c.id > after)
        return self._opened(query.order_by(outbox.c.id))

    def last_unfiled(self, mailbox_id: int, before: int | None) -> Sending | None:
        """The newest one, with a smaller number than ``before``."""
        query = _unfiled(mailbox_id)
        if before is not None:
            query = query.where(outbox.c.id < before)
        return self._opened(query.order_by(outbox.c.id.desc()))

    def _opened(self, query: Select[Any]) -> Sending | None:
        row = self._connection.execute(query.limit(1)).first()
        if row is None:
            return None
        return sending_of(row, self._sealed.open(row.mailbox_id, row.message_id, row.message))

    # ------------------------------------------------------------------ refusals

    def add_refusal(
        self, account_id: int, conversation_id: int | None, digest: str, refusal: Refusal
    ) -> None:
        self._connection.execute(
            insert(refusals).values(
                account_id=account_id,
                conversation_id=conversation_id,
                digest=digest,
                guard=refusal.guard,
                at_us=refusal.at_us,
                copy=refusal.copy,
                forfeited=refusal.forfeited,
            )
        )

    def latest_refusals(
        self, account_id: int, conversation_id: int | None, digest: str
    ) -> dict[str, Refusal]:
        """By guard; consent to one says nothing about another. Of this text, else of another one
        in the conversation that was not forfeited.
        """
        query = select(
            refusals.c.guard,
            refusals.c.at_us,
            refusals.c.copy,
            refusals.c.forfeited,
            (refusals.c.digest != digest).label("edited"),
        ).where(_of(account_id, conversation_id, digest))
        # By time: one that is given back after a failure keeps its own.
        rows = self._connection.execute(query.order_by(refusals.c.at_us, refusals.c.id)).all()
        own = {row.guard: Refusal(*row) for row in rows if not row.edited}
        others = {row.guard: Refusal(*row) for row in rows if row.edited and not row.forfeited}
        return others | own

    def spend_refusals(
        self,
        account_id: int,
        conversation_id: int | None,
        digest: str,
        told: Collection[Refusal],
    ) -> bool:
        """Use up the consent that follows from these; False, and nothing done, if it is gone."""
        latest = self.latest_refusals(account_id, conversation_id, digest)
        if any(latest.get(refusal.guard) != refusal for refusal in told):
            return False
        self._connection.execute(
            delete(refusals).where(
                _of(account_id, conversation_id, digest),
                refusals.c.guard.in_([refusal.guard for refusal in told]),
            )
        )
        return True

    # ------------------------------------------------------------------ housekeeping

    def prune(self, before_us: int) -> None:
        """Forget what was settled, and refused, before that time."""
        settled = or_(
            *(
                outbox.c.state == state.value
                for state in (SendState.FILED, *_DID_NOT_GO, SendState.UNCERTAIN)
            )
        )
        settled = settled & outbox.c.id.not_in(select(held.c.sending_id))
        self._connection.execute(delete(outbox).where(settled, outbox.c.created_us < before_us))
        self._connection.execute(delete(refusals).where(refusals.c.at_us < before_us))

    def _set(self, sending_id: int, state: SendState, *, forget: bool = False) -> None:
        statement = _SETTLE if forget else _SET
        statement.run(self._connection, [{"number": sending_id, "to": state.value}])

    def _latest(self, query: Prepared, **criteria: object) -> Sending | None:
        rows = query.rows(self._connection, criteria)
        return sending_of(_Found._make(rows[0])) if rows else None


def sending_of(row: Any, message: bytes | None = None) -> Sending:
    recipients: Sequence[str] = json.loads(row.recipients)
    return Sending(
        mailbox_id=row.mailbox_id,
        account_id=row.account_id,
        login=row.login,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        digest=row.digest,
        sender=row.sender,
        recipients=tuple(recipients),
        created_us=row.created_us,
        state=SendState(row.state),
        message=message,
        made=row.made or "",
        id=row.id,
    )


def _of(account_id: int, conversation_id: int | None, digest: str) -> ColumnElement[bool]:
    """A mail that answers nothing is told by its text alone."""
    person = refusals.c.account_id == account_id
    if conversation_id is None:
        return and_(person, refusals.c.conversation_id.is_(None), refusals.c.digest == digest)
    return and_(person, refusals.c.conversation_id == conversation_id)


def _unfiled(mailbox_id: int) -> Select[Any]:
    return select(outbox).where(
        outbox.c.mailbox_id == mailbox_id, outbox.c.state == SendState.RELAYED.value
    )
