"""One proxy: store, accounts, mailrooms, doors, health; started in this order, stopped in
reverse.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from admin.api.services import ApiServices
from admin.client_pages import ClientPages
from admin.health import Checks
from admin.setup_kit import SetupKit
from admin.tag_pages import tag_routes
from admin.web.services import ConsoleServices, MailboxServices, WorkServices
from proxyd import __version__
from proxyd.app.api import ApiParts, api_services
from proxyd.app.changes import Changes
from proxyd.app.disk import LOOK_S, DiskWatch
from proxyd.app.doors import Doors
from proxyd.app.head_told import HeadTold
from proxyd.app.log_services import LogServices
from proxyd.app.mailbox_services import mailbox_services
from proxyd.app.overview_parts import providers_now, work_services
from proxyd.app.reached import reached
from proxyd.app.refused_sign_ins import RefusedSignIns
from proxyd.app.single_sign_on import organisation
from proxyd.calendars.countries import CountryCalendar
from proxyd.domain.errors import ProxydError
from proxyd.domain.folder_names import shared_root
from proxyd.domain.passkey import site_of
from proxyd.domain.ports.access_log import LogFault
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.types import SharedMailbox, Trouble
from proxyd.outbound.notice_post import NoticePost
from proxyd.runtime import Lifetime
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.attempts import Attempts
from proxyd.service.accounts.passkeys import Passkeys
from proxyd.service.accounts.people import People
from proxyd.service.accounts.second_factors import SecondFactors
from proxyd.service.accounts.web_sessions import WebSessions
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.admin.client_setup import ClientSetup
from proxyd.service.admin.closed_days import OfficeCheck
from proxyd.service.admin.leaving import LeaveTaking
from proxyd.service.admin.mailbox_admin import MailboxAdmin, MailboxPasswords
from proxyd.service.admin.mailbox_health import MailboxHealth, healths
from proxyd.service.admin.people_directory import PeopleDirectory
from proxyd.service.admin.restoring import COPIED, OLDER, Restoring
from proxyd.service.admin.session_ending import SessionEnding
from proxyd.service.admin.tag_tokens import TagTokens
from proxyd.service.audit.audit import Audit
from proxyd.service.audit.copy_watch import CopyWatch
from proxyd.service.audit.own_account import OwnAccount
from proxyd.service.audit.trouble_watch import TroubleWatch
from proxyd.service.mail.front import Front
from proxyd.service.mailbox.condition import TroubleKind
from proxyd.service.mailbox.object_ids import ObjectIds
from proxyd.service.mailbox.retrying import RETRY_MOST_S
from proxyd.service.mailbox.shop import Shop
from proxyd.service.orders import Orders
from proxyd.service.overview.live import Live
from proxyd.service.overview.overview import LogNow, Watched
from proxyd.service.password_checks import PasswordChecks
from proxyd.service.rooms import Plumbing, Rooms
from proxyd.service.sending.submission import Submission
from proxyd.service.webhooks.telling import Telling
from proxyd.settings import Settings
from proxyd.store import running
from proxyd.store.database import Database
from proxyd.store.log_anchor import AnchorFile
from proxyd.store.one_time_codes import OneTimeCodes
from proxyd.store.passwords import PasswordHasher
from proxyd.store.place import DatabasePlace
from proxyd.store.secrets import Keys, Sealer, load_master_key, subject_digest
from proxyd.store.webauthn_reader import WebauthnReader
from proxyd.telemetry import Metrics
from proxyd.upstream.cache.cache import Cache
from proxyd.upstream.mailbox import ImapUpstream
from proxyd.upstream.noted import NotedMailbox
from proxyd.upstream.smtp_relay import SmtpRelay
from proxyd.upstream.timings import Timings

_log = logging.getLogger(__name__)

ANCHOR_S = 60.0  # so much of the log's tail could be cut unseen between two anchors
STOP_SENDING_S = 25.0  # submissions under way are waited for; see service/sending/submission.py
RESTART_S = 1.0  # promise 7 speaks of a second

PUT_BACK = {
    OLDER: "the database is older than log-head says: a copy was put back. Clients read their "
    "folders anew. If that was you: proxyd restore --in-place; else see: proxyd audit verify",
    COPIED: "the database was put here from a copy, of which nothing proves that it is the newest. "
    "Clients read their folders anew. If that was you: proxyd restore --in-place; else see: "
    "proxyd audit verify",
}


class Proxy:
    """The parts; ``demo.py`` uses some of them from outside."""

    _tampered: LogFault | None = None  # as of the last look at the log's end
    _put_back = ""  # what was noticed of the database at the start
    _live: Live | None = None
    _anchored_us: int | None = None  # when the log's head was kept outside last

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics(__version__)
        file, database = settings.secrets.master_key_file, settings.database
        keys = Keys.of(load_master_key(settings.data_dir, file=file, database=database))
        self.store = Database(
            settings.database, keys=keys, clock=now_us, on_commit=self.metrics.commit
        )
        hasher = PasswordHasher(**settings.passwords.parameters)
        checks = PasswordChecks(hasher, threads=settings.passwords.threads)
        self._sealer = sealer = Sealer(keys)
        self._changes = Changes(self._apply)
        self._checks, self._attempts = checks, Attempts(checks)
        self._refused = refused = RefusedSignIns(
            lambda s, call: asyncio.get_running_loop().call_later(s, call)
        )
        self.accounts = Accounts(
            self.store,
            checks,
            attempts=self._attempts,
            told=self.metrics.sign_in,
            refused=refused.tell,
            in_force=self._changes.soon_in_force,
        )
        self.account_admin = AccountAdmin(self.store, checks, self.accounts.refresh)
        self._calendar = calendar = CountryCalendar()
        check = OfficeCheck(calendar, now_us)
        self.mailbox_admin = MailboxAdmin(self.store, sealer, self.accounts.refresh, check)
        self._passwords = MailboxPasswords(self.store, sealer)
        self.cache = Cache(
            settings.cache_directory,
            keys.cache,
            disk_octets=settings.cache.disk_bytes,
            memory_octets=settings.cache.memory_bytes,
        )
        self._people = People(self.accounts.all)
        keeper = AnchorFile(settings.anchor_file)
        self._audit = Audit(self.store, keeper)
        self._head_told = HeadTold(lambda: asyncio.get_running_loop().time())
        place = DatabasePlace(settings.database.parent)
        self._restoring = Restoring(self.store, keeper, place, now_us)
        workflow = settings.workflow
        digest = subject_digest(keys.digest)
        self.submission = Submission(
            self.store,
            now_us,
            subject_digest=digest,
            told=self.metrics.submission,
        )
        ids, root = ObjectIds(keys.ids), shared_root(settings.server.language)
        statuses = workflow.status_set
        self._copies = CopyWatch(self.store, now_us)
        self._post = NoticePost()
        self._telling = Telling(self.store, sealer, self._post, now_us)
        people, copied = self._people, self._copies.note
        shop = Shop(self.store, people, statuses, now_us, digest, ids, calendar, root, copied)
        plumbing = Plumbing(
            self._upstream,
            self._relay,
            settings.upstream.poll_s,
            # Who wants to know soon that a mail is well again wants it of a folder, too.
            min(RETRY_MOST_S, settings.upstream.look_again_s),
        )
        self.rooms = Rooms(shop, plumbing, self.submission)
        self._troubles = TroubleWatch(self.store, self.rooms.troubles, now_us)
        self._log = LogServices(
            *(self.store, settings.data_dir, now_us, digest, self.rooms.troubles)
        )
        self.front = Front(self.rooms.counters, self.store)
        self._client_setup = ClientSetup(self.store, workflow.status_set, reached(settings))
        self._tokens = TagTokens(self.store, self._client_setup, keys.tags)
        self._client_pages = ClientPages(tag_routes(self._tokens.told))
        self._orders = Orders(self.store, self.rooms.counters, now_us)
        places = {
            "the database": settings.data_dir,
            "mail that passes through": Path(tempfile.gettempdir()),
        }
        self.disk = DiskWatch(self.store.touch, places, now_us)
        self.ports: dict[str, int] = {}
        self.metrics.before_reading(self._show_lines)
        self._limits: dict[int, str] = {}  # by mailbox id
        self._relays: dict[int, SmtpRelay] = {}  # by mailbox id
        self._tasks: set[asyncio.Task[None]] = set()

    def listening(self) -> str:
        return ", ".join(f"{name} {port}" for name, port in self.ports.items())

    # ------------------------------------------------------------------ starting

    async def start(self, lifetime: Lifetime) -> None:
        """Raises AlreadyRunning, StoreUnavailable, OSError (an address is taken)."""
        lock = running.lock(self.settings.data_dir)
        lifetime.closing("lock", _closing_file(lock))
        await self.store.open()
        lifetime.closing("store", self.store.close)
        await self._notice_restore()
        await self.cache.open()
        lifetime.closing("cache", self.cache.close)
        await self.accounts.refresh()
        await self._apply()
        lifetime.closing("mailboxes", self.rooms.close, limit_s=10)
        lifetime.closing("submission", self._close_sending, limit_s=STOP_SENDING_S)
        self.accounts.on_change(self._changes.note)
        for work in (
            self._watch_disk,
            self._changes.follow,
            self.accounts.watch_changes,
            self._anchor,
            self._copies.run,
            self._troubles.run,
            self._telling.run,
            *self._log.work(),
        ):
            self._keep(kept_going(work))
        lifetime.closing("tasks", self._end_tasks)
        doors = Doors(self.settings, self.metrics, lifetime)
        self.ports = doors.ports
        self._keep(kept_going(doors.follow_certificate))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, doors.look_again)
        await doors.open_imap(self.accounts, self.front)
        await doors.open_smtp(self.accounts, self.submission, now_us)
        await doors.open_http(self._health(), self._client_pages)
        lifetime.closing("live overviews", self._close_live)
        mailboxes = mailbox_services(
            *(self.settings, self.store, self._sealer, self.mailbox_admin, now_us, self._healths)
        )
        lifetime.closing("tries of mailboxes", mailboxes.probing.close)
        await doors.open_console(partial(self._console_services, mailboxes), self._api_services())

    def _healths(self) -> dict[int, MailboxHealth]:
        return healths(self.rooms.counters(), self._limits)

    def _console_services(self, mailboxes: MailboxServices, origin: str) -> ConsoleServices:
        refresh, issuer = self.accounts.refresh, self.settings.server.hostname
        return ConsoleServices(
            accounts=self.accounts,
            sessions=WebSessions(self.store, now_us),
            factors=SecondFactors(
                self.store, self._sealer, OneTimeCodes(), now_us, issuer, refresh
            ),
            people=self.account_admin,
            app_passwords=AppPasswordAdmin(self.store, refresh),
            own_account=OwnAccount(self.store),
            directory=PeopleDirectory(self.store, now_us),
            leaving=LeaveTaking(
                *(self.store, self._checks, self.settings.workflow.status_set.answered, now_us),
                refresh=self._handed_over,
            ),
            session_ending=SessionEnding(self.store, self.accounts),
            setup_kit=self._setup_kit(),
            asking=self._log.asking,
            exports=self._log.exports,
            alarms=self._log.alarms,
            work=self._work(),
            mailboxes=mailboxes,
            organisation=organisation(
                *(self.settings.single_sign_on, self.store, now_us),
                told=self.metrics.sign_in,
                refused=self._refused.tell,
            ),
            passkeys=self._passkeys(origin),
        )

    def _setup_kit(self) -> SetupKit:
        """The doors are open by now, and their ports known."""
        statuses, at = self.settings.workflow.status_set, reached(self.settings, self.ports)
        return SetupKit(ClientSetup(self.store, statuses, at), self._tokens)

    async def _handed_over(self) -> None:
        """Who has left is out, and their work in others' hands, or soon will be."""
        await self.accounts.refresh()
        await self._changes.soon_in_force()

    def _work(self) -> WorkServices:
        watched = Watched(partial(providers_now, self.rooms), self._alarms, self._log_now)
        statuses = self.settings.workflow.status_set
        work = work_services(self.store, statuses, self.rooms, watched, now_us)
        self._live = work.live
        return work

    async def _close_live(self) -> None:
        if self._live is not None:
            await self._live.close()

    def _health(self) -> Checks:
        return Checks(
            alive=self.disk.look,
            ready=self._ready,
            notices=self._notices,
            conditions=self._conditions,
            metrics=self.metrics.render if self.settings.http.metrics else None,
            metrics_type=self.metrics.content_type,
        )

    def _api_services(self) -> ApiServices:
        parts = ApiParts(
            store=self.store,
            sealer=self._sealer,
            clock=now_us,
            checks=self.account_admin.checks,
            audit=self._audit,
            statuses=self.settings.workflow.status_set,
            calendar=self._calendar,
            post=self._post,
            refresh=self.accounts.refresh,
            refused=self._refused.tell,
            counters=self.rooms.counters,
            health=self._health,
        )
        return api_services(parts)

    def _passkeys(self, origin: str) -> Passkeys | None:
        site = site_of(origin)
        if site is None:
            return None
        return Passkeys(
            *(self.store, WebauthnReader(), OneTimeCodes(), now_us, site),
            refresh=self.accounts.refresh,
            told=self.metrics.sign_in,
            refused=self._refused.tell,
        )

    async def _notice_restore(self) -> None:
        """Before anybody is served from a database that clients know more than."""
        sign = await self._restoring.at_start()
        if sign is not None:
            self._put_back = PUT_BACK[sign.noticed]
            _log.error("%s", self._put_back)
            await asyncio.to_thread(self.cache.tree.clear, None)

    # ------------------------------------------------------------------ the provider's side

    def _timings(self) -> Timings:
        upstream = self.settings.upstream
        return Timings(
            connect=upstream.connect_s,
            greeting=upstream.connect_s,
            stall=upstream.command_s,
            look_again=upstream.look_again_s,
        )

    def _upstream(self, mailbox: SharedMailbox) -> UpstreamMailbox:
        provider = ImapUpstream(
            mailbox.imap,
            lambda: self._passwords.password(mailbox.id),
            connections=self.settings.upstream.connections,
            timings=self._timings(),
            on_event=partial(self.metrics.upstream_event, mailbox.name),
            on_limit=partial(self._limited, mailbox.id),
        )
        self._limits.pop(mailbox.id, None)  # of another provider, perhaps
        return NotedMailbox(self.cache.of(mailbox, provider), mailbox.id, self.store)

    def _limited(self, mailbox_id: int, said: str) -> None:
        """``said``: "" where the provider gives all connections again."""
        self._limits[mailbox_id] = said

    def _notices(self) -> list[str]:
        """In plain sentences: providers that want less from us, and what is not done yet."""
        counters = self.rooms.counters().items()
        limits = ((c.room.mailbox.name, self._limits.get(id_, "")) for id_, c in counters)
        troubles = (f"{t.mailbox}: {t.told}" for t in self.rooms.troubles() if not t.serious)
        limited = (f"{name}: {said}" for name, said in limits if said)
        return [*troubles, *limited, *self.rooms.notices(), *self._told()]

    def _told(self) -> list[str]:
        found = [self._put_back] if self._put_back else []
        if self._tampered is not None or self._log.watch.followed.fault is not None:
            found.append("the access log was tampered with; see: proxyd audit verify")
        return [*found, *self._copies.notices(), *self._telling.notices()]

    async def _close_sending(self) -> None:
        await self.submission.close()
        for relay in self._relays.values():
            relay.leave()

    def _relay(self, mailbox: SharedMailbox) -> SmtpRelay:
        if former := self._relays.get(mailbox.id):
            former.leave()
        relay = SmtpRelay(mailbox.smtp, lambda: self._passwords.password(mailbox.id))
        self._relays[mailbox.id] = relay
        return relay

    async def _apply(self) -> None:
        """Serve the mailboxes as they are configured now, to the people there are."""
        self._people.refresh()
        renewed = await self._passwords.load()
        mailboxes = await self.store.read(lambda tx: tx.mailboxes.all())
        await self.rooms.apply(mailboxes, renewed)
        self.cache.keep_only(mailboxes)
        self._client_pages.renew(await self._client_setup.facts())
        await self._orders.carry_out()

    async def settled(self) -> None:
        """Changes made in this process up to now are in force when this returns."""
        self._changes.note()
        await self._changes.in_force()

    # ------------------------------------------------------------------ looking after itself

    async def _anchor(self) -> None:
        while True:
            try:
                fault = await self._audit.anchor()
                self._tampered = fault
                self._log.watch.found(fault)
                if fault is not None:
                    _log.error("the access log was tampered with: %s at %d %s", *fault_facts(fault))
                else:
                    self._anchored_us = now_us()
                    self._head_told.maybe_tell(self._audit.anchored)
            except (ProxydError, OSError) as error:
                _log.error("the access log is not anchored: %s", error)
            await asyncio.sleep(ANCHOR_S)

    def _log_now(self) -> LogNow:
        return LogNow(self._anchored_us, self._tampered is not None)

    def _alarms(self) -> int:
        """Of which somebody should hear now."""
        return self._log.alarm_count.now + (self._tampered is not None)

    async def _watch_disk(self) -> None:
        while True:
            await self.disk.look()
            await asyncio.sleep(LOOK_S)

    async def _ready(self) -> list[str]:
        return [f"{one.mailbox}: {one.told}" for one in self.rooms.troubles() if one.serious]

    def _conditions(self) -> list[dict[str, object]]:
        return [asdict(one) for one in self.rooms.troubles()]

    def _show_lines(self) -> None:
        rooms = [counter.room for counter in self.rooms.counters().values()]
        limited = [room.mailbox.name for room in rooms if self._limits.get(room.mailbox.id)]
        up = {room.mailbox.name: room.line_up for room in rooms}
        self.metrics.upstream_lines(up, limited)
        self.metrics.disk(len(self.disk.troubles))
        waiting = {"turn": self._attempts.waiting(), "check": self._checks.waiting()}
        self.metrics.sign_ins_waiting(waiting)
        self.metrics.troubles(counted(self.rooms.troubles(), up))
        self.metrics.conversations(self.rooms.conversations())
        self.metrics.copied_much(dict.fromkeys(up, 0) | self._copies.alarms())
        self.metrics.waiting({name: asdict(one) for name, one in self.rooms.waiting().items()})
        octets = {"disk": self.cache.disk_octets, "memory": self.cache.memory}
        self.metrics.cache(asdict(self.cache.counts), octets)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._copies.close()
        await self._log.exports.close()
        await self._post.close()
        if await self._audit.anchor() is None:
            self._head_told.maybe_tell(self._audit.anchored, last=True)


async def kept_going(
    work: Callable[[], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Begin ``work`` anew whenever it ends: a fault of ours must not leave a disabled person signed
    in, or a change of settings unnoticed, until somebody restarts the server.
    """
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - the boundary
            _log.exception("a task of the server failed and begins anew")
        await sleep(RESTART_S)


def counted(troubles: Iterable[Trouble], mailboxes: Iterable[str]) -> dict[tuple[str, str], int]:
    """How many folders or mails each kind is about, by mailbox."""
    counts = {(mailbox, str(kind)): 0 for mailbox in mailboxes for kind in TroubleKind}
    for one in troubles:
        counts[one.mailbox, one.kind] = counts.get((one.mailbox, one.kind), 0) + (
            len(one.uids) or 1
        )
    return counts


def now_us() -> int:
    """The clock of the house, in microseconds since the epoch."""
    import time  # noqa: PLC0415 - nobody else here may look at the time

    return time.time_ns() // 1000


def fault_facts(fault: LogFault) -> tuple[str, int, str]:
    return fault.kind, fault.number, fault.what


def _closing_file(descriptor: int) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        os.close(descriptor)

    return close
