"""The doors: IMAP, submission and HTTP, opened with what the settings say.

Each hands its closer to the lifetime, so that it is shut before what stands behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import imap_frontend.options as imap_options
import smtp_frontend.options as smtp_options
from admin.api.api import Api
from admin.api.rates import rates_of
from admin.api.services import ApiServices
from admin.client_pages import ClientPages
from admin.health import Checks, serve_http
from admin.http_server import serve_application
from admin.tls_first import SHAKING, Handshakes
from admin.web.browser_http import BACKLOG, POOL, STREAMS, browser_protocol
from admin.web.console import Console
from admin.web.services import ConsoleServices
from imap_frontend import server as imap_server
from proxyd.app.certificate import LOOK_S, Certificate
from proxyd.app.console_place import console_place
from proxyd.app.descriptors import provided
from proxyd.app.turned_away import TurnedAway
from proxyd.domain.types import Clock
from proxyd.imapwire.framer import Limits
from proxyd.runtime import Lifetime
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.mail.front import Front
from proxyd.service.sending.submission import Submission
from proxyd.settings import Settings
from proxyd.settings_values import Listen
from proxyd.telemetry import Metrics
from proxyd.upstream.spool import spool
from smtp_frontend import server as smtp_server


class Doors:
    def __init__(self, settings: Settings, metrics: Metrics, lifetime: Lifetime) -> None:
        self._settings = settings
        self._metrics = metrics
        self._lifetime = lifetime
        self._turned_away = TurnedAway(metrics.turned_away, asyncio.get_running_loop().call_later)
        self.certificate = self._certificate()
        self._places = provided(
            settings.imap.max_connections,
            settings.smtp.max_connections,
            POOL + STREAMS + SHAKING if settings.console.listen is not None else 0,
        )
        self.ports: dict[str, int] = {}  # door → port, of those that are open

    async def open_imap(self, sign_in: Accounts, front: Front) -> None:
        settings = self._settings.imap
        doors = {"imap-tls": settings.tls, "imap-starttls": settings.starttls}
        options = imap_options.Options(
            language=self._settings.server.language,
            login_s=settings.login_s,
            idle_s=settings.idle_s,
            connections=self._places.imap,
            connections_per_address=settings.max_connections_per_address,
            compress=settings.compress,
            limits=Limits(append=settings.max_message_bytes),
            spool=spool,
        )
        from twisted.internet import reactor  # noqa: PLC0415 - runtime has installed it by now

        listening = await imap_server.listen(
            [
                imap_options.ListenAddress(at.host, at.port, name == "imap-tls")
                for name, at in doors.items()
                if at is not None
            ],
            sign_in=sign_in,
            front=front,
            tls=self.certificate,
            reactor=reactor,
            options=options,
            meter=imap_options.Meter(
                command=lambda n, o, s: self._metrics.command("imap", n, o, s),
                sessions=lambda by: self._metrics.sessions("imap", by),
                turned_away=partial(self._turned_away.at, "imap"),
            ),
        )
        self._note_ports(doors, listening.ports)
        self._lifetime.closing("imap", listening.close)

    async def open_smtp(self, sign_in: Accounts, submission: Submission, clock: Clock) -> None:
        settings = self._settings.smtp
        doors = {"smtp-tls": settings.tls, "smtp-starttls": settings.starttls}
        options = smtp_options.Options(
            language=self._settings.server.language,
            hostname=self._settings.server.hostname,
            max_message_bytes=settings.max_message_bytes,
            max_recipients=settings.max_recipients,
            connections=self._places.smtp,
            connections_per_address=settings.max_connections_per_address,
            idle_s=settings.idle_s,
        )
        ports, server = await smtp_server.listen(
            [
                smtp_options.ListenAddress(at.host, at.port, name == "smtp-tls")
                for name, at in doors.items()
                if at is not None
            ],
            sign_in=sign_in,
            submission=submission,
            tls=self.certificate.smtp if self.certificate else None,
            clock=clock,
            options=options,
            meter=smtp_options.Meter(
                command=lambda n, o, s: self._metrics.command("smtp", n, o, s),
                sessions=lambda by: self._metrics.sessions("smtp", by),
                turned_away=partial(self._turned_away.at, "smtp"),
            ),
        )
        self._note_ports(doors, ports)
        self._lifetime.closing("smtp", server.close)

    async def open_http(self, checks: Checks, pages: ClientPages) -> None:
        at = self._settings.http.listen
        if at is None:
            return
        self.ports["http"], close = await serve_http(
            at.host,
            at.port,
            checks,
            pages,
            names=[self._settings.server.hostname],
            turned_away=partial(self._turned_away.at, "http"),
        )
        self._lifetime.closing("http", close)

    async def open_console(
        self, services: Callable[[str], ConsoleServices], api: ApiServices
    ) -> None:
        """``services``: of a console by the address that people type. Raises BadInput for settings
        that ``proxyd check`` refuses.
        """
        at = self._settings.console.listen
        if at is None:
            return
        turned_away = partial(self._turned_away.at, "console")
        handshakes = None
        if self.certificate is not None and not at.loopback:
            handshakes = Handshakes(self.certificate.smtp, turned_away)

        rates = rates_of(self._settings.console.api_requests_per_s)
        where = console_place(self._settings, at.port)  # but for the port: whose word is taken

        def console(port: int) -> Console:
            place = console_place(self._settings, port)
            return Console(services(place.origin), place, api=Api(api, place, rates))

        self.ports["console"], close = await serve_application(
            console,
            at.host,
            at.port,
            browser_protocol(turned_away, for_many=where.is_proxy),
            backlog=BACKLOG,
            handshakes=handshakes,
        )
        self._lifetime.closing("console", close)

    def _certificate(self) -> Certificate | None:
        files = self._settings.tls
        if files.certificate is None or files.key is None:
            return None
        return Certificate(files.certificate, files.key, self._metrics.certificate)

    async def follow_certificate(self) -> None:
        """Never ends. A renewed one is served from the next look on."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.look_again()

    def look_again(self) -> None:
        if self.certificate is not None:
            self.certificate.follow()

    def _note_ports(self, doors: dict[str, Listen | None], ports: list[int]) -> None:
        names = [name for name, at in doors.items() if at is not None]
        self.ports.update(zip(names, ports, strict=True))
