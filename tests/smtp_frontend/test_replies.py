"""Every sentence: one line, plain, in both languages."""

from __future__ import annotations

import string

import pytest

from smtp_frontend.replies import _REPLIES, LINE_MAX, reply


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("key", _REPLIES)
def test_every_reply_is_one_short_line(key, language):
    codes, english, japanese = _REPLIES[key]
    names = {name for text in (codes, english, japanese) for _, name, _, _ in _fields(text) if name}
    line = reply(key, language, **dict.fromkeys(names, "550 5.0.0" if names == {"codes"} else "x"))
    assert "\n" not in line
    assert "{" not in line
    assert len(line.encode()) <= LINE_MAX
    assert not line.endswith(".") or key == "go-ahead-data"
    if not japanese.isascii():
        assert line.endswith("。") or language == "en"
    assert line[:3].isdigit() or "codes" in names


def _fields(text: str):
    return string.Formatter().parse(text)
