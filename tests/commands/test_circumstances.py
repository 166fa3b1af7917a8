"""Every command in every circumstance that a machine can be in: a sentence and an exit code, never
a traceback.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.test_cli import CONFIG

ROOT = Path(__file__).parents[2]
LIMIT_S = 200

# Each leaves things as they are, or does what may be done again.
COMMANDS = [
    ["check"],
    ["check", "--json"],
    ["mailbox", "list"],
    ["mailbox", "set", "support", "--seen", "shared"],
    ["mailbox", "status"],
    ["mailbox", "remove", "none", "--yes"],
    ["user", "list"],
    ["user", "rename", "hanako", "--name", "佐藤花子"],
    ["user", "away", "hanako", "--until", "2099-01-01"],
    ["user", "password", "hanako"],
    ["client-setup", "none", "--output", "kit"],
    ["conversation", "list"],
    ["audit", "search"],
    ["audit", "search", "--json"],
    ["audit", "export", "--format", "csv"],
    ["audit", "verify"],
    ["cache", "status"],
    ["cache", "clear"],
    ["secrets", "status"],
]
# These succeed without an installation.
ALWAYS = [["conf", "example"], ["--version"], ["--help"], ["mailbox", "add", "--help"]]
# These would go on, or change too much, where nothing is in the way.
ONLY_WHERE_IT_FAILS = [
    ["run"],
    ["user", "add", "ben", "--name", "Ben"],
    ["user", "remove", "hanako", "--yes"],
    ["secrets", "rotate", "--yes"],
    ["restore", "--in-place", "--yes"],
]


class Place:
    """An installation, and where commands are typed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.here = directory / "here"
        self.config = directory / "proxyd.toml"
        self.data = directory / "data"
        self.here.mkdir()
        self.config.write_text(CONFIG)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("PROXYD_")},
            "PYTHONPATH": str(ROOT),
            "PROXYD_CONFIG": str(self.config),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.before: list[str] = []
        for words, typed in (
            (["mailbox", "add", "support", "--address", "s@example.test", "--password-stdin",
              "--imap", "imaps://s@imap.example.test", "--smtp", "smtps://imap.example.test"], "x"),
            (["user", "add", "hanako", "--name", "佐藤花子", "--grant", "support:read"], ""),
        ):  # fmt: skip
            subprocess.run(
                [sys.executable, "-m", "proxyd.cli", *words],
                input=f"{typed}\n".encode(), check=True, env=self.environment,
                cwd=directory, capture_output=True, timeout=LIMIT_S,
            )  # fmt: skip

    def typed(self, commands: list[list[str]], circumstance: str) -> list[dict[str, object]]:
        results = self.directory / "results"
        program = [sys.executable, "-m", "tests.commands.forked", str(results), circumstance]
        subprocess.run(
            [*self.before, *program],
            input=json.dumps(commands).encode(), env=self.environment, cwd=self.here,
            timeout=LIMIT_S, check=True, capture_output=True,
        )  # fmt: skip
        lines = results.read_text("utf-8").splitlines()
        assert len(lines) == len(commands)
        return [json.loads(line) for line in lines]


def without_privileges() -> list[str]:
    """What makes root one whom modes and owners concern."""
    if os.geteuid() != 0:
        return []
    tool = shutil.which("setpriv")
    if tool is None:
        pytest.fail("util-linux' setpriv is needed to run this as root")
    return [tool, "--bounding-set=-all", "--inh-caps=-all", "--"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("made") / "made"
    directory.mkdir()
    Place(directory)
    return directory


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Iterator[Place]:
    copy = Place.__new__(Place)
    directory = tmp_path / "place"
    shutil.copytree(made, directory)
    copy.__dict__.update(
        directory=directory, here=directory / "here", config=directory / "proxyd.toml",
        data=directory / "data", before=[],
        environment={
            **{k: v for k, v in os.environ.items() if not k.startswith("PROXYD_")},
            "PYTHONPATH": str(ROOT), "PROXYD_CONFIG": str(directory / "proxyd.toml"),
            "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
        },
    )  # fmt: skip
    yield copy
    for path in (copy.here, copy.data, copy.config):
        if path.exists():
            path.chmod(0o700)


def check_sane(results: list[dict[str, object]]) -> None:
    for one in results:
        assert "Traceback" not in str(one["err"]), one
        assert "Exception ignored" not in str(one["err"]), one
        assert one["code"] in (0, 1, 2), one


def check_refused(results: list[dict[str, object]], *words: str) -> None:
    """With a sentence, which has one of these words."""
    check_sane(results)
    for one in results:
        said = str(one["err"]) + str(one["out"])
        assert one["code"] in (1, 2) and any(word in said for word in words), one


# ------------------------------------------------------------------ what is in the way


def config_unreadable(place: Place) -> None:
    place.before = without_privileges()
    place.config.chmod(0)


def data_of_another(place: Place) -> None:
    place.before = without_privileges()
    if os.geteuid() == 0:
        for path in (place.data, *place.data.rglob("*")):
            os.chown(path, 12345, 12345)
    else:
        place.data.chmod(0)


def no_data_and_none_can_be_made(place: Place) -> None:
    place.before = without_privileges()
    shutil.rmtree(place.data)
    place.config.write_text(CONFIG.replace('"data"', '"/proc/none/data"'))


def data_is_a_file(place: Place) -> None:
    shutil.rmtree(place.data)
    place.data.write_text("no directory")


def database_is_none(place: Place) -> None:
    for file in place.data.glob("proxyd.db*"):
        file.write_bytes(b"no database" * 100)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (config_unreadable, ("can't be read (Permission denied)",)),
        (data_of_another, ("can't be", "cannot be", "permission denied", "Permission denied")),
        (no_data_and_none_can_be_made, ("/proc/none/data",)),
        (data_is_a_file, ("data",)),
        (database_is_none, ("is not a database",)),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_what_is_in_the_way_is_named(
    place: Place, way: Callable[[Place], None], words: tuple[str, ...]
) -> None:
    way(place)
    commands = [*COMMANDS, *ONLY_WHERE_IT_FAILS]
    if way is database_is_none:  # nobody looks into it for these
        commands = [c for c in commands if c[0] not in ("check", "run", "restore")]
    if way in (no_data_and_none_can_be_made, data_is_a_file):
        commands.remove(["secrets", "status"])  # it tells of what is not there yet
    check_refused(place.typed(commands, ""), *words)
    assert all(one["code"] == 0 for one in place.typed(ALWAYS, ""))


def test_the_database_is_locked(place: Place) -> None:
    with closing(sqlite3.connect(place.data / "proxyd.db")) as holder:
        holder.execute("BEGIN IMMEDIATE")
        writing = [["user", "disable", "hanako"], ["audit", "search"]]
        check_refused(place.typed(writing, ""), "another process has been writing")


def test_the_disk_is_full(tmp_path: Path, made: Path, place: Place) -> None:
    """As the file system says it: a limit for the size of a file stands in for it."""
    prlimit = shutil.which("prlimit")
    assert prlimit is not None
    place.before = [prlimit, "--fsize=20000", "--"]
    results = place.typed([["user", "disable", "hanako"], ["audit", "search"]], "")
    check_refused(results, "disk")


# ------------------------------------------------------------------ what is not


def unreadable_here(place: Place) -> None:
    place.before = without_privileges()
    place.here.chmod(0o300)


def unreadable_file_here(place: Place) -> None:
    place.before = without_privileges()
    (place.here / "proxyd.toml").touch(0)


def nowhere(place: Place) -> None:
    """The directory we stand in was removed."""
    place.before = ["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh"]


def latin(place: Place) -> None:
    place.environment |= {"LC_ALL": "en_US.ISO-8859-1", "PYTHONIOENCODING": "iso-8859-1"}


def japanese(place: Place) -> None:
    place.environment |= {"LC_ALL": "ja_JP.eucJP", "PYTHONIOENCODING": "euc-jp"}


def ascii_only(place: Place) -> None:
    place.environment |= {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    "way",
    [unreadable_here, unreadable_file_here, nowhere, latin, japanese, ascii_only],
    ids=lambda one: one.__name__,
)
def test_what_does_not_matter(place: Place, way: Callable[[Place], None]) -> None:
    way(place)
    results = place.typed([*COMMANDS, *ALWAYS], "")
    check_sane(results)
    for one in results:
        assert one["code"] == (2 if "none" in str(one["words"]) else 0), one
    shown = "".join(str(one["out"]) for one in results if one["words"] == ["user", "list"])
    assert "佐藤花子" in shown


@pytest.mark.parametrize("circumstance", ["nobody reads", "closed streams"])
def test_nobody_reads(place: Place, circumstance: str) -> None:
    check_sane(place.typed([*COMMANDS, *ALWAYS], circumstance))


def test_output_on_a_full_disk(place: Place) -> None:
    results = place.typed([["user", "list"], ["audit", "export"], *ALWAYS], "output on a full disk")
    check_refused(results, "make room")


# ------------------------------------------------------------------ a file here that we can't read


def test_a_usual_file_that_cannot_be_read_is_passed_over_and_told_of(place: Place) -> None:
    place.before = without_privileges()
    (place.here / "proxyd.toml").touch(0)
    del place.environment["PROXYD_CONFIG"]
    (one,) = place.typed([["check"]], "")
    if not Path("/etc/proxyd/proxyd.toml").exists():
        assert one["code"] == 2 and "is passed over" in str(one["err"])
        assert "Permission denied" in str(one["err"])


# ------------------------------------------------------------------ what root makes


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files of root")
def test_what_root_makes_belongs_to_whose_directory_it_is(place: Place) -> None:
    shutil.rmtree(place.data)
    place.data.mkdir(0o700)
    os.chown(place.data, 12345, 12345)
    results = place.typed(
        [["user", "list"], ["cache", "clear"], ["backup", str(place.data / "saved")],
         ["restore", str(place.data / "saved"), "--yes"], ["restore", "--in-place", "--yes"],
         ["secrets", "rotate", "--yes"], ["audit", "verify"], ["run"]], "",
    )  # fmt: skip
    assert [one["code"] for one in results] == [0, 0, 0, 0, 0, 0, 0, 2], results
    assert "sudo -u 12345 proxyd run" in str(results[-1]["err"])
    for path in place.data.rglob("*"):
        assert path.lstat().st_uid == 12345, path
    (place.data / "notes of an admin").touch()
    assert place.typed([["check"]], "")[0]["code"] == 0
    os.chown(place.data / "running.lock", 0, 0)
    (one,) = place.typed([["check"]], "")
    assert one["code"] == 2 and f"run: chown -R 12345 {place.data}" in str(one["err"])
