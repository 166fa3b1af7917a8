"""Tells one client what happens outside its commands (NOTIFY, RFC 5465).

Notes what the service tells (``api.Follower``), and says it when the session has nothing else to
do, or while it idles. Invariants:
- notes are bounded: a name each, of a folder or of an annotation; beyond NOTES_MOST the client is
  told so and hears no more;
- what is said is the state when it is said, never a list of events: however slow a client is, the
  last STATUS it gets is true;
- only the selected view's own numbers change here, and only through ``ClientView.flush``.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence

from imap_frontend.annotation_lines import say_names
from imap_frontend.context import Context, Rejected
from imap_frontend.fetch_answer import answer
from imap_frontend.folder_lines import say_line, status_line
from imap_frontend.listing import ListLine, line_of
from imap_frontend.notify_filter import (
    FLAG_CHANGE,
    MAILBOX_METADATA,
    MAILBOX_NAME,
    MESSAGE_EXPUNGE,
    MESSAGE_NEW,
    SERVER_METADATA,
    SUBSCRIPTION_CHANGE,
    TreeChange,
    Wishes,
    events_of,
    tree_changes,
)
from proxyd.domain.errors import ProxydError
from proxyd.imapwire import encode
from proxyd.imapwire.command import Fetch
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import NumSet
from proxyd.service.api.folder_tree import ViewInfo
from proxyd.service.api.following import Touch

# Folders with news that wait to be told, and entries of annotations; more than people have, so only
# a stalled client gets here.
NOTES_MOST = 2000
_MESSAGES = (MESSAGE_NEW, MESSAGE_EXPUNGE, FLAG_CHANGE)


class Notifier:
    """Implements ``api.Follower``. With no groups at all (NOTIFY NONE) it is silent."""

    def __init__(self, ctx: Context, wishes: Wishes) -> None:
        self._ctx = ctx
        self._wishes = wishes
        self._touched: dict[str, Touch] = {}
        self._annotated: dict[tuple[str, str], None] = {}  # folder ("" for the server), entry
        self._tree_changed = False
        self._overflown = False
        self._views = ctx.mail.views()
        self._loop = asyncio.get_running_loop()
        self._not_before = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ noting (api.Follower)

    def touched(self, name: str, change: Touch) -> None:
        if self._overflown:
            return
        self._touched[name] = self._touched.get(name, Touch(0)) | change
        self._overflown = len(self._touched) > NOTES_MOST
        self._ctx.wire.poke()

    def tree_changed(self) -> None:
        self._tree_changed = True
        self._ctx.wire.poke()

    def annotated(self, name: str, entries: Collection[str]) -> None:
        # Who never asked must not be told of too much of it.
        if self._overflown or not self._wishes.names(_metadata_event(name)):
            return
        self._annotated.update(((name, entry), None) for entry in entries)
        self._overflown = len(self._annotated) > NOTES_MOST
        self._ctx.wire.poke()

    # ------------------------------------------------------------ what is told

    @property
    def is_silent_about_selected(self) -> bool:
        """§3: who does not ask for the selected folder hears of it by its own commands only."""
        return self._wishes.selected is None

    @property
    def tells_flags(self) -> bool:
        """§5: an event that is left out is not told, at commands neither."""
        return self._wishes.flags_in_selected

    async def tell(self, *, idling: bool) -> None:
        """All there is to say at a moment between two commands, or while the client idles."""
        if self._overflown:
            self._give_up()
            await self._ctx.wire.drain()
            return
        await self._tell_selected(idling=idling)
        if self._tree_changed:
            self._tell_tree()
        if (self._touched or self._annotated) and self._is_time():
            self._tell_annotated()
            await self._tell_touched()
        await self._ctx.wire.drain()

    def _is_time(self) -> bool:
        """Counting costs: in a storm of changes each folder is counted once in a while."""
        now = self._loop.time()
        if now >= self._not_before:
            self._not_before = now + self._ctx.options.notify_pace_s
            return True
        if self._alarm is None:
            self._alarm = self._loop.call_later(self._not_before - now, self._ring)
        return False

    def _ring(self) -> None:
        self._alarm = None
        self._ctx.wire.poke()

    async def _tell_touched(self) -> None:
        touched, self._touched = self._touched, {}
        known = {view.name: view for view in self._views}
        for name, touch in touched.items():
            view = known.get(name)
            if view is not None and not self._is_selected(name):
                await self._tell_counts(view, *events_of(touch))

    async def tell_all(self) -> None:
        """NOTIFY SET STATUS (§3): where every folder stands before the first news of it."""
        for view in self._views:
            if view.selectable and not self._is_selected(view.name):
                await self._tell_counts(view, *_MESSAGES)
                await self._ctx.wire.drain()

    def _give_up(self) -> None:
        """§5.8: as if NOTIFY NONE had been said."""
        self._ctx.say_ok(b"NOTIFICATIONOVERFLOW", "notify-overflow")
        self._ctx.mail.follow(None)
        self._ctx.notify(Notifier(self._ctx, Wishes(())))

    # ------------------------------------------------------------ folders that are not selected

    def _is_selected(self, name: str) -> bool:
        selected = self._ctx.selected
        return selected is not None and selected.opened.name == name

    async def _tell_counts(self, view: ViewInfo, *events: str) -> None:
        if not self._wishes.wants(view, *events):
            return
        items = ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN"]
        # RFC 5465 §5.3: who wants to hear of flags is told how far they are told.
        if self._ctx.has("CONDSTORE") or self._wishes.wants(view, FLAG_CHANGE):
            items.append("HIGHESTMODSEQ")
        try:
            counts = await self._ctx.mail.counts(view.name)
        except ProxydError:
            return  # it went, or can't be counted now: its next change is told
        self._ctx.say(status_line(self._ctx, view.name, counts, tuple(items)))

    # ------------------------------------------------------------ annotations

    def _tell_annotated(self) -> None:
        """§5.6, §5.7: which entries are others now; each once, however often it was set."""
        annotated, self._annotated = self._annotated, {}
        entries: defaultdict[str, list[str]] = defaultdict(list)
        for name, entry in annotated:
            entries[name].append(entry)
        known = {view.name: view for view in self._views}
        for name, some in entries.items():
            view = known.get(name)
            # Of the server it does not matter which folders the groups are about.
            if not name or (view is not None and self._wishes.wants(view, MAILBOX_METADATA)):
                say_names(self._ctx, name, some)

    # ------------------------------------------------------------ the tree

    def _tell_tree(self) -> None:
        """§5.4, §5.5: LIST responses with what is new about each."""
        self._tree_changed = False
        before, self._views = self._views, self._ctx.mail.views()
        for change in tree_changes(before, self._views):
            event = MAILBOX_NAME if change.is_of_name else SUBSCRIPTION_CHANGE
            ends = [view for view in (change.old, change.new) if view is not None]
            if any(self._wishes.wants(view, event) for view in ends):
                self._say_change(change, self._views)

    def _say_change(self, change: TreeChange, views: Sequence[ViewInfo]) -> None:
        old, new, ctx = change.old, change.new, self._ctx
        if new is None:
            if old is not None:
                say_line(ctx, b"LIST", ListLine(old.name, ("\\NonExistent",), selectable=False))
            return
        line = line_of(views, new.name, show_subscribed=True)
        renamed = b""
        if old is not None and old.name != new.name:
            renamed = b' ("OLDNAME" (%b))' % encode.mailbox(old.name, utf8=ctx.utf8)
        say_line(ctx, b"LIST", line, renamed)

    # ------------------------------------------------------------ the selected folder

    async def _tell_selected(self, *, idling: bool) -> None:
        """§6.1: SELECTED hears of what went at any time, SELECTED-DELAYED at safe moments."""
        ctx, group = self._ctx, self._wishes.selected
        view = ctx.selected
        if view is None or group is None:
            return
        new = view.unheard()
        expunge = idling or group.filter == "SELECTED"
        ctx.wire.write(view.flush(expunge=expunge, flags=self.tells_flags))
        wish = self._wishes.new_in_selected
        if new and wish is not None and wish.attributes:
            await self._tell_new(
                new, Fetch(uid=True, numbers=NumSet.of(new), attributes=wish.attributes)
            )
        # Last: MODSEQ of a new message may be above that of a change which is held back.
        ctx.say_highest(view)

    async def _tell_new(self, new: Sequence[int], asked: Fetch) -> None:
        """§5.2: what the client asked to be told of each new message."""
        try:
            await answer(self._ctx, asked)
        except (ProxydError, Rejected, BadSyntax):
            # They are there, as EXISTS says; the client can fetch them when the provider answers.
            return


def _metadata_event(name: str) -> str:
    return MAILBOX_METADATA if name else SERVER_METADATA
