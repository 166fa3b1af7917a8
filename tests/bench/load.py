"""Many clients at once, in a process of their own: ``python -m tests.bench.load '{"kind": …}'``.

The same generator loads either side, so that what it costs itself hits both. Prints one object.

The mix, in twenty steps, over the newest mails: six bodies, four screens of fifty header lines,
three marks of read or unread, three NOOPs, two looks at 500 flags, one SELECT, one search for
what is unread.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, cast

import uvloop

TAIL = 600
NEWEST = 1000  # the mails that people work on
SCREEN = 50
FLAGS_AGAIN = 500
CROWD_S = 60.0
CROWD_APART_S = 0.01  # Dovecot counts connections too late for those who come in one instant
FIELDS = "From To Subject Date Message-ID"
MIX = ("body",) * 6 + ("screen",) * 4 + ("mark",) * 3 + ("noop",) * 3 + ("flags",) * 2 + (
    "select", "search",
)  # fmt: skip


class Line(asyncio.Protocol):
    """One connection, one question at a time."""

    def __init__(self) -> None:
        self._tail = b""
        self._end = re.compile(rb"\r\n\Z")
        self._heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._tag = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._tail = (self._tail + data)[-TAIL:] if len(data) < TAIL else data[-TAIL:]
        found = self._end.search(self._tail)
        if found and not self._heard.done():
            self._heard.set_result(found[0])
            self._tail = b""

    def connection_lost(self, _reason: Exception | None) -> None:
        if not self._heard.done():
            self._heard.set_exception(ConnectionError("closed"))
            self._heard.exception()  # nobody may be waiting

    async def greeted(self) -> None:
        await self._heard

    async def ask(self, command: str) -> None:
        """Raises AssertionError unless the answer is OK."""
        self._tag += 1
        end = re.compile(rb"(?:\A|\r\n)t%d ([^\r\n]*)\r\n\Z" % self._tag)
        answer = await self._said(b"t%d %b\r\n" % (self._tag, command.encode()), end)
        if b" OK" not in answer[:20]:
            raise AssertionError(f"{command[:60]}: {answer!r}")

    async def say(self, data: bytes, code: bytes) -> None:
        """SMTP: one reply."""
        answer = await self._said(data, re.compile(rb"(?:\A|\r\n)\d{3} [^\r\n]*\r\n\Z"))
        if not answer.strip().startswith(code):
            raise AssertionError(f"{data[:60]!r}: {answer!r}")

    async def _said(self, data: bytes, end: re.Pattern[bytes]) -> bytes:
        self._end = end
        self._heard = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return await self._heard


async def connected(port: int, ca: str | None = None) -> Line:
    context = ssl.create_default_context(cafile=ca) if ca else None
    name = "localhost" if ca else None
    _, line = await asyncio.get_running_loop().create_connection(
        Line, "127.0.0.1", port, ssl=context, server_hostname=name
    )
    await line.greeted()
    return line


async def signed_in(job: dict[str, Any], number: int = 0) -> Line:
    line = await connected(job["port"], job.get("ca"))
    users = job["users"]
    await line.ask(f'LOGIN "{users[number % len(users)]}" "{job["password"]}"')
    return line


# ------------------------------------------------------------------ mixed work


def steps(random: Random, mails: int) -> Iterator[str]:
    oldest = max(1, mails - NEWEST)
    mix = list(MIX)
    while True:
        random.shuffle(mix)
        for step in mix:
            yield _step(step, random.randint(oldest, mails), mails, random)


def _step(step: str, uid: int, mails: int, random: Random) -> str:
    if step == "body":
        return f"UID FETCH {uid} (UID RFC822.SIZE BODY.PEEK[])"
    if step == "screen":
        first = max(1, uid - SCREEN + 1)
        items = f"(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({FIELDS})])"
        return f"UID FETCH {first}:{uid} {items}"
    if step == "mark":
        return f"UID STORE {uid} {random.choice('+-')}FLAGS (\\Seen)"
    if step == "flags":
        return f"UID FETCH {max(1, mails - FLAGS_AGAIN + 1)}:{mails} (FLAGS)"
    return {"noop": "NOOP", "select": "SELECT INBOX", "search": "UID SEARCH UNSEEN"}[step]


async def mixed(job: dict[str, Any]) -> dict[str, Any]:
    lines = [await signed_in(job, number) for number in range(job["clients"])]
    for line in lines:
        await line.ask("SELECT INBOX")
    done = 0
    end = time.monotonic() + job["seconds"]

    async def work(number: int, line: Line) -> None:
        nonlocal done
        for step in steps(Random(job["seed"] * 1000 + number), job["mails"]):
            await line.ask(step)
            if time.monotonic() > end:
                return
            done += 1

    began = time.monotonic()
    await asyncio.gather(*(work(*one) for one in enumerate(lines)))
    return {"rate": done / (end - began)}


# ------------------------------------------------------------------ signing in


async def sign_ins(job: dict[str, Any]) -> dict[str, Any]:
    done = 0
    began = time.monotonic()
    end = began + job["seconds"]

    async def again_and_again() -> None:
        nonlocal done
        while time.monotonic() < end:
            line = await signed_in(job)
            line.transport.abort()
            done += 1

    await asyncio.gather(*(again_and_again() for _ in range(job["clients"])))
    return {"rate": done / (time.monotonic() - began)}


async def crowd(job: dict[str, Any]) -> dict[str, Any]:
    """How many of all who come are served: sign in, open, list, read, and stay."""
    served = 0

    async def one(number: int) -> Line | None:
        nonlocal served
        await asyncio.sleep(number * CROWD_APART_S)
        try:
            line = await signed_in(job, number)
            await line.ask("SELECT INBOX")
            await line.ask(f"FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS ({FIELDS})])")
            await line.ask(f"UID FETCH {1 + number % job['mails']} (BODY.PEEK[])")
        except (OSError, AssertionError):
            return None
        served += 1
        return line

    came = [asyncio.ensure_future(one(number)) for number in range(job["clients"])]
    await asyncio.wait(came, timeout=CROWD_S)
    return {"served": served}


# ------------------------------------------------------------------ submission


async def submit(job: dict[str, Any]) -> dict[str, Any]:
    """Each client sends its share over one connection. Times are of the system's one clock."""
    lines = [await submitter(job) for _ in range(job["clients"])]
    waits: list[float] = []
    ended: list[float] = []

    async def send(number: int, line: Line) -> None:
        for serial in range(job["each"]):
            await line.say(b"MAIL FROM:<%b>\r\n" % job["sender"].encode(), b"250")
            await line.say(b"RCPT TO:<customer@example.net>\r\n", b"250")
            await line.say(b"DATA\r\n", b"354")
            text = job_mail(job, f"{number}.{serial}")
            ended.append(time.monotonic())
            start = time.monotonic()
            await line.say(text, b"250")
            waits.append(time.monotonic() - start)

    began = time.monotonic()
    await asyncio.gather(*(send(*one) for one in enumerate(lines)))
    return {"began": began, "waits": waits, "last": ended[-1]}


async def submitter(job: dict[str, Any]) -> Line:
    line = await connected(job["port"])
    await line.say(b"EHLO [127.0.0.1]\r\n", b"250")
    if job["auth"]:
        await line.say(b"AUTH PLAIN %b\r\n" % job["auth"].encode(), b"235")
    return line


def job_mail(job: dict[str, Any], serial: str) -> bytes:
    head = (
        f"From: Support <{job['sender']}>\r\nTo: customer@example.net\r\n"
        f"Subject: An answer {serial}\r\nDate: Mon, 01 Jun 2026 00:00:00 +0000\r\n"
        f"Message-ID: <{job['seed']}.{serial}@bench.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
    )
    line = "Thank you for your message; the parcel is on its way, and this is its number.\r\n"
    octets: int = job["octets"]
    text = line * ((octets - len(head)) // len(line) + 1)
    mail = head + text
    return mail.encode() + b".\r\n"


# ------------------------------------------------------------------ as a process

KINDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "mixed": mixed,
    "sign_ins": sign_ins,
    "crowd": crowd,
    "submit": submit,
}


def loaded(**job: Any) -> dict[str, Any]:
    """Run a job in a process of its own; raises AssertionError with what it said."""
    done = subprocess.run(
        ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "tests.bench.load",
         json.dumps(job)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


async def main(job: dict[str, Any]) -> None:
    print(json.dumps(await KINDS[job["kind"]](job)))


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
