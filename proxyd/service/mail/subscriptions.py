"""Which names a person has subscribed to, shared by all connections of that person.

One per account for as long as any connection is open, so that each sees at once what another one
changed (and hears of it: NOTIFY's SubscriptionChange, RFC 5465 §5.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakSet, WeakValueDictionary

from proxyd.service.mail.following import Following


class Subscriptions:
    """A person's own wishes; everything else is subscribed."""

    def __init__(self, wishes: Mapping[str, bool]) -> None:
        self._wishes = dict(wishes)
        self.followings: WeakSet[Following] = WeakSet()

    def has(self, name: str) -> bool:
        return self._wishes.get(name, True)

    def set(self, name: str, *, subscribed: bool) -> None:
        """After it was committed."""
        changed = self.has(name) is not subscribed
        self._wishes[name] = subscribed
        if changed:
            for following in list(self.followings):
                following.tree_changed()


SubscriptionsByAccount = WeakValueDictionary[int, Subscriptions]
