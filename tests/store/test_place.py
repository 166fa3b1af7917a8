"""Whether files lie where they lay, or were put there since (store/place.py)."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from proxyd.domain.errors import StoreUnavailable
from proxyd.store.place import PREFIX, DatabasePlace


def test_a_restart_finds_it_and_so_does_one_that_died_in_between(tmp_path):
    place = DatabasePlace(tmp_path)
    first = place.renew()
    second = place.renew()
    assert place.fits(first) and place.fits(second)
    place.tidy(second)
    assert not place.fits(first) and place.fits(second)


def test_owner_and_mode_may_change(tmp_path):
    place = DatabasePlace(tmp_path)
    mark = place.renew()
    file = next(tmp_path.glob(f"{PREFIX}*"))
    os.chmod(file, 0o640)
    os.utime(file, (0, 0))
    assert place.fits(mark)


@pytest.mark.parametrize("emptied", [True, False])
def test_put_back_after_another_start(tmp_path, emptied):
    here, saved = tmp_path / "here", tmp_path / "saved"
    here.mkdir()
    place = DatabasePlace(here)
    mark = place.renew()
    shutil.copytree(here, saved)
    place.tidy(place.renew())
    if emptied:
        shutil.rmtree(here)
    here.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", f"{saved}/.", str(here)], check=True)
    assert not place.fits(mark)


@pytest.mark.parametrize("mark", ["", "x", ".lives-here-", "../etc/passwd 1 1", f"{PREFIX}a 1 1"])
def test_what_is_no_mark(tmp_path, mark):
    assert not DatabasePlace(tmp_path).fits(mark)


def test_a_directory_that_is_gone(tmp_path):
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        DatabasePlace(tmp_path / "gone").renew()
