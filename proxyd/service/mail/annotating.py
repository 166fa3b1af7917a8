"""Annotations of views and of the server (RFC 5464): what mail clients remember about a folder.

``/private/…`` is a person's own, ``/shared/…`` is read by all who may read the folder and written
by those who manage the mailbox. About the server nothing is shared: people of different mailboxes
must not learn of each other (promise 6). Values never go into the access log, entry names do.
Whoever follows (NOTIFY, RFC 5465 §5.6 and §5.7) hears of the same entries that GETMETADATA shows.

Bounds, because whoever may read may write here: a person's entries take at most 16 MB.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from proxyd.domain.errors import CannotDo
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Right
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.following import Following
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import View

VALUE_MOST = 16 * 1024  # octets; Dovecot's examples and Kolab's settings are far below
ENTRY_MOST = 255  # characters: as long as a file's name
PRIVATE_MOST = 1000  # entries of one person, about all folders together
SHARED_MOST = 50  # entries of one folder

PRIVATE = "/private/"


@dataclass(frozen=True, slots=True)
class AnnotationTarget:
    """What is annotated: a view, or with neither room nor view the server.

    A room without a view is a mere level above folders: it has no annotations.
    """

    name: str = ""
    room: Mailroom | None = None
    view: View | None = None

    @property
    def is_server(self) -> bool:
        return not self.name


async def read(caller: Caller, store: Database, place: AnnotationTarget) -> dict[str, bytes]:
    """Recorded as an access to the folder, in the transaction that reads."""
    record = caller.record(Action.SELECT, place.room, place.name, detail={"what": "annotations"})
    view_id = place.view.id if place.view else None

    def work(tx: Transaction) -> dict[str, bytes]:
        tx.log.append([record])
        if view_id is None and not place.is_server:
            return {}
        return tx.annotations.of_view(view_id, caller.account.id)

    return await store.write(work)


async def change(
    caller: Caller, store: Database, place: AnnotationTarget, changes: Mapping[str, bytes | None]
) -> None:
    """All of them or none. Raises NotPermitted, CannotDo."""
    check(caller, place, changes)
    own, shared = ({entry: changes[entry] for entry in some} for some in _split(changes))
    detail = {"what": "annotate", "entries": sorted(changes)}
    record = caller.record(Action.FOLDER, place.room, place.name, detail=detail)
    view_id, account_id = place.view.id if place.view else None, caller.account.id

    def work(tx: Transaction) -> None:
        kept = tx.annotations
        if own:
            kept.change(view_id, account_id, own)
            _bound(kept.count_of_account(account_id), PRIVATE_MOST)
        if shared and view_id is not None:
            kept.change(view_id, None, shared)
            _bound(kept.count_shared(view_id), SHARED_MOST)
        tx.log.append([record])

    await store.write(work)


def publish(
    caller: Caller,
    place: AnnotationTarget,
    entries: Iterable[str],
    followings: Collection[Following],
    by: Following | None,
) -> None:
    """After the commit. ``followings`` are those of the same person, ``by`` is who did it."""
    own, shared = _split(entries)
    if place.is_server:
        for following in list(followings):
            if following is not by:
                following.server_annotated(own)
    elif place.room is not None and place.view is not None:
        place.room.annotated(place.view, own, only=caller.account.id, by=by)
        place.room.annotated(place.view, shared, by=by)


def _split(entries: Iterable[str]) -> tuple[list[str], list[str]]:
    """A person's own, and everybody's."""
    known = sorted(entries)
    own = [entry for entry in known if entry.startswith(PRIVATE)]
    return own, [entry for entry in known if not entry.startswith(PRIVATE)]


def check(caller: Caller, place: AnnotationTarget, changes: Mapping[str, bytes | None]) -> None:
    """What can be refused without looking at what is there."""
    if place.view is None and not place.is_server:
        raise CannotDo("holds-no-mail")
    if any(not entry.startswith(PRIVATE) for entry in changes):
        if place.room is None:
            raise CannotDo("server-annotation")
        caller.need(Right.MANAGE, place.room)
    if any(len(entry) > ENTRY_MOST for entry in changes):
        raise CannotDo("annotation-entry", most=str(ENTRY_MOST))
    if any(value is not None and len(value) > VALUE_MOST for value in changes.values()):
        raise CannotDo("annotation-too-long", most=str(VALUE_MOST))


def _bound(count: int, most: int) -> None:
    if count > most:
        raise CannotDo("too-many-annotations", most=str(most))
