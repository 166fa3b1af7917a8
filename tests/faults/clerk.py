"""Somebody who works while the provider fails: a client that believes nothing, over TLS, and what
it was promised goes into the ledger.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Sequence
from random import Random

from tests.e2e.hammers import DOMAIN
from tests.e2e.installation import ADDRESS, PASSWORD, Installation
from tests.faults.ledger import FLAGS, STATUSES, Ledger, Owed, message_id
from tests.strict import asks
from tests.strict.asks import Ask
from tests.strict.belief import Belief
from tests.strict.client import StrictClient
from tests.strict.cursor import Violation
from tests.strict.notebook import Notebook

PIECE = 262_144
REAL, TRASH = ("INBOX", "Archive"), "Trash"
VIEWS = (b"INBOX", b"INBOX", b"Archive", b"Status/Open", b"Status/Done")
ID_FIELD = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
ID_TOLD = "BODY[HEADER.FIELDS (MESSAGE-ID)]"
# A command may be refused while the provider is gone, with one of these, and with nothing else.
REFUSALS = frozenset({"UNAVAILABLE", "EXPUNGEISSUED", "INUSE", "LIMIT", "NONEXISTENT"})


def letter(name: str, random: Random) -> bytes:
    """A mail of some kilobytes, no two alike."""
    lines = [
        f"From: customer@{DOMAIN}", f"To: {ADDRESS}", f"Subject: {name}",
        f"Message-ID: <{name}>", "Date: Mon, 01 Jun 2026 09:00:00 +0000", "",
        *(f"{random.getrandbits(240):060x}" for _ in range(random.randint(1, 120))), "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


class Shared:
    """What all clerks of one company have in common."""

    def __init__(
        self, proxy: Installation, ledger: Ledger, patience_s: float, *, moves: bool
    ) -> None:
        self.proxy = proxy
        self.ledger = ledger
        self.patience_s = patience_s
        self.moves = moves  # the provider has MOVE (RFC 6851)
        self.trust: ssl.SSLContext = proxy.trust()
        self.notebooks: dict[str, Notebook] = {}
        self.refused: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.slowest_s = 0.0


class Clerk:
    """One connection of one person. ``name`` is the owner of its mails."""

    refusals = REFUSALS

    def __init__(self, shared: Shared, login: str, name: str, random: Random) -> None:
        self.shared = shared
        self.login = login
        self.name = name
        self.random = random
        self.serial = 0
        self.about: Owed | None = None  # the mail that the present step is about
        self.ids: dict[tuple[bytes, int, int], str] = {}  # view, UIDVALIDITY, UID

    def places(self) -> Sequence[str]:
        """Folders that mail may be put into."""
        return REAL

    def views(self) -> Sequence[bytes]:
        """What may be opened, as often as it stands here."""
        return VIEWS

    # -------------------------------------------------------------- the line

    async def sign_in(self, *extensions: str) -> None:
        book = self.shared.notebooks.setdefault(self.login, Notebook())
        self.client = StrictClient(f"{self.name}x", book)
        # Stored, and the line broke, or the folder was renamed, before it could be looked at.
        self.client.all_told = False
        self._reader, self._writer = await asyncio.open_connection(
            "localhost", self.shared.proxy.ports["imap-tls"], ssl=self.shared.trust
        )
        while not self.client.greeted:
            await self._hear()
        done = await self.ask(asks.words("LOGIN", f'{self.login} "{PASSWORD}"'.encode()))
        assert done.ok, done.done
        for word in extensions:
            await self.ask(asks.words("ENABLE", word.encode()))

    async def ask(self, command: Ask) -> Ask:
        began = time.monotonic()
        self._writer.write(self.client.send(command))
        try:
            async with asyncio.timeout(self.shared.patience_s):
                while command.done is None:
                    if await self._hear():
                        self._writer.write(self.client.more())
        except TimeoutError as error:
            said = [f"no answer to {command.text[:200]!r}", *self.client.transcript]
            raise Violation("\n".join(said)) from error
        self.shared.slowest_s = max(self.shared.slowest_s, time.monotonic() - began)
        if self.about is not None:
            said = f"{time.strftime('%H:%M:%S')} {command.text.decode()} {command.done}"
            self.about.history.append(said)
        self._judge(command)
        return command

    async def _hear(self) -> bool:
        said = await self._reader.read(PIECE)
        if not said:
            raise Violation("\n".join(["the line is closed", *self.client.transcript]))
        return self.client.received(said)

    def _judge(self, command: Ask) -> None:
        done = command.done
        assert done is not None
        self.shared.done[command.name] += done.condition == "OK"
        if done.condition == "OK":
            return
        code = done.code.name if done.code else ""
        self.shared.refused[f"{command.name} {code}"] += 1
        # A code of its own is about the folder that is open (RFC 7162 §3.2.6).
        relayed = code in ("", "HIGHESTMODSEQ") and b"the mail provider says" in done.text
        if done.condition != "NO" or not (relayed or code in self.refusals):
            raise Violation("\n".join([f"{command.text[:200]!r}: {done}", *self.client.transcript]))

    async def close(self) -> None:
        self.client.lost()
        self._writer.transport.abort()

    # -------------------------------------------------------------- looking

    async def open(self, view: bytes, *, read_only: bool = False) -> Belief | None:
        await self.ask(asks.select(view, read_only=read_only))
        return self.client.selected

    async def look(self) -> dict[int, str]:
        """UIDs of the open view with whose they are, as far as they can be learned now."""
        belief = self.client.selected
        if belief is None:
            return {}
        place = belief.name, belief.uidvalidity or 0
        ask = await self.ask(asks.fetch(((1, 0),), ("FLAGS", ID_FIELD), uid=True))
        for slot, items in ask.rows:
            head = items.get(ID_TOLD)
            if slot.uid is not None and isinstance(head, bytes):
                self.ids[*place, slot.uid] = message_id(head)
        uids = [slot.uid for slot in belief.slots if slot.uid is not None]
        return {uid: self.ids[*place, uid] for uid in uids if (*place, uid) in self.ids}

    async def bodies(self) -> list[tuple[int, frozenset[str], bytes]]:
        """Everything in the open view; raises Violation where it is not to be had."""
        ask = await self.ask(asks.fetch(((1, 0),), ("FLAGS", "BODY.PEEK[]"), uid=True))
        if not ask.ok:
            raise Violation(f"{ask.done}")
        # Flags of what changed meanwhile come in rows of their own.
        return [
            (slot.uid or 0, slot.flags or frozenset(), raw)
            for slot, items in ask.rows
            if isinstance(raw := items.get("BODY[]"), bytes)
        ]

    # -------------------------------------------------------------- working

    async def work(self, until: float) -> None:
        await self.sign_in(*self.random.choice(((), ("QRESYNC",), ("CONDSTORE",))))
        while time.monotonic() < until:
            await self.step()
            await asyncio.sleep(self.random.uniform(0, 0.03))

    async def step(self) -> None:
        if self.client.selected is None or self.random.random() < 0.1:
            await self.open(self.random.choice(self.views()))
        if self.client.selected is None:
            return
        known = await self.look() if self.random.random() < 0.5 else self._known()
        mine = {uid: owed for uid, owed in self._owed(known).items() if owed.owner == self.name}
        kinds = ("append", "flag", "flag", "status", "move", "read", "read", "misc", "copy", "end")
        kind = self.random.choice(kinds)
        if kind == "append":
            await self._append()
        elif kind == "misc":
            await self._misc()
        elif kind == "read" and known:
            await self._read(self.random.choice(list(known)), known)
        elif mine:
            uid = self.random.choice(list(mine))
            self.about = mine[uid]
            await getattr(self, f"_{kind}")(uid, mine[uid])
            self.about = None

    def _known(self) -> dict[int, str]:
        belief = self.client.selected
        if belief is None:
            return {}
        place = belief.name, belief.uidvalidity or 0
        there = {slot.uid for slot in belief.slots}
        return {key[2]: n for key, n in self.ids.items() if key[:2] == place and key[2] in there}

    def _owed(self, known: dict[int, str]) -> dict[int, Owed]:
        mails = self.shared.ledger.mails
        strange = [name for name in known.values() if name not in mails]
        if strange:
            raise Violation(f"mails that nobody wrote: {strange}")
        return {uid: mails[name] for uid, name in known.items()}

    async def _append(self) -> None:
        self.serial += 1
        raw = letter(f"{self.name}.{self.serial}@{DOMAIN}", self.random)
        folder = self.random.choice(self.places())
        # In the ledger before it is sent: a colleague may see it before we have the answer.
        name = self.shared.ledger.add(raw, self.name, folder, done=False)
        sync = self.random.random() < 0.5
        ask = await self.ask(asks.append(folder.encode(), [("", raw)], sync=sync))
        if ask.ok:
            self.shared.ledger.mails[name].least = 1

    async def _flag(self, uid: int, owed: Owed) -> None:
        flag, present = self.random.choice(FLAGS), self.random.random() < 0.6
        owed.wants_flag(flag, present, done=False)
        ask = await self._store(uid, "+" if present else "-", flag)
        if ask.ok and self._stands(ask, uid):
            owed.wants_flag(flag, present, done=True)

    async def _status(self, uid: int, owed: Owed) -> None:
        status = self.random.choice(STATUSES)
        owed.wants_status(status, done=False)
        ask = await self._store(uid, "+", f"$status-{status}")
        if ask.ok and self._stands(ask, uid):
            owed.wants_status(status, done=True)

    async def _store(self, uid: int, mode: str, flag: str) -> Ask:
        silent = self.random.random() < 0.3
        return await self.ask(asks.store(((uid, uid),), mode, (flag,), uid=True, silent=silent))

    def _stands(self, ask: Ask, uid: int) -> bool:
        """Was it about a mail that is there? A STORE of UIDs that are gone is OK and does
        nothing (RFC 9051 §6.4.9).
        """
        return uid in ask.before and ask.done is not None

    async def _move(self, uid: int, owed: Owed) -> None:
        target = self.random.choice(self.places())
        owed.wants_folder(target, done=False)
        ask = await self.ask(asks.copy(((uid, uid),), target.encode(), uid=True, move=True))
        if ask.ok and self._copied(ask):
            owed.wants_folder(target, done=True)
        if not ask.ok and not self.shared.moves:
            # Without MOVE a mail is copied before it is removed: a line that breaks in between
            # leaves two of them, and never none (upstream/changing.py).
            owed.gains(done=False)

    async def _copy(self, uid: int, owed: Owed) -> None:
        if owed.most > 2:
            return
        owed.gains(done=False)
        target = self.random.choice(self.places()).encode()
        ask = await self.ask(asks.copy(((uid, uid),), target, uid=True))
        if ask.ok and self._copied(ask):
            owed.least += 1

    def _copied(self, ask: Ask) -> bool:
        """The server names what it did: nothing, where the mail was gone."""
        assert ask.done is not None
        codes = [ask.done.code, *(getattr(one, "code", None) for one in ask.heard)]
        return any(code is not None and code.name == "COPYUID" for code in codes)

    async def _end(self, uid: int, owed: Owed) -> None:
        """To Trash: of mails that exist once, and now and then."""
        if not owed.single or self.random.random() < 0.7:
            return
        ask = await self._store(uid, "+", "\\Deleted")
        if not ask.ok:
            return
        owed.wants_folder(TRASH, done=False)
        ask = await self.ask(asks.expunge(((uid, uid),)))
        belief = self.client.selected
        if ask.ok and belief is not None and belief.index(uid) is None:
            owed.wants_folder(TRASH, done=True)
        if not ask.ok and not self.shared.moves:
            owed.gains(done=False)  # as above

    async def _read(self, uid: int, known: dict[int, str]) -> None:
        ask = await self.ask(asks.fetch(((uid, uid),), ("BODY.PEEK[]",), uid=True))
        for _, items in ask.rows:
            raw = items.get("BODY[]")
            if raw is not None and raw != self.shared.ledger.mails[known[uid]].raw:
                raise Violation(f"{known[uid]} has other octets: {raw!r}")

    async def _misc(self) -> None:
        what = self.random.randrange(4)
        if what == 0:
            await self.ask(asks.bare("NOOP"))
        elif what == 1:
            await self.ask(asks.search(b"FLAGGED", uid=True))
        elif what == 2:
            view = self.random.choice(self.views())
            await self.ask(asks.status(view, ("MESSAGES", "UIDNEXT", "UIDVALIDITY")))
        else:
            await self.ask(asks.fetch(((1, 0),), ("UID", "FLAGS"), uid=True))
