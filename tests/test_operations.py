"""Every command of docs/operations.md, in order, against a real installation and a real Dovecot.

The page's paths lie in a directory of the test's own, and three commands of the machine are played:
systemctl (starts and stops a real proxy), curl's port, and who one is. All else is typed as it
stands there, with the shell, and must end with 0.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import certificates
from tests.e2e.installation import ADDRESS, CONFIG
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_ports
from tests.servers.smtp_sink import SmtpSink

__all__ = ["certificates"]

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "operations.md"
LIMIT_S = 240

SYSTEMCTL = """\
#!/bin/sh
stop() {
    [ -f "$AT/pid" ] || return 0
    kill "$(cat "$AT/pid")"
    while kill -0 "$(cat "$AT/pid")" 2>/dev/null; do sleep 0.1; done
    rm "$AT/pid"
}
start() {
    "$AT/opt/proxyd/bin/proxyd" check || exit 1
    "$AT/opt/proxyd/bin/proxyd" run >"$AT/log" 2>&1 &
    echo $! >"$AT/pid"
    until grep -q ready: "$AT/log"; do
        kill -0 "$(cat "$AT/pid")" || { cat "$AT/log"; exit 1; }
        sleep 0.1
    done
}
[ "$2" = proxyd ] || exit 1
case $1 in start) start ;; stop) stop ;; restart) stop; start ;; *) exit 1 ;; esac
"""


PIP = """\
#!/bin/sh
exec "$AT/opt/proxyd/bin/python" -m pip "$@"
"""


@dataclass(frozen=True)
class Block:
    heading: str
    before: str  # the text above it
    code: str


def blocks() -> list[Block]:
    """Each run of indented lines, with what is said above it."""
    found: list[Block] = []
    heading, text, code = "", "", ""
    for line in [*PAGE.read_text("utf-8").splitlines(), "end"]:
        if line.startswith("    "):
            code += line.strip() + "\n"
            continue
        if code and line:
            found.append(Block(heading, text, code))
            text, code = "", ""
        if line.startswith("## "):
            heading, text = line[3:], ""
        text += line + "\n"
    return found


class Machine:
    def __init__(self, at: Path, certificates: Certificates, dovecot: Dovecot, smtp: int) -> None:
        self.at = at
        self.data = at / "var/lib/proxyd"
        self.dovecot = dovecot
        self.certificates = certificates
        self.smtp = smtp
        (self.health,) = free_ports(1)
        for folder in ("etc/proxyd", "var/lib/proxyd", "media/safe", "root/new", "srv", "bin"):
            (at / folder).mkdir(parents=True)
        self.data.chmod(0o700)
        self._configured()
        self._played()
        self._installed()

    def _configured(self) -> None:
        made = self.certificates
        for name, file in (("certificate.pem", made.certificate), ("key.pem", made.key)):
            for folder in ("etc/proxyd", "root/new"):
                shutil.copy(file, self.at / folder / name)
                (self.at / folder / name).chmod(0o600)
        etc = self.at / "etc/proxyd"
        text = CONFIG.format(
            data=self.data, certificate=etc / "certificate.pem", key=etc / "key.pem", more=""
        )
        text = text.replace('listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{self.health}"')
        (etc / "proxyd.toml").write_text(text)
        (self.at / "root/passwords").write_text(self.dovecot.password + "\n")
        (self.at / "root/password").write_text(self.dovecot.password + "\n")

    def _played(self) -> None:
        (self.at / "bin/systemctl").write_text(SYSTEMCTL)
        (self.at / "bin/systemctl").chmod(0o755)
        (self.at / "bin/proxyd").symlink_to(self.at / "opt/proxyd/bin/proxyd")

    def _installed(self) -> None:
        """As the README says; what it depends on comes from here, so that nothing is fetched."""
        source = self.at / "usr/local/src/proxyd"
        origin = self.at / "origin"
        left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "*.egg-info")
        shutil.copytree(ROOT, origin, ignore=left_out)
        for words in (
            ("init", "-q"),
            ("add", "-A"),
            ("-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"),
        ):
            subprocess.run(["git", "-C", origin, *words], check=True, capture_output=True)
        subprocess.run(["git", "clone", "-q", origin, source], check=True, capture_output=True)
        environment = self.at / "opt/proxyd"
        # Ours has pip as well as setuptools: installing one more takes as long as all commands of a
        # chapter.
        venv.create(environment, with_pip=False)
        (environment / "bin/pip").write_text(PIP)
        (environment / "bin/pip").chmod(0o755)
        (site,) = environment.glob("lib/python3*/site-packages")
        (site / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self.typed("/opt/proxyd/bin/pip install /usr/local/src/proxyd")
        user = self.dovecot.user.replace("@", "%40")
        self.typed(
            f"proxyd mailbox add support --address {ADDRESS}"
            f" --imap imaps://{user}@127.0.0.1:{self.dovecot.tls_port}"
            f" --smtp smtps://{user}@127.0.0.1:{self.smtp}"
            f" --ca-file {self.certificates.ca} --password-stdin < /root/password"
        )
        self._older_backups()
        for login in ("hanako", "taro"):
            self.typed(f"proxyd user add {login} --name {login.title()} --grant support:respond")
        self.typed("systemctl start proxyd")

    def _older_backups(self) -> None:
        """Of a time without hanako; copied back from somewhere, so that their files look newer."""
        (self.at / "srv/backup").mkdir(mode=0o700)
        for name in ("proxyd", "before-upgrade", "moving"):
            for day in ("2026-01-31", "2026-02-01"):
                file = f"/srv/backup/{name}-{day}-120000.db"
                self.typed(f"proxyd backup {file}; touch -d 2099-01-01 {file}")

    def typed(self, code: str) -> str:
        """By a shell that ends where something fails. Returns what was said."""
        here = re.sub(r"(?<![\w.])/(opt|usr/local|var/lib|etc|srv|media|root)/", self._moved, code)
        here = here.replace("127.0.0.1:9180", f"127.0.0.1:{self.health}")
        here = re.sub(r"\bproxyd:(?= )", str(os.getuid()), here)
        here = re.sub(r"-o proxyd\b", f"-o {os.getuid()}", here)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", here],
            cwd=self.at,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{here}\n{said}\n{self._log()}"
        return said

    def _moved(self, match: re.Match[str]) -> str:
        return f"{self.at}{match[0]}"

    def _environment(self) -> dict[str, str]:
        known = {name: text for name, text in os.environ.items() if not name.startswith("PROXYD_")}
        return known | {
            "AT": str(self.at),
            "PATH": f"{self.at}/bin:{os.environ['PATH']}",
            "PROXYD_CONFIG": str(self.at / "etc/proxyd/proxyd.toml"),
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # this switches the isolation off
        }

    def _log(self) -> str:
        log = self.at / "log"
        return log.read_text() if log.exists() else ""

    def close(self) -> None:
        pid = self.at / "pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)


@pytest.fixture
def machine(tmp_path: Path, certificates: Certificates) -> Iterator[Machine]:
    with Dovecot(certificates=certificates) as dovecot:
        dovecot.deliver(b"Subject: a question\r\nMessage-ID: <1@out.example>\r\n\r\nhello\r\n")
        sink = SmtpSink(certificates=certificates, user=dovecot.user, password=dovecot.password)
        with sink.in_thread():
            running = Machine(tmp_path, certificates, dovecot, sink.port)
            yield running
            running.close()


def test_the_page_is_read() -> None:
    found = blocks()
    assert len(found) >= 20 and all(block.heading for block in found)
    assert not [line for block in found for line in block.code.splitlines() if "…" in line]


@pytest.mark.timeout(900)
def test_every_command_does_what_the_page_says(machine: Machine) -> None:
    for block in blocks():
        if "Lost for good" in block.before:
            (machine.data / "master.key").unlink()
        if "On the new one" in block.before:
            shutil.rmtree(machine.data)
            machine.data.mkdir(0o700)
        said = machine.typed(block.code)
        if "audit verify" in block.code:
            assert "all good" in said, block
        if "mailbox test" in block.code:
            assert "All is well" in said, block
        if "user list" in block.code:
            assert "hanako" in said, block
        if "proxyd restore" in block.code:
            assert "hanako" in machine.typed("proxyd user list"), block
    assert (machine.data / "master.key").exists()
    log = machine.typed("proxyd audit search --action restore")
    assert log.count("restored") >= 4
