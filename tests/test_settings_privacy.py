"""What others can read or exchange is found before anything is served from it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proxyd.settings import ServerSettings, Settings
from proxyd.settings_privacy import open_to_others


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    names = ("proxyd.db", "proxyd.db-wal", "proxyd.db-shm", "running.lock", "log-head")
    for name in (*names, "master.key"):
        (data / name).touch(mode=0o600)
    (data / "cache").mkdir(mode=0o700)
    return Settings(server=ServerSettings(data_dir=data))


def test_what_is_private_is_left_alone(settings: Settings) -> None:
    assert list(open_to_others(settings)) == []


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        (".", "chmod 700"),
        ("cache", "chmod 700"),
        ("proxyd.db", "chmod 600"),
        ("proxyd.db-wal", "chmod 600"),
        ("proxyd.db-shm", "chmod 600"),
        ("running.lock", "chmod 600"),
        ("log-head", "chmod 600"),
    ],
)
@pytest.mark.parametrize("bits", [0o040, 0o004, 0o002])
def test_what_is_open(settings: Settings, name: str, remedy: str, bits: int) -> None:
    path = settings.data_dir / name
    path.chmod(path.stat().st_mode | bits)
    found = list(open_to_others(settings))
    assert [(str(path) in what, do) for _, what, do in found] == [(True, f"run: {remedy} {path}")]


@pytest.mark.parametrize(
    "name", ["proxyd.db", "proxyd.db-wal", "log-head", "running.lock", "cache"]
)
@pytest.mark.parametrize("taken", [0o200, 0o400, 0o600])
def test_what_its_owner_can_not_use(settings: Settings, name: str, taken: int) -> None:
    path = settings.data_dir / name
    mode = path.stat().st_mode & 0o777
    path.chmod(mode & ~taken)
    ((_, what, do),) = open_to_others(settings)
    assert what == f"{path} can't be read and written by its owner"
    assert do == f"run: chmod {mode:o} {path}"


def test_a_directory_where_the_database_should_be(settings: Settings) -> None:
    path = settings.data_dir / "proxyd.db"
    path.unlink()
    path.mkdir()
    ((key, what, _),) = open_to_others(settings)
    assert (key, what) == ("store.path", f"{path} is not a file")


@pytest.mark.parametrize("name", ["proxyd.db", "cache", "log-head", "master.key"])
def test_a_symbolic_link(settings: Settings, tmp_path: Path, name: str) -> None:
    path = settings.data_dir / name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    ((_, what, _),) = open_to_others(settings)
    assert what == f"{path} is a symbolic link"


def test_a_directory_above_that_others_can_write(settings: Settings, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    ((_, what, do),) = open_to_others(settings)
    assert what == f"{tmp_path} can be written by others" and do == f"run: chmod go-w {tmp_path}"
    tmp_path.chmod(0o1777)  # as /tmp is: nobody else may rename what is ours
    assert list(open_to_others(settings)) == []


def test_another_owner(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4711)
    assert {what.split(" belongs")[1] for _, what, _ in open_to_others(settings)} == {
        " to another user"
    }
