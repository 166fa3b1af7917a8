"""Both sides of ``tests.bench.flood``, each a process: ``python -m tests.bench.flood_client JOB``.

``guesses``: so many wrong passwords at once, each over a connection of its own, from many addresses
of the loopback network. Whose connection is closed before it has an answer comes again after
``AGAIN_S``. ``people``: who works, signs in again, and signs in for the first time meanwhile.

A job says "ready", begins with a line from its input, and prints one object in the end. It says
what it cost itself, because it shares the machine's cores with what it measures.
"""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
import sys
import time
from base64 import b64encode
from collections import Counter
from random import Random
from typing import Any

import uvloop

from tests.bench.load import Line, steps

AGAIN_S = 1.0
THINK_S = 0.25  # ten people who never rest longer ask forty times a second
SIGN_IN_EACH_S = 2.0
TRY_S = 60.0  # nobody waits longer for one connection and its answer


class Guesses:
    def __init__(self, job: dict[str, Any], tls: ssl.SSLContext | None) -> None:
        self._job = job
        self._tls = tls
        self.came: Counter[str] = Counter()
        self._end = 0.0

    async def run(self) -> dict[str, Any]:
        self._end = time.monotonic() + self._job["seconds"]
        numbers = range(self._job["count"])
        began = time.monotonic()
        await asyncio.gather(*(self._guess(number) for number in numbers))
        return {**self.came, "took": time.monotonic() - began}

    async def _guess(self, number: int) -> None:
        """Until it is answered, or the time is over."""
        address = flood_address(number % self._job["addresses"])
        logins = self._job["logins"]
        login = logins[number % len(logins)]
        while (left := self._end - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(min(left, TRY_S)):
                    said = await self._answer(address, login, f"guess {number}")
            except (OSError, TimeoutError):
                self.came["connections without an answer"] += 1
                await asyncio.sleep(AGAIN_S)
                continue
            self.came["not looked at" if said in {b"UNAVAILABLE", b"454"} else "wrong"] += 1
            return
        self.came["guesses without an answer"] += 1

    async def _answer(self, address: str, login: str, password: str) -> bytes:
        line = await opened(self._job["port"], address, self._tls)
        try:
            if self._job["door"] == "imap":
                await line.ask(f'LOGIN "{login}" "{password}"')
            else:
                await submitting(line, login, password)
        except AssertionError as refused:
            text = str(refused).partition(": ")[2]
            return b"UNAVAILABLE" if "UNAVAILABLE" in text or "454" in text else b"NO"
        finally:
            line.transport.abort()
        raise AssertionError(f"{login} was let in")


class People:
    """Times in ms, by what was done."""

    def __init__(self, job: dict[str, Any], tls: ssl.SSLContext | None) -> None:
        self._job = job
        self._tls = tls
        self._end = 0.0
        self.times: dict[str, list[float]] = {
            "a command": [], "sign in again": [], "sign in to send": [], "first sign-in": [],
        }  # fmt: skip
        self.failed: Counter[str] = Counter()

    async def begin(self) -> None:
        """Everybody is at work, and known where they sit."""
        self._lines = [await self._in(login, at) for at, login in enumerate(self._job["people"])]
        for line in self._lines:
            await line.ask("SELECT INBOX")

    async def run(self) -> dict[str, Any]:
        self._end = time.monotonic() + self._job["seconds"]
        works = [self._work(number, line) for number, line in enumerate(self._lines)]
        again = [self._again(*one) for one in enumerate(self._job["people"])]
        await asyncio.gather(*works, *again, self._newcomers())
        return {"times": self.times, "failed": self.failed}

    async def _in(self, login: str, at: int, network: int = 1) -> Line:
        line = await opened(self._job["port"], f"127.0.{network}.{at + 1}", self._tls)
        try:
            await line.ask(f'LOGIN "{login}" "{self._job["password"]}"')
        except BaseException:
            line.transport.abort()
            raise
        return line

    async def _work(self, number: int, line: Line) -> None:
        random = Random(number)
        for step in steps(random, self._job["mails"]):
            await asyncio.sleep(random.uniform(0, 2 * THINK_S))
            if time.monotonic() > self._end:
                return
            await self._timed("a command", line.ask(step))

    async def _again(self, at: int, login: str) -> None:
        random = Random(1000 + at)
        while time.monotonic() + 2 * SIGN_IN_EACH_S < self._end:
            await asyncio.sleep(random.uniform(0, 2 * SIGN_IN_EACH_S))
            line = await self._timed("sign in again", self._in(login, at))
            if line is not None:
                line.transport.abort()
            await self._timed("sign in to send", self._to_send(login, at))

    async def _to_send(self, login: str, at: int) -> None:
        line = await opened(self._job["smtp_port"], f"127.0.1.{at + 1}", self._tls)
        try:
            await submitting(line, login, self._job["password"])
        finally:
            line.transport.abort()

    async def _newcomers(self) -> None:
        """One after the other, each from an address nobody has seen."""
        for at, login in enumerate(self._job["newcomers"]):
            await asyncio.sleep(SIGN_IN_EACH_S if at else 0.2)
            if time.monotonic() > self._end:
                return
            line = await self._timed("first sign-in", self._in(login, at, network=2))
            if line is not None:
                line.transport.abort()

    async def _timed(self, what: str, doing: Any) -> Any:
        began = time.monotonic()
        try:
            async with asyncio.timeout(TRY_S):
                return await doing
        except (OSError, AssertionError, TimeoutError) as error:
            self.failed[f"{what}: {error!r}"[:120]] += 1
            return None
        finally:
            self.times[what].append((time.monotonic() - began) * 1000)


def flood_address(number: int) -> str:
    """Of places that are none of the people's."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


async def opened(port: int, address: str, tls: ssl.SSLContext | None) -> Line:
    """Connected from ``address``, and greeted."""
    transport, line = await asyncio.get_running_loop().create_connection(
        Line, "127.0.0.1", port, local_addr=(address, 0), ssl=tls,
        server_hostname="localhost" if tls else None,
        ssl_handshake_timeout=TRY_S if tls else None,
    )  # fmt: skip
    try:
        await line.greeted()
    except BaseException:
        transport.abort()
        raise
    return line


async def submitting(line: Line, login: str, password: str) -> None:
    await line.say(b"EHLO [127.0.0.1]\r\n", b"250")
    plain = b64encode(f"\0{login}\0{password}".encode())
    await line.say(b"AUTH PLAIN %b\r\n" % plain, b"235")


async def cold(job: dict[str, Any], tls: ssl.SSLContext | None) -> dict[str, Any]:
    """Each of ``people`` signs in once, ``together`` at a time, each from an own address."""
    people = iter(enumerate(job["people"]))

    async def one_after_another() -> None:
        for at, login in people:
            line = await opened(job["port"], f"127.2.{at // 250}.{at % 250 + 1}", tls)
            await line.ask(f'LOGIN "{login}" "{job["password"]}"')
            line.transport.abort()

    began = time.monotonic()
    await asyncio.gather(*(one_after_another() for _ in range(job["together"])))
    return {"rate": len(job["people"]) / (time.monotonic() - began)}


async def main(job: dict[str, Any]) -> None:
    tls = ssl.create_default_context(cafile=job["ca"]) if job["ca"] else None
    kind = job["kind"]
    # What uvloop has to say of each of some thousand handshakes that were cut is no news.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    people, guesses = People(job, tls), Guesses(job, tls)
    if kind == "people":
        await people.begin()
    print("1", flush=True)  # ready; child.py takes it for a port
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    began = time.monotonic()
    runs = {"people": people.run, "guesses": guesses.run, "cold": lambda: cold(job, tls)}
    told = await runs[kind]()
    used = resource.getrusage(resource.RUSAGE_SELF)
    told["share"] = (used.ru_utime + used.ru_stime) / max(time.monotonic() - began, 0.001)
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(main(json.loads(sys.argv[1])))
