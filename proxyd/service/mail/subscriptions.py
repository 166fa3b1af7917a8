"""Which names a person has subscribed to, shared by all connections of that person.

One per account for as long as any connection is open, so that each sees at once what another one
changed (and hears of it: NOTIFY's SubscriptionChange, RFC 5465 §5.5).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from weakref import WeakSet, WeakValueDictionary

from proxyd.service.mail.following import Following


class Subscriptions:
    """A person's own wishes; everything else is subscribed."""

    def __init__(self, wishes: Mapping[str, bool]) -> None:
        self._wishes = dict(wishes)
        self.followings: WeakSet[Following] = WeakSet()

    def has(self, name: str) -> bool:
        return self._wishes.get(name, True)

    def left_over(self, present: Container[str]) -> list[str]:
        """Names the person has subscribed to and that are not there (any more): they stay until
        the person says otherwise (RFC 9051 §6.3.7).
        """
        wishes = self._wishes.items()
        return [name for name, wanted in wishes if wanted and name not in present]

    def undecided(self, names: Iterable[str]) -> list[str]:
        """Those the person has said nothing about."""
        return [name for name in names if name not in self._wishes]

    def set(self, name: str, *, subscribed: bool, is_news: bool = True) -> None:
        """After it was committed. ``is_news``: or others hear of it with the folder itself."""
        changed = is_news and self.has(name) is not subscribed
        self._wishes[name] = subscribed
        if changed:
            for following in list(self.followings):
                following.tree_changed()


SubscriptionsByAccount = WeakValueDictionary[int, Subscriptions]
