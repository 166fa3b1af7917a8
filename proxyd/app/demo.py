"""``proxyd demo``: the real proxy in front of an embedded provider, ready to be tried.

Everything lies in one directory. With ``--data`` that directory stays, and a second run goes on
with the same ports, people and passwords, so that a mail client that was set up once keeps working.
"""

from __future__ import annotations

import asyncio
import json
import locale
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from proxyd.app.demo_people import people
from proxyd.app.demo_text import DemoUser, as_text
from proxyd.app.serve import Proxy, now_us
from proxyd.demo.certificate import Certificates, make_ca
from proxyd.demo.database import DataInUseError
from proxyd.demo.imap_server import DemoImap
from proxyd.demo.mails import rendered
from proxyd.demo.smtp_server import DemoSmtp
from proxyd.domain.errors import BadInput
from proxyd.domain.types import Origin, Right, Role
from proxyd.runtime import Lifetime
from proxyd.service.actor import Actor
from proxyd.service.admin.admin_input import generated_password
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.settings_file import load

HOST = "127.0.0.1"
ADDRESS = "support@example.test"
MAILBOX = "support"
PROVIDER_USER = "support"
FIRST_SYNC_S = 30.0  # a few dozen mails take a fraction of a second
POLL_S = 2  # the embedded provider costs nothing

DOORS = ("imap-tls", "imap-starttls", "smtp-tls", "smtp-starttls", "http", "console")


def _gone_with_us(directory: Path) -> subprocess.Popen[bytes]:
    """However we end (a second Ctrl-C, kill -9): whoever holds the other end of the pipe hears it.

    In a session of its own, where no Ctrl-C reaches it.
    """
    return subprocess.Popen(  # noqa: S603 - nothing in it is anybody's input
        ["/bin/sh", "-c", 'cat >/dev/null; rm -rf -- "$1"', "sh", str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


class Demo:
    def __init__(self, data: Path | None, language: str | None = None) -> None:
        """``data`` None: a temporary directory that goes with the demo. ``language`` None: that of
        the machine; a directory keeps the one that it began with.
        """
        self._wanted = language or machine_language()
        self._temporary = data is None
        self.data = Path(os.path.realpath(data or tempfile.mkdtemp(prefix="proxyd-demo-")))
        self._state_file = self.data / "demo.json"
        self._state: dict[str, Any] = {}
        self.config = self.data / "proxyd.toml"
        self.ca_file = self.data / "tls" / "ca.pem"
        self.folders: dict[str, str] = {}
        self._proxy: Proxy | None = None
        self._watcher: subprocess.Popen[bytes] | None = None  # as long as we hold it

    @property
    def ports(self) -> dict[str, int]:
        return {} if self._proxy is None else self._proxy.ports

    @property
    def language(self) -> str:
        return str(self._state["language"])

    def users(self) -> list[DemoUser]:
        passwords = self._state["passwords"]
        return [
            DemoUser(login, name, passwords[login], str(role))
            for login, name, role in people(self.language)
        ]

    # ------------------------------------------------------------------ starting

    def prepare(self) -> None:
        """Raises BadInput where nothing can be kept, before anything is started."""
        instead = "name a directory you may write to, or leave --data out to try it without"
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.data):
                pass
            if self._temporary:
                self._watcher = _gone_with_us(self.data)
            self._load_state()
        except (FileExistsError, NotADirectoryError):
            raise BadInput("--data", f"{self.data} is not a directory", instead) from None
        except OSError as error:
            problem = f"{self.data} can't be used ({error.strerror})"
            raise BadInput("--data", problem, instead) from None
        except ValueError:
            problem = f"{self._state_file} is damaged"
            raise BadInput("--data", problem, "remove that directory, or name another") from None

    async def start(self, lifetime: Lifetime) -> None:
        """After ``prepare``. Raises what Proxy.start raises."""
        if self._temporary:
            lifetime.closing("demo directory", self._remove)
        self._make_certificate()
        wanted = await self._start_provider(lifetime)
        self._write_config(self._free_again(self._state.get("ports", {})))
        self._proxy = proxy = Proxy(load(self.config, {}))
        await proxy.start(lifetime)
        await self._set_up(proxy, wanted)
        # The next run and every other command find this one by its configuration.
        self._state["ports"] = proxy.ports
        self._save_state()
        self._write_config(proxy.ports)
        await self._first_sync(proxy)
        await self._name_folders(proxy)

    async def _start_provider(self, lifetime: Lifetime) -> MailboxWishes:
        password = self._state["provider_password"]
        folder = self.data / "provider"
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            imap = DemoImap(folder / "mail.db", PROVIDER_USER, password)
        except DataInUseError:
            problem = f"a demo is running on {self.data} already"
            instead = "use that one, end it with Ctrl-C, or start another with: --data OTHER-DIR"
            raise BadInput("--data", problem, instead) from None
        imap_port = await imap.start(HOST)
        lifetime.closing("provider imap", imap.stop)
        smtp = DemoSmtp(folder, PROVIDER_USER, password, deliver=imap.deliver, mailbox=ADDRESS)
        smtp_port = await smtp.start(HOST)
        lifetime.closing("provider smtp", smtp.stop)
        imap.fill(rendered(now_us(), ADDRESS))
        return MailboxWishes(
            address=ADDRESS,
            imap=f"imap://{PROVIDER_USER}@{HOST}:{imap_port}",
            smtp=f"smtp://{PROVIDER_USER}@{HOST}:{smtp_port}",
        )

    async def _set_up(self, proxy: Proxy, wanted: MailboxWishes) -> None:
        by = Actor("demo", Origin("cli", client="proxyd demo"))
        password = self._state["provider_password"]
        names = {mailbox.name for mailbox in await proxy.mailbox_admin.all()}
        if MAILBOX in names:
            await proxy.mailbox_admin.change(MAILBOX, wanted, by=by)
        else:
            await proxy.mailbox_admin.add(
                MAILBOX, replace(wanted, language=self.language), password, by=by
            )
            if self.language == "ja":
                await proxy.mailbox_admin.set_policy(MAILBOX, {"zone": "Asia/Tokyo"}, by=by)
        known = {listed.account.login for listed in await proxy.account_admin.all()}
        for user in self.users():
            if user.login not in known:
                grants = {MAILBOX: Right.RESPOND} if user.role == Role.STAFF else {}
                await proxy.account_admin.add(
                    user.login,
                    user.name,
                    by=by,
                    role=Role(user.role),
                    grants=grants,
                    password=user.password,
                )

    async def _first_sync(self, proxy: Proxy) -> None:
        async with asyncio.timeout(FIRST_SYNC_S):
            await proxy.settled()
            for counter in proxy.rooms.counters().values():
                await counter.sync.first_round_done.wait()

    async def _name_folders(self, proxy: Proxy) -> None:
        """As a client types them, from the very tree that a client is shown."""
        account = next(a for a in proxy.accounts.all() if a.login == people(self.language)[0][0])
        mail = await proxy.front.enter(account, account.login, Origin("proxyd"))
        by_key = {entry.key: entry.name for entry in reversed(list(mail.tree()))}
        for key in proxy.settings.workflow.status_set.keys:
            self.folders[key] = by_key["status", key]
        self.folders["mine"] = by_key["assignee", str(account.id)]
        self.folders["unassigned"] = by_key["unassigned", ""]

    async def _remove(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)

    # ------------------------------------------------------------------ files

    def _load_state(self) -> None:
        """Raises ValueError for what ``_save_state`` did not write."""
        if self._state_file.exists():
            self._state = json.loads(self._state_file.read_text())
            if not _is_state(self._state):
                raise ValueError("not a state of the demo")
            self._state.setdefault("language", "en")  # what people were called before
            return
        self._state = {
            "provider_password": secrets.token_urlsafe(24),
            "passwords": {login: generated_password() for login, _, _ in people(self._wanted)},
            "language": self._wanted,
        }
        self._save_state()

    def _save_state(self) -> None:
        """Durable and whole at every instant; it holds passwords."""
        temporary = self._state_file.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as stream:
            json.dump(self._state, stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(self._state_file)

    def _make_certificate(self) -> Certificates:
        folder = self.data / "tls"
        if self.ca_file.exists():
            return Certificates(self.ca_file, folder / "server.pem", folder / "server.key")
        return make_ca(folder)

    def _free_again(self, ports: dict[str, int]) -> dict[str, int]:
        """The last run's ports, where nobody else has taken them meanwhile."""
        return {name: port for name, port in ports.items() if _is_free(port)}

    def _write_config(self, ports: dict[str, int]) -> None:
        at = {name: f'"{HOST}:{ports.get(name, 0)}"' for name in DOORS}
        tls = self.data / "tls"
        self.config.write_text(
            "# Made by `proxyd demo`.\n"
            f'[server]\nhostname = "localhost"\nlanguage = "{self.language}"\n'
            f"data_dir = {_toml(self.data / 'state')}\n"
            f"[imap]\ntls = {at['imap-tls']}\nstarttls = {at['imap-starttls']}\n"
            f"[smtp]\ntls = {at['smtp-tls']}\nstarttls = {at['smtp-starttls']}\n"
            f"[http]\nlisten = {at['http']}\n"
            f"[console]\nlisten = {at['console']}\n"
            f"[tls]\ncertificate = {_toml(tls / 'server.pem')}\nkey = {_toml(tls / 'server.key')}\n"
            f"[upstream]\npoll_s = {POLL_S}\n"
        )

    # ------------------------------------------------------------------ what it says

    def as_json(self) -> str:
        """One line for scripts."""
        ports = self.ports
        facts = {
            "host": HOST,
            "imap": {"tls": ports["imap-tls"], "starttls": ports["imap-starttls"]},
            "smtp": {"tls": ports["smtp-tls"], "starttls": ports["smtp-starttls"]},
            "http": ports["http"],
            "console": f"http://localhost:{ports['console']}",
            "ca_file": str(self.ca_file),
            "config": str(self.config),
            "mailbox": {"name": MAILBOX, "address": ADDRESS},
            "folders": self.folders,
            "users": [
                {"login": u.login, "name": u.name, "password": u.password, "role": u.role}
                for u in self.users()
            ],
        }
        return json.dumps(facts, ensure_ascii=False) + "\n"

    def as_text(self) -> str:
        return as_text(
            self.language,
            self.folders,
            self.users(),
            address=ADDRESS,
            short=f"{self.users()[0].login}:{self.users()[0].password}",
            ca_file=self.ca_file,
            config=self.config,
            proxyd=_command(),
            **{name.replace("-", "_"): port for name, port in self.ports.items()},
        )


def _is_state(value: object) -> bool:
    match value:
        case {"provider_password": str(), "passwords": dict() as passwords, **others}:
            known = people(str(others.get("language", "en")))
            return {login for login, _, _ in known} <= passwords.keys()
    return False


def _toml(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)  # a JSON string is a TOML basic string


def machine_language() -> str:
    """Japanese folders and sentences for somebody whose machine speaks Japanese."""
    words = (os.environ.get("LC_ALL"), os.environ.get("LANG"), locale.getlocale()[0])
    return "ja" if next((word for word in words if word), "").lower().startswith("ja") else "en"


def _command() -> str:
    """How to call this very program: by name where the shell would find it, else by its path."""
    found = shutil.which("proxyd")
    same = found is not None and Path(found).resolve() == Path(sys.argv[0]).resolve()
    return "proxyd" if same else os.path.relpath(sys.argv[0])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
