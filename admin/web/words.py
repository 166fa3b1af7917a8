"""Every sentence of the pages, by key, in English and Japanese.

A key begins with the page that says it. What is put in is shown apart from the sentence (Unicode's
isolates), so that a name written from right to left turns nothing around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.mailboxes.words import MAILBOXES
from admin.web.people.words import PEOPLE
from admin.web.words_alarms import ALARMS
from admin.web.words_conversations import CONVERSATIONS
from admin.web.words_frame import FRAME
from admin.web.words_history import HISTORY
from admin.web.words_log import LOG
from admin.web.words_log_actions import LOG_ACTIONS
from admin.web.words_log_record import LOG_RECORD
from admin.web.words_me import ME
from admin.web.words_overview import OVERVIEW
from admin.web.words_passkey import PASSKEYS
from admin.web.words_record import RECORD
from admin.web.words_refusals import REFUSALS
from admin.web.words_reports import REPORTS
from admin.web.words_sends import SENDS
from admin.web.words_sends_areas import SENDS_AREAS
from admin.web.words_sign_in import SIGN_IN
from admin.web.words_sso import SSO

LANGUAGES: Final = ("en", "ja")
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    **FRAME,
    **SIGN_IN,
    **SSO,
    **ME,
    **PASSKEYS,
    **RECORD,
    **REFUSALS,
    **LOG,
    **LOG_ACTIONS,
    **LOG_RECORD,
    **ALARMS,
    **SENDS,
    **SENDS_AREAS,
    **PEOPLE,
    **OVERVIEW,
    **CONVERSATIONS,
    **HISTORY,
    **REPORTS,
    **MAILBOXES,
}

_ISOLATE, _END = "\u2068", "\u2069"


def said(language: str, key: str, **facts: object) -> str:
    """Raises KeyError for a key that there is not: a page that nobody has tried."""
    sentence = WORDS[key][LANGUAGES.index(language)]
    apart = {
        name: f"{_ISOLATE}{value}{_END}" if isinstance(value, str) else value
        for name, value in facts.items()
    }
    return sentence.format(**apart) if facts else sentence


def preferred(accepted: str, fallback: str) -> str:
    """Of the two, the one that the browser names first (Accept-Language); else ``fallback``."""
    for one in accepted.lower()[:200].split(","):
        tag = one.partition(";")[0].strip().partition("-")[0]
        if tag in LANGUAGES:
            return tag
    return fallback
