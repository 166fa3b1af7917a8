"""Tags made by hand, as clients write them."""

from __future__ import annotations

import pytest

from proxyd.domain.workflow import SHIPPED, StatusWord, in_our_words
from proxyd.imapwire.mutf7 import encode


def as_thunderbird(name: str) -> str:
    """Its key of a tag: the octets of what is not ASCII, spaces as underscores, lower case."""
    octets = name.replace(" ", "_").encode()
    return "".join(chr(o) if o < 128 else f"={o:02x}" for o in octets).lower()


@pytest.mark.parametrize("word", SHIPPED.words, ids=lambda word: word.key)
def test_a_tag_that_is_called_as_a_status_is_that_status(word: StatusWord) -> None:
    for name in (word.ja, word.en):
        for keyword in (as_thunderbird(name), as_thunderbird(name).upper()):
            assert in_our_words([keyword], SHIPPED) == (f"$status-{word.key}",)


@pytest.mark.parametrize("word", SHIPPED.words, ids=lambda word: word.key)
def test_in_other_ways_of_writing(word: StatusWord) -> None:
    seven_bit = encode(word.ja).decode("ascii")
    for keyword in (seven_bit, seven_bit.lower(), word.ja):
        assert in_our_words([keyword], SHIPPED) == (f"$status-{word.key}",)


@pytest.mark.parametrize(
    "flag",
    ["\\Seen", "$label1", "=e5", "=ff=fe", "=", "done-by-me", "$Forwarded", "&-", "至急", "",
     as_thunderbird("対応済み?"), "$status-nothing", "$assignee-ben"],
)  # fmt: skip
def test_everything_else_stays(flag: str) -> None:
    assert in_our_words([flag], SHIPPED) == (flag,)
