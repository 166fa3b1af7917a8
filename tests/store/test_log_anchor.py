"""The anchor's file (store/log_anchor.py)."""

from __future__ import annotations

import stat

import pytest

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.store.log_anchor import AnchorFile

ONE = Anchor(12, bytes(range(32)))


def test_written_and_read(tmp_path):
    file = AnchorFile(tmp_path / "log-head")
    assert file.read() is None
    file.write(ONE)
    assert file.read() == ONE
    assert (tmp_path / "log-head").read_text() == f"12 {bytes(range(32)).hex()}\n"
    assert stat.S_IMODE((tmp_path / "log-head").stat().st_mode) == 0o600
    file.write(Anchor(13, bytes(32)))
    assert file.read() == Anchor(13, bytes(32))
    assert [one.name for one in tmp_path.iterdir()] == ["log-head"]


@pytest.mark.parametrize(
    "text", ["", "12", "x " + "00" * 32, "12 00", "-1 " + "00" * 32, "1 2 3", "é", "12 zz"]
)
def test_what_is_no_anchor_is_said_with_its_file(tmp_path, text):
    (tmp_path / "log-head").write_text(text)
    with pytest.raises(StoreUnavailable, match="log-head"):
        AnchorFile(tmp_path / "log-head").read()


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        AnchorFile(tmp_path / "missing" / "log-head").write(ONE)
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        AnchorFile(tmp_path).read()
