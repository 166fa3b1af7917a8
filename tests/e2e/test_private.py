"""``proxyd run`` serves nothing that another user of the machine could read or exchange.

The command is started as it stands, and has to end by itself with exit code 2, the sentence that
``proxyd check`` says, and a remedy that can be typed as it is.
"""

from __future__ import annotations

import imaplib
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import Installation
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates

BAD_INPUT = 2


@pytest.fixture
def proxy(tmp_path: Path, certificates: Certificates) -> Iterator[Installation]:
    proxy = Installation(tmp_path, certificates)
    proxy.command("user", "list")  # makes the data directory, the key and the database
    yield proxy
    proxy.close()


def refused(proxy: Installation) -> str:
    """What ``proxyd run`` says when it ends; ``proxyd check`` says the same."""
    said = []
    for word in ("run", "check"):
        done = subprocess.run(
            [sys.executable, "-m", "proxyd.cli", word, "--config", str(proxy.config)],
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "500"},
        )
        assert done.returncode == BAD_INPUT, (word, done.stderr.decode())
        said.append(" ".join(done.stderr.decode().split()))
    sentence = re.search(r"(/\S+ (?:is open|is a symbolic|belongs|does not belong).*)", said[1])
    assert sentence and sentence[1] in said[0]
    return sentence[1]


def opened(name: str, bits: int) -> Callable[[Path], Path]:
    def act(data: Path) -> Path:
        (data / name).chmod((data / name).stat().st_mode | bits)
        return data / name

    return act


@pytest.mark.parametrize(
    "act",
    [
        opened(".", 0o055),  # as ``install -d`` makes it, and an earlier version did
        opened(".", 0o010),
        opened("proxyd.db", 0o044),
        opened("proxyd.db", 0o020),
        opened("master.key", 0o040),
        opened("master.key", 0o004),
    ],
    ids=["dir-755", "dir-710", "db-644", "db-620", "key-640", "key-604"],
)
def test_what_is_open_is_not_served_and_the_remedy_is_one_command(
    proxy: Installation, act: Callable[[Path], Path]
) -> None:
    path = act(proxy.directory / "data")
    said = refused(proxy)
    assert said.startswith(f"{path} is open to other users")
    remedy = shlex.split(re.search(r"run: (chmod \d+ \S+)", said)[1])  # type: ignore[index]
    subprocess.run(remedy, check=True)
    proxy.start()
    assert proxy.http("/healthz")[0] == 200


@pytest.mark.parametrize("name", [".", "proxyd.db", "master.key"])
def test_a_symbolic_link_is_not_followed(proxy: Installation, name: str) -> None:
    path = proxy.directory / "data" / name
    path.rename(proxy.directory / "elsewhere")
    path.symlink_to(proxy.directory / "elsewhere")
    assert refused(proxy).startswith(f"{path} is a symbolic link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", ["proxyd.db", "master.key"])
def test_a_strangers_file_is_not_served(proxy: Installation, name: str) -> None:
    path = proxy.directory / "data" / name
    os.chown(path, 4711, -1)
    assert refused(proxy).startswith(f"{path} does not belong to root")
    os.chown(path, 0, -1)
    proxy.start()


def test_all_files_are_private_whatever_the_umask(
    tmp_path: Path, certificates: Certificates
) -> None:
    proxy = Installation(tmp_path, certificates)
    before = os.umask(0)
    try:
        proxy.command("user", "list")
        proxy.start()
    finally:
        os.umask(before)
    try:
        data = tmp_path / "data"
        found = {path: path.lstat().st_mode for path in (data, *data.rglob("*"))}
        names = {path.name for path in found}
        assert {"proxyd.db", "proxyd.db-wal", "master.key", "running.lock", "cache"} <= names
        loose = {str(path): stat.filemode(mode) for path, mode in found.items() if mode & 0o077}
        assert not loose
        proxy.command("backup", str(tmp_path / "copy.db"))
        assert not (tmp_path / "copy.db").stat().st_mode & 0o077
    finally:
        proxy.close()


def test_nothing_is_written_that_the_page_does_not_name(proxy: Installation) -> None:
    """What is logged, and what else lies there, is what docs/security.md says."""
    page = (Path(__file__).parents[2] / "docs/security.md").read_text("utf-8")
    logged = page.partition("\n## What is logged\n")[2].partition("\n## ")[0]
    proxy.start()
    with pytest.raises(imaplib.IMAP4.error), proxy.imap("nobody", "nothing"):
        pass
    assert "refused" in {one["outcome"] for one in proxy.audit()}
    assert proxy.stop() == 0
    written = {path.relative_to(proxy.directory) for path in proxy.directory.iterdir()}
    ours = {Path("data"), Path("proxyd.toml"), Path("proxyd.log")}  # the last one: standard error
    assert written == ours
    found = [path.name for path in (proxy.directory / "data").iterdir()]
    names = {re.sub(r"^(\.lives-here-)\w+$", r"\1…", name) for name in found}
    assert {"proxyd.db", "master.key", "log-head"} <= names
    assert {n for n in names if f"`{n}`" not in logged and f"`{n}/`" not in logged} == set()
