"""Tells one person's follower what happens in any view, under its name in that person's tree.

Implements ``mailroom.Follower`` on one side and calls ``api.following.Follower`` on the other. A
view that has no name in the tree does not exist for this person (promise 6), so nothing is told of
it.
Remembers no event: what the follower does not note is gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from proxyd.service.api.following import Follower, Touch
from proxyd.service.mail.tree import Tree
from proxyd.service.mailbox.effects import Told
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import View
from proxyd.service.mailbox.places import ViewKey

Place = tuple[int, ViewKey]  # mailbox id, view


class Following:
    def __init__(
        self,
        follower: Follower,
        account_id: int,
        rooms: Sequence[Mailroom],
        tree: Callable[[], Tree],
    ) -> None:
        self._follower = follower
        self._account_id = account_id
        self._rooms = rooms
        self._tree = tree
        self._named: Tree | None = None  # whose names are in ``_names``
        self._names: dict[Place, list[str]] = {}
        for room in rooms:
            room.followers.add(self)

    def end(self) -> None:
        for room in self._rooms:
            room.followers.discard(self)

    def happened(self, room: Mailroom, told: Mapping[View, Sequence[Told]]) -> None:
        names = self._current_names()
        for view, news in told.items():
            touch = _touch(news, self._account_id)
            for name in names.get((room.mailbox.id, view.key), ()) if touch else ():
                self._follower.touched(name, touch)

    def tree_changed(self) -> None:
        self._follower.tree_changed()

    def annotated(
        self, room: Mailroom, view: View, entries: Collection[str], *, only: int | None
    ) -> None:
        if only is None or only == self._account_id:
            for name in self._current_names().get((room.mailbox.id, view.key), ()):
                self._follower.annotated(name, entries)

    def server_annotated(self, entries: Collection[str]) -> None:
        self._follower.annotated("", entries)

    def _current_names(self) -> Mapping[Place, Sequence[str]]:
        """One view may have two: a person's own work, and that under the person's name."""
        tree = self._tree()
        if tree is not self._named:
            names: defaultdict[Place, list[str]] = defaultdict(list)
            for entry in tree:
                if entry.room is not None and entry.key is not None:
                    names[entry.room.mailbox.id, entry.key].append(entry.name)
            self._names, self._named = dict(names), tree
        return self._names


def _touch(news: Iterable[Told], account_id: int) -> Touch:
    touch = Touch(0)
    for item in news:
        if item.arrived:
            touch |= Touch.ARRIVED
        if item.gone:
            touch |= Touch.GONE
        if item.changed and (item.only is None or account_id in item.only):
            touch |= Touch.FLAGS
    return touch
