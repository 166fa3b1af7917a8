"""What 200 open overviews cost: ``python -m tests.bench.live_overviews``.

A console in a process of its own, on a database with 100,000 conversations of which 1,000 are not
done; 200 people listen from 50 addresses, and one of five mailboxes changes each second.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from admin.http_server import serve_application
from admin.web.browser_http import BACKLOG, browser_protocol
from admin.web.console import Console
from admin.web.place import Place
from admin.web.services import ConsoleServices, WorkServices
from proxyd.app.serve import now_us
from proxyd.domain.types import Right, Role, SharedMailbox
from proxyd.domain.workflow import SHIPPED
from proxyd.service.accounts.web_sessions import WebSessions
from proxyd.service.overview.conversation_story import Stories
from proxyd.service.overview.lasting import LastingSessions
from proxyd.service.overview.live import Live
from proxyd.service.overview.overview import LogNow, Overview, Watched
from proxyd.service.overview.provider_now import Ailment, ProviderNow
from proxyd.service.overview.worklist import Worklist
from proxyd.service.reports.period_report import PeriodReports
from proxyd.store.database import Database
from proxyd.store.schema import conversations, folders, messages, thread_ids, turns
from proxyd.store.secrets import Keys
from tests.bench.response_times import SUPPORT

LISTENERS, ADDRESSES, MAILBOXES = 200, 50, 5
CONVERSATIONS, OPEN = 100_000, 1_000
SECONDS = 30
APART_US = 1_700_000_000  # some fifty a day in each mailbox, for more than a year
HOST = "localhost"


def fill(tx: Any, at_us: int) -> None:
    """As after some years: most are done, and all have one mail."""
    per = CONVERSATIONS // MAILBOXES
    for mailbox_id in range(1, MAILBOXES + 1):
        name = f"box{mailbox_id}"
        tx.mailboxes.add(
            SharedMailbox(
                0, name, f"{name}@example.test", (), "en", SUPPORT.seen, SUPPORT.imap, SUPPORT.smtp
            ),
            b"sealed",
        )
        inbox = {"mailbox_id": mailbox_id, "name": "INBOX", "delimiter": "/", "attributes": ""}
        tx.connection.execute(insert(folders).values(inbox))
        rows, mails, ids, ended = [], [], [], []
        for number in range((mailbox_id - 1) * per + 1, mailbox_id * per + 1):
            is_open = number % (CONVERSATIONS // OPEN) == 0
            came = at_us - (number - (mailbox_id - 1) * per) * APART_US
            rows.append(
                {
                    "id": number,
                    "mailbox_id": mailbox_id,
                    "status": "open" if is_open else "done",
                    "changed_us": came,
                    "waits_us": came if is_open else None,
                    "overdue": is_open and number % 3 == 0,
                }
            )
            mails.append(
                {
                    "folder_id": mailbox_id,
                    "uid": number,
                    "conversation_id": number,
                    "message_id": f"{number}@x",
                    "size": 1,
                    "internal_date": "",
                    "flags": "",
                    "inbound": True,
                    "automatic": False,
                    "subject_digest": "",
                }
            )
            ids.append(
                {
                    "mailbox_id": mailbox_id,
                    "message_id": f"{number}@x",
                    "conversation_id": number,
                    "arrived": True,
                    "came_us": came,
                }
            )
            ended.append(
                {
                    "mailbox_id": mailbox_id,
                    "conversation_id": number,
                    "name": "",
                    "outcome": "answered",
                    "since_us": came,
                    "ended_us": came + 1,
                    "office_us": 1,
                    "goal_us": 0,
                }
            )
        for table, values in (
            (conversations, rows),
            (messages, mails),
            (thread_ids, ids),
            (turns, ended),
        ):
            tx.connection.execute(insert(table), values)
    for number in range(LISTENERS):
        account = tx.accounts.add(f"person{number}", f"Person {number}", Role.STAFF, "hash")
        for mailbox_id in {number % MAILBOXES + 1, (number + 1) % MAILBOXES + 1}:
            tx.accounts.grant(account.id, mailbox_id, Right.RESPOND)


class _Work:
    """Each second one conversation of one mailbox becomes overdue, or is no more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changes = dict.fromkeys(range(1, MAILBOXES + 1), 0)

    def providers(self) -> dict[int, ProviderNow]:
        return {
            one: ProviderNow(
                Ailment.NONE, up=True, since_us=1, changes=count, connections=2, allowed=3
            )
            for one, count in self._changes.items()
        }

    async def run(self) -> None:
        per = CONVERSATIONS // MAILBOXES
        for mailbox_id in itertools.cycle(range(1, MAILBOXES + 1)):
            number = mailbox_id * per
            flip = update(conversations).where(conversations.c.id == number)
            flip = flip.values(overdue=~conversations.c.overdue)
            await self._database.write(lambda tx, flip=flip: tx.connection.execute(flip))
            self._changes[mailbox_id] += 1
            await asyncio.sleep(1)


async def _serve(data: Path, told: Any) -> None:
    database = Database(data / "proxyd.db", keys=Keys.of(b"k" * 32), clock=now_us)
    await database.open()
    await database.write(lambda tx: fill(tx, now_us()))
    sessions = WebSessions(database, now_us)
    tokens = []
    for number in range(LISTENERS):
        login = f"person{number}"
        found: Any = await database.read(lambda tx, login=login: tx.accounts.find(login))
        begun = await sessions.begin(
            found[0], factors=["password"], address="", client="", still=lambda _tx: True
        )
        tokens.append(begun.token)
    busy = _Work(database)
    working = asyncio.create_task(busy.run())
    watched = Watched(busy.providers, lambda: 0, lambda: LogNow(None))
    overview = Overview(database, SHIPPED, watched, now_us)
    work = WorkServices(
        SHIPPED,
        overview,
        Live(overview, LastingSessions(database, now_us)),
        Worklist(database, SHIPPED, dict, now_us),
        Stories(database),
        PeriodReports(database, SHIPPED, now_us),
    )
    nobody: Any = None
    services = ConsoleServices(nobody, sessions, nobody, nobody, nobody, nobody, work)
    port, close = await serve_application(
        lambda port: Console(services, Place(f"http://{HOST}:{port}")),
        "127.0.0.1",
        0,
        browser_protocol(lambda *_what: None, per_address=LISTENERS),
        backlog=BACKLOG,
    )
    told.send((port, tokens))
    await asyncio.to_thread(told.recv)
    working.cancel()
    await work.live.close()
    await close()
    await database.close()


def _child(data: str, told: Any) -> None:
    asyncio.run(_serve(Path(data), told))


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _listen(port: int, token: str, address: str, heard: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    head = f"GET /live HTTP/1.1\r\nHost: {HOST}:{port}\r\nCookie: proxyd={token}\r\n"
    writer.write(f"{head}Sec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n".encode())
    while line := await reader.readline():
        heard[0] += line.startswith(b"event:")


async def _page(port: int, token: str, path: str) -> float:
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nCookie: proxyd={token}\r\n"
    writer.write(f"{head}Sec-Fetch-Site: none\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
    writer.close()
    return time.monotonic() - begun


async def measure(pid: int, port: int, tokens: list[str]) -> dict[str, object]:
    result: dict[str, object] = {}
    for path in ("/", "/conversations", "/conversations?status=any&assignee=person{n}"):
        times = sorted([await _page(port, tokens[n], path.format(n=n)) for n in range(60)])
        result[f"p95 ms of {path}"] = round(times[56] * 1000, 1)
    before = _processor_s(pid)
    await asyncio.sleep(SECONDS / 3)
    result["idle % of a core"] = round(100 * (_processor_s(pid) - before) / (SECONDS / 3), 2)
    heard = [0]
    places = itertools.cycle([f"127.0.0.{one}" for one in range(1, ADDRESSES + 1)])
    tasks = [asyncio.create_task(_listen(port, token, next(places), heard)) for token in tokens]
    await asyncio.sleep(5)
    before, heard[0] = _processor_s(pid), 0
    begun = time.monotonic()
    await asyncio.sleep(SECONDS)
    passed = time.monotonic() - begun
    result["open"] = sum(not task.done() for task in tasks)
    result["live % of a core"] = round(100 * (_processor_s(pid) - before) / passed, 2)
    result["events a second"] = round(heard[0] / passed, 1)
    for task in tasks:
        task.cancel()
    return result


def main() -> None:
    here, there = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as data:
        process = multiprocessing.get_context("spawn").Process(target=_child, args=(data, there))
        process.start()
        port, tokens = here.recv()
        assert process.pid is not None
        try:
            print(json.dumps(asyncio.run(measure(process.pid, port, tokens)), indent=1))
        finally:
            here.send("end")
            process.join()


if __name__ == "__main__":
    main()
