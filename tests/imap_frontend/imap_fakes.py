"""The services as the IMAP door sees them, in memory: a world of folders, people and statuses.

Small, but honest about what matters at the door: UIDs per view, virtual folders whose members come
and go, observers told after the change, errors where the world says so.
"""

from __future__ import annotations

import asyncio
import collections
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import fake_content

from imap_frontend.context import Context
from imap_frontend.options import Meter, Options
from imap_frontend.session import Session
from imap_frontend.wire import Wire
from proxyd.domain import errors, ordering, search
from proxyd.domain.keywords import SYSTEM
from proxyd.domain.types import Account, Blob, BytesBlob, Origin, Right, Role
from proxyd.imapwire.mime import MimeMail as Mime
from proxyd.service.api.appending import AppendResult, NewMessage, StoredPart
from proxyd.service.api.changing import CopyResult, FlagMode, StoreResult
from proxyd.service.api.folder_tree import Namespaces, Special, ViewCounts, ViewInfo
from proxyd.service.api.following import Follower, Touch
from proxyd.service.api.open_view import Observer
from proxyd.service.api.quota import QuotaRoot
from proxyd.service.api.reading import FetchedRow, Reading
from proxyd.service.api.rows import BLOCK_ROWS, Block, Marks, MessageFacts
from proxyd.service.api.sign_in import OpenSession as SignedIn
from tests.patience import PATIENCE_S

# 24-Nov-2026 00:00 UTC: when messages came into the fakes' folders (RFC 8514)
SAVED_US = 1_795_478_400_000_000
STATUSES = ("open", "checking", "hold", "done")
RAW = (
    b"From: Customer <customer@example.test>\r\nTo: support@example.test\r\n"
    b"Subject: Question %d\r\nMessage-ID: <m%d@example.test>\r\n\r\nHello %d\r\nBye\r\n"
)


@dataclass(eq=False)
class Message:
    raw: bytes
    flags: list[str]
    conversation: int = 0
    date: str = "17-Jul-1996 02:44:25 -0700"

    @property
    def email_id(self) -> str:
        return "M" + hashlib.sha256(self.raw).hexdigest()[:8]

    @property
    def thread_id(self) -> str:
        return f"T{self.conversation}"


@dataclass(eq=False)
class Folder:
    name: str
    uidvalidity: int = 777
    uidnext: int = 1
    rows: dict[int, Message] = field(default_factory=dict)
    selectable: bool = True
    subscribed: bool = True
    special: Special | None = None
    status: str | None = None  # a virtual folder shows the messages of INBOX with this status
    open_views: list[FakeView] = field(default_factory=list)
    id: str = ""
    highest: int = 1  # RFC 7162 §3.1.2.1
    modseqs: dict[int, int] = field(default_factory=dict)
    known: dict[int, tuple[str, ...]] = field(default_factory=dict)  # flags at that modseq
    vanished: dict[int, int] = field(default_factory=dict)  # UID → mod-sequence of its going
    forgets_before: int = 0  # nothing is remembered of what vanished up to this mod-sequence
    annotations: dict[str, bytes] = field(default_factory=dict)
    followers: dict[FakeMail, Follower] = field(default_factory=dict)  # the world's
    old_before: int = 1  # mails from this UID on are recent, for who was not told of them
    told_recent: dict[str, int] = field(default_factory=dict)  # login → the UID from which on

    def recent_from(self, login: str) -> int:
        return self.told_recent.get(login, self.old_before)

    def tell(self, what: Touch) -> None:
        for follower in list(self.followers.values()):
            follower.touched(self.name, what)

    def put(self, uid: int, message: Message) -> None:
        self.rows[uid] = message
        self.uidnext = max(self.uidnext, uid + 1)
        self.mark(uid)

    def mark(self, uid: int) -> None:
        """A new mod-sequence for what has just changed."""
        self.highest += 1
        self.modseqs[uid] = self.highest
        self.known[uid] = tuple(self.rows[uid].flags)

    def add(self, message: Message) -> int:
        uid = self.uidnext
        self.put(uid, message)
        for view in list(self.open_views):
            view.observer.arrived([uid])
        self.tell(Touch.ARRIVED)
        return uid

    def remove(self, uids: Sequence[int]) -> None:
        gone = [uid for uid in uids if self.rows.pop(uid, None) is not None]
        if gone:
            self.highest += 1
            self.vanished.update(dict.fromkeys(gone, self.highest))
        for view in list(self.open_views):
            view.observer.gone(gone)
        if gone:
            self.tell(Touch.GONE)

    def refreshed(self, uids: Sequence[int]) -> None:
        """Marks those whose flags differ from what they were."""
        for uid in uids:
            if self.known.get(uid) != tuple(self.rows[uid].flags):
                self.mark(uid)
                self.tell(Touch.FLAGS)

    def vanished_since(self, modseq: int) -> list[tuple[int, int]]:
        if modseq < self.forgets_before:
            return ranges(uid for uid in range(1, self.uidnext) if uid not in self.rows)
        return ranges(uid for uid, at in self.vanished.items() if at > modseq)

    def uids_of(self, messages: Sequence[Message]) -> list[int]:
        return [uid for uid, message in self.rows.items() if message in messages]


def ranges(uids: Iterable[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for uid in sorted(uids):
        if found and found[-1][1] == uid - 1:
            found[-1] = (found[-1][0], uid)
        else:
            found.append((uid, uid))
    return found


class World:
    def __init__(self) -> None:
        self._ids = count(1)
        self.folders: dict[str, Folder] = {}
        self.passwords = {"anna": "secret", "kenji": "himitsu", "rita": "yomu"}
        self.languages = {"kenji": "ja"}
        self.names = {"anna": "Anna Berg", "kenji": "佐藤健二", "rita": "Rita Abe"}
        self.readers = {"rita"}
        self.own_seen = True
        self.unkept: set[str] = set()  # system flags
        self.lost: errors.Refused | None = None  # of what is copied or stored
        self.sessions: dict[str, list[SignedIn]] = {}
        self.left_over: list[str] = []  # subscribed, and no folder any more
        self.calls: list[tuple[object, ...]] = []
        self.failures: dict[str, BaseException] = {}
        self.before_batch: Callable[[], None] = lambda: None
        self.managers: set[str] = set()
        self.quotas: list[QuotaRoot] = []
        self.annotations: dict[str, bytes] = {}
        self.followers: dict[FakeMail, Follower] = {}
        self.as_blobs = False
        self.blob: Blob | None = None

    def folder(self, name: str, **facts: object) -> Folder:
        folder = self.folders[name] = Folder(name, **facts)  # type: ignore[arg-type]
        folder.id = f"F{next(self._ids)}"
        folder.followers = self.followers
        return folder

    def maybe_fail(self, call: str) -> None:
        failure = self.failures.pop(call, None)
        if failure is not None:
            raise failure

    def follower_of(self, login: str) -> Follower | None:
        """Of this person's first connection that has one."""
        found = (one for mail, one in self.followers.items() if mail.account.login == login)
        return next(found, None)

    def alter_tree(self) -> None:
        for follower in list(self.followers.values()):
            follower.tree_changed()

    # ------------------------------------------------------------ workflow

    def set_flags(self, message: Message, mode: FlagMode, flags: Sequence[str]) -> list[Message]:
        """One message's flags; a status goes to its whole conversation, and is exactly one."""
        touched = [message]
        if mode is FlagMode.REPLACE:
            message.flags = [f for f in message.flags if f.startswith("$status-")]
        for flag in flags:
            if mode is not FlagMode.REMOVE and flag.startswith("$status-"):
                touched = self.conversation_of(message)
                for one in touched:
                    one.flags = [f for f in one.flags if not f.startswith("$status-")] + [flag]
            elif mode is FlagMode.REMOVE:
                message.flags = [f for f in message.flags if f.lower() != flag.lower()]
            elif flag.lower() not in [f.lower() for f in message.flags]:
                message.flags = [*message.flags, flag]
        return touched

    def conversation_of(self, message: Message) -> list[Message]:
        rows = self.folders["INBOX"].rows.values()
        mates = [m for m in rows if m.conversation == message.conversation and m.conversation]
        return mates or [message]

    def publish(self, messages: Sequence[Message]) -> None:
        """Tell all views, and let virtual folders gain and lose members."""
        for folder in self.folders.values():
            touched = folder.uids_of(messages)
            folder.refreshed(touched)
            for view in list(folder.open_views):
                view.observer.changed(touched)
            if folder.status is not None:
                self.refresh_virtual(folder)

    def refresh_virtual(self, folder: Folder) -> None:
        wanted = [
            message
            for message in self.folders["INBOX"].rows.values()
            if f"$status-{folder.status}" in message.flags
        ]
        folder.remove([uid for uid, message in folder.rows.items() if message not in wanted])
        present = list(folder.rows.values())
        for message in wanted:
            if message not in present:
                folder.add(message)

    def change(self, name: str, uid: int, mode: str, flags: Sequence[str]) -> None:
        """Somebody else does something."""
        message = self.folders[name].rows[uid]
        self.publish(self.set_flags(message, FlagMode(mode), flags))


def standard_world() -> World:
    """INBOX with five mails, UIDs 11 12 15 16 20; 15 and 16 are one conversation."""
    world = World()
    inbox = world.folder("INBOX")
    for number, uid in enumerate((11, 12, 15, 16, 20), 1):
        flags = ["$status-open"] if number > 1 else ["\\Seen", "$status-done"]
        conversation = 15 if uid in (15, 16) else uid
        inbox.put(uid, Message(RAW % (number, number, number), flags, conversation))
    for special in Special:
        world.folder(special.value[1:], special=special)
    world.folder("Customers", selectable=False)
    world.folder("Customers/ACME", subscribed=False)
    world.folder("顧客")
    world.folder("Status", selectable=False)
    for status in STATUSES:
        folder = world.folder(f"Status/{status.capitalize()}", status=status)
        world.refresh_virtual(folder)
    for folder in world.folders.values():
        folder.old_before = folder.uidnext
    return world


# ---------------------------------------------------------------- service.api


def block_of(view: Any, number: int) -> Block:
    """A block as the service makes it, of a view that knows ``uids`` and ``facts``."""
    first = number * BLOCK_ROWS
    uids = view.uids()[first : first + BLOCK_ROWS]
    facts = [view.facts(uid) for uid in uids]
    flags = [one.flags for one in facts]
    return Block(
        uids=uids,
        sizes=[one.size for one in facts],
        dates=[one.internal_date for one in facts],
        flags=flags,
        counted=collections.Counter(flags),
    )


class FakeView:
    just_left: tuple[int, ...] = ()

    def __init__(self, mail: FakeMail, folder: Folder, observer: Observer, read_only: bool):
        self.mail, self.world, self.folder = mail, mail.world, folder
        self.observer, self.read_only = observer, read_only
        self.login = mail.account.login if mail.account is not None else ""
        folder.open_views.append(self)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def language(self) -> str:
        return self.world.languages.get(self.login, "en")

    @property
    def uidvalidity(self) -> int:
        return self.folder.uidvalidity

    @property
    def uidnext(self) -> int:
        return self.folder.uidnext

    @property
    def may_change(self) -> bool:
        return self.mail.account.login not in self.world.readers

    @property
    def may_mark_seen(self) -> bool:
        return self.may_change or self.world.own_seen

    @property
    def kept_flags(self) -> tuple[str, ...]:
        return tuple(flag for flag in SYSTEM if flag not in self.world.unkept)

    @property
    def virtual(self) -> bool:
        return self.folder.status is not None

    waits = False

    @property
    def keywords(self) -> tuple[str, ...]:
        return tuple(f"$status-{status}" for status in STATUSES)

    def uids(self) -> Sequence[int]:
        return list(self.folder.rows)

    def block(self, number: int) -> Block:
        return block_of(self, number)

    def modseqs(self, number: int) -> Sequence[int]:
        return [self.modseq(uid) for uid in self.block(number).uids]

    def facts(self, uid: int) -> MessageFacts | None:
        message = self.folder.rows.get(uid)
        if message is None:
            return None
        return MessageFacts(tuple(message.flags), len(message.raw), message.date)

    def marks(self, uid: int) -> Marks | None:
        message = self.folder.rows.get(uid)
        if message is None:
            return None
        modseq = self.folder.modseqs[uid]
        return Marks(modseq, message.email_id, message.thread_id, SAVED_US)

    def modseq(self, uid: int) -> int:
        return self.folder.modseqs[uid] if uid in self.folder.rows else 0

    @property
    def highest_modseq(self) -> int:
        return self.folder.highest

    @property
    def recent_from(self) -> int:
        return self.folder.recent_from(self.login)

    def recent_told(self, up_to: int) -> None:
        if not self.read_only and up_to >= self.recent_from:
            self.folder.told_recent[self.login] = up_to + 1

    @property
    def mailbox_id(self) -> str:
        return self.folder.id

    def vanished_since(self, modseq: int) -> Sequence[tuple[int, int]]:
        return self.folder.vanished_since(modseq)

    async def fetch(
        self, uids: Sequence[int], attributes: Sequence[bytes], reading: Reading
    ) -> AsyncIterator[list[FetchedRow]]:
        self.world.calls.append(("fetch", tuple(uids), tuple(attributes), reading.value))
        self.world.maybe_fail("fetch")
        for start in range(0, len(uids), 2):
            self.world.before_batch()
            await asyncio.sleep(0)
            rows = []
            for uid in uids[start : start + 2]:
                message = self.folder.rows.get(uid)
                if message is None:
                    continue
                if reading is Reading.OPEN and not self.read_only:
                    self.world.set_flags(message, FlagMode.ADD, ["\\Seen"])
                    self.world.publish([message])
                rows.append(
                    FetchedRow(uid, {answer_name(a): self.value(message, a) for a in attributes})
                )
            yield rows

    def value(self, message: Message, attribute: bytes) -> bytes | Blob:
        mime = Mime(message.raw)
        if attribute == b"ENVELOPE":
            return mime.envelope()
        if attribute in (b"BODY", b"BODYSTRUCTURE"):
            return mime.bodystructure(extended=attribute == b"BODYSTRUCTURE")
        if attribute == b"PREVIEW":
            return b'"%b"' % fake_content.preview(message.raw)
        if attribute.startswith(b"BINARY"):
            return self.binary(message, attribute)
        found = re.fullmatch(rb"BODY\.PEEK\[(.*)\](?:<(\d+)\.(\d+)>)?", attribute, re.DOTALL)
        assert found is not None, attribute
        if self.world.blob is not None:
            return self.world.blob
        partial = (int(found[2]), int(found[3])) if found[2] else None
        octets = mime.section(found[1], partial)
        if octets is None:
            return b"NIL"
        return BytesBlob(octets) if self.world.as_blobs else b"{%d}\r\n%b" % (len(octets), octets)

    def binary(self, message: Message, attribute: bytes) -> bytes | Blob:
        """RFC 3516: a literal8 where there is a zero octet."""
        found = re.fullmatch(
            rb"BINARY\.(PEEK|SIZE)\[([0-9.]*)\](?:<(\d+)\.(\d+)>)?", attribute, re.DOTALL
        )
        assert found is not None, attribute
        octets = fake_content.binary(message.raw, found[2])
        if found[1] == b"SIZE":
            return b"%d" % len(octets or b"")
        if octets is None:
            return b"NIL"
        if found[3]:
            octets = octets[int(found[3]) :][: int(found[4])]
        if self.world.as_blobs:
            return BytesBlob(octets)
        return (b"~" if b"\0" in octets else b"") + b"{%d}\r\n%b" % (len(octets), octets)

    async def store(
        self,
        uids: Sequence[int],
        mode: FlagMode,
        flags: Sequence[str],
        *,
        unchanged_since: int | None = None,
    ) -> StoreResult:
        self.world.calls.append(("store", tuple(uids), mode.value, tuple(flags)))
        self.require_write(only_seen=set(flags) == {"\\Seen"})
        try:
            self.world.maybe_fail("store")
        except errors.Refused:
            self.observer.changed(uids)
            raise
        modified = [
            uid
            for uid in uids
            if unchanged_since is not None and self.modseq(uid) > unchanged_since
        ]
        touched: list[Message] = []
        for uid in uids:
            if uid in self.folder.rows and uid not in modified:
                touched += self.world.set_flags(self.folder.rows[uid], mode, flags)
        differing = self.folder.uids_of(touched)
        self.world.publish(touched)
        changed = tuple(uid for uid in differing if uid in self.folder.rows)
        return StoreResult(changed, tuple(modified))

    async def search(self, term: search.Term) -> list[int]:
        self.world.calls.append(("search", term))
        self.world.maybe_fail("search")
        return [uid for uid in self.folder.rows if self.matches(uid, term)]

    def matches(self, uid: int, term: search.Term) -> bool:
        message = self.folder.rows[uid]
        match term:
            case search.And(terms):
                return all(self.matches(uid, one) for one in terms)
            case search.Or(left, right):
                return self.matches(uid, left) or self.matches(uid, right)
            case search.Not(inner):
                return not self.matches(uid, inner)
            case search.Uids(ranges):
                return any(low <= uid <= high for low, high in ranges)
            case search.HasFlag(flag):
                return flag.lower() in [f.lower() for f in message.flags]
            case search.Larger(size):
                return len(message.raw) > size
            case search.Smaller(size):
                return len(message.raw) < size
            case search.Provider(key):
                value = key.partition(b" ")[2]
                value = value.partition(b"\r\n")[2] if value.startswith(b"{") else value
                return value.strip(b'"') in message.raw
            case search.ModSeqFrom(modseq):
                return self.modseq(uid) >= modseq
            case search.EmailId(id):
                return message.email_id == id
            case search.ThreadId(id):
                return message.thread_id == id
            case search.SavedBefore(day):
                return saved_on() < day
            case search.SavedSince(day):
                return saved_on() >= day
            case search.Within():
                return False  # the fakes' mails are from 1996
            case _:
                return True

    async def sort(self, term: search.Term, keys: Sequence[ordering.SortKey]) -> list[int]:
        found = await self.search(term)
        self.world.calls.append(("sort", tuple(keys)))
        rows = self.folder.rows
        for key in reversed(keys):
            found.sort(
                key=lambda uid: fake_content.sort_value(rows[uid].raw, uid, key),
                reverse=key.reverse,
            )
        return found

    async def thread(
        self, term: search.Term, algorithm: ordering.Algorithm
    ) -> list[ordering.ThreadNode]:
        found = await self.search(term)
        self.world.calls.append(("thread", algorithm))
        conversations: dict[int, list[int]] = {}
        for uid in found:
            conversations.setdefault(self.folder.rows[uid].conversation, []).append(uid)
        return fake_content.threads(conversations)

    async def copy(self, uids: Sequence[int], target: str) -> CopyResult:
        self.world.maybe_fail("copy")
        folder = self.mail.find(target)
        pairs = []
        for uid in uids:
            message = self.folder.rows.get(uid)
            if message is None:
                continue
            if folder.status is not None:
                status = f"$status-{folder.status}"
                self.world.publish(self.world.set_flags(message, FlagMode.ADD, [status]))
                pairs.append((uid, folder.uids_of([message])[0]))
            else:
                copied = Message(message.raw, list(message.flags), message.conversation)
                pairs.append((uid, folder.add(copied)))
        return CopyResult(folder.uidvalidity, tuple(pairs), refused=self.world.lost)

    async def move(self, uids: Sequence[int], target: str) -> CopyResult:
        self.require_write()
        self.world.maybe_fail("move")
        virtual = self.mail.find(target).status is not None
        result = await self.copy(uids, target)
        moved = [self.folder.rows[uid] for uid in uids if uid in self.folder.rows]
        self.folder.remove(uids)
        if virtual and self.folder.status is None:
            for message in moved:
                self.folder.add(message)
        return result

    async def expunge(self, uids: Sequence[int] | None) -> None:
        self.world.maybe_fail("expunge")
        rows = self.folder.rows
        chosen = rows if uids is None else uids
        marked = [u for u in chosen if u in rows and "\\Deleted" in rows[u].flags]
        self.require_write(only_seen=not marked)
        self.folder.remove(marked)

    async def refresh(self) -> None:
        self.world.maybe_fail("refresh")

    def close(self) -> None:
        self.folder.open_views.remove(self)

    def require_write(self, *, only_seen: bool = False) -> None:
        if self.read_only:
            raise errors.ReadOnly
        if not self.may_change and not only_seen:
            raise errors.NotPermitted("respond", "support")


class FakeMail:
    def __init__(self, world: World, account: Account, origin: Origin) -> None:
        self.world, self.account, self.origin = world, account, origin
        self.identified = ""
        self.closed = False

    @property
    def language(self) -> str:
        return self.world.languages.get(self.account.login, "en")

    def identify(self, client: str) -> None:
        self.identified = client
        self.world.calls.append(("identify", client))

    def namespaces(self) -> Namespaces:
        return Namespaces(("",), ("Shared/",))

    def left_over_subscriptions(self) -> list[str]:
        return self.world.left_over

    def views(self) -> list[ViewInfo]:
        names = list(self.world.folders)
        return [
            ViewInfo(
                folder.name,
                folder.selectable,
                folder.subscribed,
                any(name.startswith(folder.name + "/") for name in names),
                folder.special,
                folder.status is not None,
                folder.id if folder.selectable else "",
            )
            for folder in self.world.folders.values()
        ]

    def find(self, name: str) -> Folder:
        folder = self.world.folders.get(name)
        if folder is None or not folder.selectable:
            raise errors.NoSuchView(name)
        return folder

    async def open(self, name: str, *, read_only: bool, observer: Observer) -> FakeView:
        self.world.maybe_fail("open")
        return FakeView(self, self.find(name), observer, read_only)

    async def counts(self, name: str) -> ViewCounts:
        self.world.maybe_fail("counts")
        folder = self.find(name)
        rows = folder.rows.values()
        unseen = sum("\\Seen" not in message.flags for message in rows)
        size = sum(len(message.raw) for message in rows)
        return ViewCounts(
            len(rows),
            unseen,
            folder.uidnext,
            folder.uidvalidity,
            size,
            sum("\\Deleted" in message.flags for message in rows),
            folder.highest,
            folder.id,
            sum(len(message.raw) for message in rows if "\\Deleted" in message.flags),
            sum(uid >= folder.recent_from(self.account.login) for uid in folder.rows),
        )

    async def append(self, name: str, messages: Sequence[NewMessage]) -> AppendResult:
        self.world.maybe_fail("append")
        folder = self.find(name)
        uids = []
        for new in messages:
            raw = b"".join(new.content.chunks())
            call = ("append", name, tuple(new.flags), new.internal_date, len(raw))
            self.world.calls.append(call)
            date = new.internal_date or Message.date
            uids.append(folder.add(Message(raw, list(new.flags), date=date)))
        return AppendResult(folder.uidvalidity, tuple(uids), self.world.lost)

    def heard(self) -> None:
        pass

    async def check_append(self, name: str) -> None:
        self.world.calls.append(("check append", name))
        self.find(name)

    async def record_refused_append(self, name: str, why: str) -> None:
        self.world.maybe_fail("record_refused_append")
        self.world.calls.append(("refused append", name, why))

    async def referred(self, reference: StoredPart) -> Blob:
        self.world.calls.append(("referred", reference))
        folder = self.world.folders.get(reference.view)
        message = folder.rows.get(reference.uid) if folder else None
        if folder is None or message is None:
            raise errors.NoSuchReference
        if reference.uidvalidity not in (None, folder.uidvalidity):
            raise errors.NoSuchReference
        octets = Mime(message.raw).section(reference.section, reference.partial)
        if octets is None:
            raise errors.NoSuchReference
        return BytesBlob(octets)

    async def create(self, name: str, special: Special | None = None) -> str:
        self.world.maybe_fail("create")
        if name in self.world.folders:
            raise errors.AlreadyExists(name)
        made = self.world.folder(name, special=special)
        self.world.alter_tree()
        return made.id

    async def quota(self, name: str) -> list[QuotaRoot]:
        self.world.maybe_fail("quota")
        self.find(name)
        return self.world.quotas

    async def quota_root(self, root: str) -> QuotaRoot:
        self.world.maybe_fail("quota_root")
        for one in self.world.quotas:
            if one.name == root:
                return one
        raise errors.CannotDo("no-quota-root")

    async def decline(self, name: str, what: str) -> None:
        self.world.calls.append(("decline", name, what))
        if name and name not in self.world.folders:
            raise errors.NoSuchView(name)
        raise errors.CannotDo(what)

    async def rights(self, name: str) -> str:
        self.world.calls.append(("rights", name))
        if name not in self.world.folders:
            raise errors.NoSuchView(name)
        if not self.world.folders[name].selectable:
            return "l"
        if self.account.login in self.world.readers:
            return "lrs"
        return "lrswikxtecd" if self.account.login in self.world.managers else "lrswiktecd"

    async def grants(self, name: str) -> list[tuple[str, str]]:
        self.find(name)
        if self.account.login not in self.world.managers:
            return [(self.account.login, await self.rights(name))]
        return [
            (login, "lrs" if login in self.world.readers else "lrswiktecd")
            for login in self.world.passwords
        ]

    async def annotations(self, name: str) -> Mapping[str, bytes]:
        self.world.maybe_fail("annotations")
        return dict(self.find(name).annotations if name else self.world.annotations)

    async def annotate(self, name: str, changes: Mapping[str, bytes | None]) -> None:
        self.world.maybe_fail("annotate")
        kept = self.find(name).annotations if name else self.world.annotations
        for entry, value in changes.items():
            kept.pop(entry, None)
            if value is not None:
                kept[entry] = value
        own = [entry for entry in sorted(changes) if entry.startswith("/private/")]
        shared = [entry for entry in sorted(changes) if entry not in own]
        for mail, follower in list(self.world.followers.items()):
            heard = own + shared if mail.account.login == self.account.login else shared
            if mail is not self and heard:
                follower.annotated(name, heard)

    def follow(self, follower: Follower | None) -> None:
        self.world.followers.pop(self, None)
        if follower is not None:
            self.world.followers[self] = follower

    async def delete(self, name: str) -> None:
        self.world.maybe_fail("delete")
        folder = self.find(name)
        del self.world.folders[name]
        for view in list(folder.open_views):
            view.observer.lost()
        self.world.alter_tree()

    async def rename(self, name: str, to: str) -> None:
        if to in self.world.folders:
            raise errors.AlreadyExists(to)
        folder = self.find(name)
        del self.world.folders[name]
        folder.name = to
        self.world.folders[to] = folder
        self.world.alter_tree()

    async def subscribe(self, name: str, *, subscribed: bool) -> None:
        self.find(name).subscribed = subscribed
        self.world.alter_tree()

    async def close(self) -> None:
        self.closed = True
        self.world.calls.append(("bye", self.account.login))
        self.world.maybe_fail("close")


class FakeServices:
    """SignIn and Front."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def sign_in(self, login: str, password: str, origin: Origin) -> Account:
        self.world.maybe_fail("sign_in")
        name = login.partition("*")[0]
        if self.world.passwords.get(name) != password:
            raise errors.SignInFailed
        grants: Mapping[int, Right] = {1: Right.RESPOND}
        return Account(1, name, self.world.names[name], Role.STAFF, False, grants)

    def knows(self, address: str) -> bool:
        return False

    def register(self, account: Account, session: SignedIn) -> None:
        self.world.sessions.setdefault(account.login, []).append(session)

    async def identified(self, account: Account, session: SignedIn, client: str) -> None:
        self.world.calls.append(("identified", account.login, client))

    def unregister(self, account: Account, session: SignedIn) -> None:
        self.world.sessions[account.login].remove(session)

    async def enter(self, account: Account, login: str, origin: Origin) -> FakeMail:
        mailbox = login.partition("*")[2]
        if mailbox not in ("", "support"):
            raise errors.NoSuchView(mailbox)
        self.world.calls.append(("enter", login, origin.client))
        return FakeMail(self.world, account, origin)


# ---------------------------------------------------------------- a connection without sockets


class FakeLine:
    """wire.Line in memory. ``slow``: the peer takes nothing until told otherwise."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self.closed = self.aborted = self.reading_paused = self.tls = False
        self.wire: Wire | None = None
        self.most = 0  # the most octets that ever waited at once
        self.slow = False

    def write(self, data: bytes) -> None:
        self.sent += data
        self.most = max(self.most, len(self.sent))
        if self.slow and self.wire is not None:
            self.wire.writable(now=False)

    def pause_reading(self) -> None:
        self.reading_paused = True

    def resume_reading(self) -> None:
        self.reading_paused = False

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def start_tls(self) -> None:
        self.tls = True


class Client:
    """A session served over a FakeLine."""

    def __init__(
        self,
        world: World,
        *,
        secure: bool = True,
        peer: str = "192.0.2.7",
        options: Options | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.line = FakeLine()
        options = options or Options(failure_delay_s=0, notify_pace_s=0, compress=True)
        self.wire = self.line.wire = Wire(self.line, options, secure=secure)
        services = FakeServices(world)
        self.context = Context(
            self.wire, options, services, services, peer=peer, word="w", tls_offered=True
        )
        self.session = Session(self.context, meter or Meter())
        self.task = asyncio.get_running_loop().create_task(self.session.run())

    async def settle(self) -> None:
        """Until the session waits for us: everything behind it is in memory."""
        for _ in range(40):
            await asyncio.sleep(0)

    async def send(self, data: bytes) -> bytes:
        """Send octets; everything the server then says."""
        self.wire.received(data)
        await self.settle()
        return self.said()

    def said(self) -> bytes:
        data = bytes(self.line.sent)
        self.line.sent.clear()
        return data

    async def login(self, login: str = "anna", password: str = "secret") -> None:
        await self.settle()
        said = await self.send(f"in LOGIN {login} {password}\r\n".encode())
        assert b"in OK" in said, said

    async def select(self, name: bytes = b"INBOX") -> bytes:
        said = await self.send(b"se SELECT " + name + b"\r\n")
        assert b"se OK" in said, said
        return said

    async def leave(self) -> None:
        self.wire.lost()
        await asyncio.wait_for(self.task, PATIENCE_S)


def saved_on() -> date:
    return datetime.fromtimestamp(SAVED_US / 1_000_000, UTC).date()


def answer_name(ask: bytes) -> bytes:
    """How a server calls its answer to ``ask``; in lower case and with quotes, as some do."""
    name = re.sub(rb"<(\d+)\.\d+>$", rb"<\1>", re.sub(rb"^(BODY|BINARY)\.PEEK\[", rb"\1[", ask))
    head, parenthesis, rest = name.partition(b"(")
    if not parenthesis:
        return name
    fields, _, tail = rest.partition(b")")
    quoted = b" ".join(b'"' + one.title() + b'"' for one in fields.split())
    return head + b"(" + quoted + b")" + tail
