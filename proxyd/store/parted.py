"""What parts conversations: which ones a person has parted, and what each mail refers to.

Called by the one writer of conversations (service/mailbox), which numbers them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from proxyd.domain.ports.parted import ReadAnew, Reference
from proxyd.store import schema as t
from proxyd.store.schema import conversations, parted

Pair = tuple[int, int]


class PartedStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, mailbox_id: int) -> list[Pair]:
        query = (
            select(parted.c.one_id, parted.c.other_id)
            .join(conversations, conversations.c.id == parted.c.one_id)
            .where(conversations.c.mailbox_id == mailbox_id)
        )
        return [(one, other) for one, other in self._connection.execute(query)]

    def part(self, pairs: Iterable[Pair]) -> None:
        """Those that are parted already stay so."""
        for one, other in sorted({(min(pair), max(pair)) for pair in pairs}):
            row = {"one_id": one, "other_id": other}
            there = select(parted).filter_by(**row)
            if one != other and self._connection.execute(there).first() is None:
                self._connection.execute(insert(parted), row)

    def joined(self, other: int, into: int) -> None:
        """What was parted from the one that is swallowed is parted from the other now."""
        both = (parted.c.one_id == other) | (parted.c.other_id == other)
        there = list(self._connection.execute(select(parted).where(both)))
        self._connection.execute(delete(parted).where(both))
        self.part(
            (into if one == other else one, into if two == other else two) for one, two in there
        )

    def move(
        self,
        messages: Sequence[int],
        answers: Sequence[str],
        marks: Sequence[int],
        from_: int,
        to: int,
    ) -> None:
        """Messages by number, answers and mails on their way by Message-ID; answers of which only
        a mark tells by their time.
        """
        goes = {"to_id": to}
        rows = [{"row_id": number, **goes} for number in messages]
        if rows:
            self._connection.execute(_MOVE, rows)
        for table in (t.answers, t.outbox):
            where = (table.c.conversation_id == from_) & (table.c.message_id == bindparam("named"))
            statement = update(table).where(where).values(conversation_id=bindparam("to_id"))
            if named := [{"named": id_, **goes} for id_ in answers]:
                self._connection.execute(statement, named)
        answers_ = t.answers
        marked = (answers_.c.conversation_id == from_) & (answers_.c.message_id == "")
        at_their_times = marked & answers_.c.at_us.in_(marks)
        self._connection.execute(update(answers_).where(at_their_times).values(conversation_id=to))

    def references(self, conversation_id: int) -> list[Reference]:
        """Of each message of the conversation."""
        query = select(t.messages.c.message_id, t.messages.c.refers).where(
            t.messages.c.conversation_id == conversation_id
        )
        return [
            Reference(id_, None if text is None else tuple(text.split("\n")) if text else ())
            for id_, text in self._connection.execute(query)
        ]

    def unread(self, folder_id: int) -> list[int]:
        """Messages of a folder of which it is not known what they refer to; newest first."""
        query = select(t.messages.c.id).where(
            t.messages.c.folder_id == folder_id, t.messages.c.refers.is_(None)
        )
        return list(self._connection.scalars(query.order_by(t.messages.c.id.desc())))

    def read_anew(self, rows: Iterable[ReadAnew]) -> None:
        found = [
            {
                "row_id": r.message,
                "people": r.correspondents,
                "auto": r.automatic,
                "ids": r.refers,
                "about": r.topic,
                "sent": r.sent_us,
            }
            for r in rows
        ]
        if found:
            self._connection.execute(_READ_ANEW, found)


_ONE = update(t.messages).where(t.messages.c.id == bindparam("row_id"))
_MOVE = _ONE.values(conversation_id=bindparam("to_id"))
_READ_ANEW = _ONE.values(
    correspondents=bindparam("people"),
    automatic=bindparam("auto"),
    refers=bindparam("ids"),
    topic=bindparam("about"),
    sent_us=bindparam("sent"),
)
