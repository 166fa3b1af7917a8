"""Debian's Postfix as a relay to one server: what the submission door is compared with.

Unpacked beside the system, once, and run from there with a queue of its own, on a loopback port.
It must be started as root; its daemons then run as the accounts below, which every Debian has.
It is stopped by the process id of its master.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from tests.bench.client import waiting_for
from tests.servers import unpacked
from tests.servers.ports import free_ports

PLACE = Path("/var/cache/proxyd-test-servers/postfix")
OWNER, GROUP = "news", "uucp"  # Postfix wants an account and a group which nobody else uses
START_S = 10.0
STOP_S = 10.0

MAIN = """
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {directory}/data
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {directory}
mail_owner = {owner}
setgid_group = {group}
import_environment = LD_LIBRARY_PATH MAIL_CONFIG SASL_PATH
maillog_file_prefixes = {directory}
maillog_file = {directory}/postfix.log
myhostname = localhost
mydestination =
local_recipient_maps =
local_transport = error:nobody lives here
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtputf8_enable = no
relayhost = [127.0.0.1]:{relay}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtp_tls_wrappermode = {tls}
smtp_tls_security_level = {level}
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = inline:{{{{ [127.0.0.1]:{relay} = {user}:{password} }}}}
smtp_sasl_security_options = noanonymous
smtp_tls_connection_reuse = yes
smtp_connection_cache_on_demand = yes
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
tlsproxy  unix  - - n - 0 tlsproxy
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def why_not() -> str | None:
    """Why Postfix can't run here; None where it can."""
    if os.geteuid() != 0:
        return "Postfix starts as root only"
    if not (PLACE / "complete").exists():
        return _unpacked()
    return None


def _unpacked() -> str | None:
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    done = subprocess.run(
        "apt-get -q download postfix && dpkg-deb -x postfix_*.deb root && rm postfix_*.deb",
        shell=True, cwd=PLACE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return f"no package: {done.stderr.strip()[-200:]}"
    (PLACE / "complete").touch()
    return None


class Postfix:
    """Takes mail from this machine and gives it to the server on ``relay``, over TLS or not."""

    def __init__(self, directory: Path, relay: int, user: str, password: str, *, tls: bool) -> None:
        self.port = free_ports(1)[0]
        self._directory = directory / "postfix"
        self._process: subprocess.Popen[bytes] | None = None
        root = PLACE / "root"
        self._master = root / "usr/lib/postfix/sbin/master"
        environment = unpacked.environment()
        libraries = f"{root}/usr/lib/postfix:{environment['LD_LIBRARY_PATH']}"
        self._environment = {**environment, "LD_LIBRARY_PATH": libraries}
        self._lay_out()
        facts = {
            "directory": self._directory, "queue": self._directory / "queue", "root": root,
            "owner": OWNER, "group": GROUP, "relay": relay, "user": user, "password": password,
            "tls": "yes" if tls else "no", "level": "encrypt" if tls else "none",
        }  # fmt: skip
        (self._directory / "main.cf").write_text(MAIN.format(**facts))
        (self._directory / "master.cf").write_text(MASTER.format(port=self.port))

    def __enter__(self) -> Postfix:
        command = ["setpriv", "--pdeathsig", "TERM", str(self._master)]
        self._process = subprocess.Popen(
            [*command, "-d", "-c", str(self._directory)],
            env={**self._environment, "MAIL_CONFIG": str(self._directory)},
            stdin=subprocess.DEVNULL,
        )
        if not waiting_for(self.port, START_S):
            raise RuntimeError(f"Postfix does not start:\n{self.log()}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log(self) -> str:
        path = self._directory / "postfix.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _lay_out(self) -> None:
        self._directory.mkdir(mode=0o755)
        queue, data = self._directory / "queue", self._directory / "data"
        queue.mkdir(mode=0o755)
        data.mkdir(mode=0o700)
        shutil.chown(data, OWNER)
        for part in (
            "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
            "private", "saved", "trace",
        ):  # fmt: skip
            (queue / part).mkdir(mode=0o700)
            shutil.chown(queue / part, OWNER)
        (queue / "pid").mkdir(mode=0o755)
        for part, mode in (("public", 0o710), ("maildrop", 0o730)):
            (queue / part).mkdir()
            shutil.chown(queue / part, OWNER, GROUP)
            (queue / part).chmod(mode)
