"""Tags that people made by hand and called as a status is called: they are that status.

Who makes a tag 対応済み never sees its keyword. Thunderbird makes it of the name's octets (``=e5=af
…``, in lower case), others write modified UTF-7 or the name as it is. Pure.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from proxyd.domain.workflow.words import STATUS_PREFIX, StatusSet

_OCTETS = re.compile(r"(?:=[0-9a-f]{2})+")


def in_our_words(flags: Iterable[str], statuses: StatusSet) -> tuple[str, ...]:
    """Keywords that read as the label of a status, in either language, as that status' keyword."""
    known = _keywords(statuses)
    return tuple(known.get(_read(flag), flag) for flag in flags)


@cache
def _keywords(statuses: StatusSet) -> dict[str, str]:
    """What a keyword may read as → the status' own. Of two with one label the first counts."""
    found: dict[str, str] = {}
    for word in statuses.words:
        for label in (word.en, word.ja):
            for form in (_plain(label), _seven_bit(label)):
                found.setdefault(form, STATUS_PREFIX + word.key)
    return found


def _read(flag: str) -> str:
    """The name that its keyword was made of, as far as that can be read back."""
    if "=" not in flag:
        return _plain(flag)
    try:
        return _plain(_OCTETS.sub(_octets, flag.lower()))
    except UnicodeDecodeError:
        return flag


def _octets(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("=", "")).decode("utf-8")


def _plain(name: str) -> str:
    """Full and half width, case, and the underscore that stands for a space are the same."""
    return unicodedata.normalize("NFKC", name).replace("_", " ").strip().lower()


def _seven_bit(label: str) -> str:
    """Modified UTF-7 (RFC 3501 §5.1.3) of a name without ASCII, in lower case as tags are."""
    octets = base64.b64encode(label.encode("utf-16-be")).decode("ascii").rstrip("=")
    return f"&{octets.replace('/', ',')}-".lower()
