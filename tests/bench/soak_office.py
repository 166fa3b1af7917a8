"""The clients of the soak and what they do all day: idle, poll, read, search, come and go, and,
each twentieth of them, work: statuses, keywords, new mails, and old ones out.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections import Counter
from random import Random

from tests.bench.soak_client import SoakClient
from tests.bench.soak_events import Event, Events
from tests.e2e.hammers import mail
from tests.e2e.installation import PASSWORD, PEOPLE
from tests.servers.dovecot import Dovecot

ROLES = (
    *("idle",) * 10, *("poll",) * 3, *("read",) * 3,
    "elsewhere", "search", "reconnect", "work",
)  # fmt: skip
POLL_S, READ_S, SEARCH_S, RECONNECT_S, WORK_S = 5.0, 2.0, 5.0, 10.0, 5.0
POST_S = 5.0  # between two mails of customers
IDLE_S = 300.0  # until IDLE is begun anew (RFC 2177: at least every 29 minutes)
EVERY_S = {"idle": 0.0, "poll": POLL_S, "read": READ_S, "work": WORK_S}
KEPT = 5  # own mails of a worker; what is more goes, so that the mailbox does not grow
STILL_S = 10.0  # for all to hear of a status before the conversation gets another
LABEL = "soak"
STATUSES = ("$status-checking", "$status-hold")


class Office:
    def __init__(
        self, port: int, trust: ssl.SSLContext, dovecot: Dovecot, clients: int, events: Events
    ) -> None:
        self._port = port
        self._trust = trust
        self._dovecot = dovecot
        self._clients = clients
        self.events = events
        self.desks: dict[int, tuple[SoakClient, str]] = {}
        self.done: Counter[str] = Counter()
        self.errors: list[str] = []
        self._still: dict[str, float] = {}  # conversations, until when they keep their status
        self._ended = False

    async def run(self, seconds: float) -> None:
        """Everybody works; who fails is noted and comes back."""
        tasks = [asyncio.ensure_future(self._stays(n)) for n in range(self._clients)]
        tasks.append(asyncio.ensure_future(self._repeated("post", self._clients)))
        for _ in range(round(seconds)):
            await asyncio.sleep(1)
            self.events.overdue()
        self._ended = True  # nothing new happens; what did still has its time to be heard
        for _ in range(int(4 * (POLL_S + WORK_S))):
            await asyncio.sleep(0.25)
            self.events.overdue()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _stays(self, number: int) -> None:
        await asyncio.sleep(number * 0.02)  # not all in one instant
        await self._repeated(ROLES[number % len(ROLES)], number)

    async def _repeated(self, role: str, number: int) -> None:
        while True:
            try:
                await getattr(self, f"_{role}")(number, Random(number))
            except (OSError, AssertionError) as error:
                self.errors.append(f"{role} {number}: {error}")
                await asyncio.sleep(1)
            finally:
                self._left(number)

    # -------------------------------------------------------------- coming and going

    async def _come(self, number: int, role: str, folder: str = "INBOX") -> SoakClient:
        def heard(kind: str, uid: int, flags: str) -> None:
            self._heard(number, role, kind, uid, flags)

        _, client = await asyncio.get_running_loop().create_connection(
            lambda: SoakClient(heard), "localhost", self._port, ssl=self._trust
        )
        self.desks[number] = client, role
        await client.sign_in(list(PEOPLE)[number % len(PEOPLE)], PASSWORD)
        await client.follow(folder)
        self.done["came"] += 1
        return client

    def _left(self, number: int) -> None:
        desk = self.desks.pop(number, None)
        self.events.left(number)
        if desk is not None:
            desk[0].close()

    def _heard(self, number: int, role: str, kind: str, uid: int, flags: str) -> None:
        idles = role == "idle"
        if kind != "flags":
            self.events.heard(number, (kind, uid, ""), idles=idles)
            return
        words = flags.split()
        for status in STATUSES:
            if status in words:
                self.events.heard(number, ("flags", uid, status), idles=idles)
        label = LABEL if LABEL in words else f"-{LABEL}"
        self.events.heard(number, ("flags", uid, label), idles=idles)

    def _expect(self, event: Event) -> None:
        concerned = [
            (number, EVERY_S[role])
            for number, (client, role) in self.desks.items()
            if role in EVERY_S and client.following and self._may_hear(client, event)
        ]
        self.events.expect(event, concerned)

    @staticmethod
    def _may_hear(client: SoakClient, event: Event) -> bool:
        """Not of what it has, or what it has not."""
        return (event[1] in client.uids) == (event[0] != "came")

    # -------------------------------------------------------------- what people do

    async def _idle(self, number: int, _random: Random) -> None:
        client = await self._come(number, "idle")
        while True:
            await client.idle()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(client.grown.wait(), IDLE_S)
            await client.done()
            await client.catch_up()

    async def _elsewhere(self, number: int, _random: Random) -> None:
        client = await self._come(number, "elsewhere", "Status/Open")
        while True:
            await client.idle()
            await asyncio.sleep(60)
            await client.done()
            await client.catch_up()

    async def _poll(self, number: int, _random: Random) -> None:
        client = await self._come(number, "poll")
        while True:
            await asyncio.sleep(POLL_S)
            await client.ask("NOOP")
            await client.catch_up()
            await client.ask('STATUS "Status/Open" (MESSAGES UNSEEN)')
            self.done["polled"] += 1

    async def _read(self, number: int, random: Random) -> None:
        client = await self._come(number, "read")
        while True:
            await asyncio.sleep(READ_S)
            at = random.randrange(len(client.uids))
            first, last = client.uids[at], client.uids[min(at + 20, len(client.uids) - 1)]
            before = client.octets
            line = await client.ask(f"UID FETCH {first} (UID FLAGS BODY.PEEK[])")
            if client.octets == before and b"EXPUNGEISSUED" not in line and first in client.uids:
                raise AssertionError(f"UID {first} is there and was not given")
            await client.ask(
                f"UID FETCH {first}:{max(first, last)}"
                " (FLAGS RFC822.SIZE ENVELOPE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])"
            )
            await client.catch_up()
            self.done["read"] += 1

    async def _search(self, number: int, random: Random) -> None:
        client = await self._come(number, "search")
        while True:
            await asyncio.sleep(SEARCH_S)
            keys = ("UNSEEN", "KEYWORD $status-hold", f"SUBJECT {random.randrange(100)}", "DELETED")
            await client.ask(f"UID SEARCH {random.choice(keys)}")
            await client.catch_up()
            self.done["searched"] += 1

    async def _reconnect(self, number: int, random: Random) -> None:
        client = await self._come(number, "reconnect")
        await client.ask("FETCH 1:* (UID FLAGS)")
        await asyncio.sleep(RECONNECT_S)
        if random.random() < 0.5:
            await client.ask("LOGOUT")
        self._left(number)

    async def _work(self, number: int, random: Random) -> None:
        client = await self._come(number, "work")
        own: list[int] = []
        turn = 0
        while True:
            await asyncio.sleep(WORK_S * random.uniform(0.5, 1))
            await client.ask("NOOP")
            await client.catch_up()
            if self._ended:
                continue
            turn += 1
            # A mail belongs to one worker, so that nobody undoes what another waits to hear of.
            mine = [uid for uid in client.uids if uid and uid % self._clients == number]
            if turn % 3 == 0:
                await self._append(client, number, own)
            elif mine and turn % 3 == 1:
                await self._tag(client, mine[turn // 3 % len(mine)], turn)
            elif mine:
                await self._label(client, mine[turn // 3 % len(mine)], turn)
            if len(own) > KEPT:
                await self._remove(client, own.pop(0))

    async def _tag(self, client: SoakClient, uid: int, turn: int) -> None:
        """The other of two statuses, a new one each time the mail has its turn.

        It is the conversation's: who only looks now and then must have seen the last one.
        """
        rows = await client.lines(f"UID FETCH {uid} (FLAGS THREADID)")
        row = b"".join(rows).decode()
        conversation = re.findall(r"THREADID \((.*?)\)", row)
        now = time.monotonic()
        if not conversation or self._still.get(conversation[0], 0.0) > now:
            return
        self._still[conversation[0]] = now + POLL_S + WORK_S + STILL_S
        status = STATUSES[STATUSES[0] in row]
        await self._changed(client, uid, status, f"+FLAGS ({status})")

    async def _label(self, client: SoakClient, uid: int, turn: int) -> None:
        """A keyword that the provider keeps."""
        row = (await client.lines(f"UID FETCH {uid} (FLAGS)"))[0].decode()
        present = re.search(rf"\b{LABEL}\b", row) is not None
        label, sign = (f"-{LABEL}", "-") if present else (LABEL, "+")
        await self._changed(client, uid, label, f"{sign}FLAGS ({LABEL})")

    async def _changed(self, client: SoakClient, uid: int, now: str, store: str) -> None:
        if self.events.pending(uid):
            return
        await self._told_before(client, ("flags", uid, now), f"UID STORE {uid} {store}")
        self.done["changed"] += 1

    async def _remove(self, client: SoakClient, uid: int) -> None:
        await client.ask(f"UID STORE {uid} +FLAGS.SILENT (\\Deleted)")
        await self._told_before(client, ("gone", uid, ""), f"UID EXPUNGE {uid}")
        self.done["expunged"] += 1

    async def _told_before(self, client: SoakClient, event: Event, command: str) -> None:
        """Expected from before the command on: colleagues may hear sooner than we."""
        self._expect(event)
        try:
            await client.ask(command)
        except AssertionError:
            self.events.forget(event)
            raise

    async def _append(self, client: SoakClient, number: int, own: list[int]) -> None:
        raw = mail(f"soak.{number}.{time.time_ns()}@soak.example")
        line = await client.ask("APPEND INBOX", raw)
        uid = int(re.findall(rb"APPENDUID \d+ (\d+)", line)[0])
        own.append(uid)
        self._expect(("came", uid, ""))
        self.done["appended"] += 1

    async def _post(self, number: int, _random: Random) -> None:
        """Customers, by way of the provider; what they wrote goes again after a while."""
        client = await self._come(number, "post")
        own: list[int] = []
        while True:
            await asyncio.sleep(POST_S)
            if self._ended:
                continue
            name = f"post.{time.time_ns()}@soak.example"
            await asyncio.to_thread(self._dovecot.deliver, mail(name))
            own.append(await self._arrived(client, name))
            self._expect(("came", own[-1], ""))
            self.done["delivered"] += 1
            if len(own) > KEPT:
                await self._remove(client, own.pop(0))

    async def _arrived(self, client: SoakClient, name: str) -> int:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            rows = await client.lines(f'UID SEARCH HEADER Message-ID "<{name}>"')
            found = [row.split()[2:] for row in rows if row.startswith(b"* SEARCH")]
            if found and found[0]:
                await client.catch_up()
                return int(found[0][0])
            await asyncio.sleep(0.1)
        raise AssertionError(f"{name} was delivered and does not come")
