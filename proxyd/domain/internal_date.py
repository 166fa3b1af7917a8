"""When a mail was received: INTERNALDATE, and what stands for it where a provider has none. Pure.

Some providers tell none, one that no calendar has, or the epoch. Taken at its word that mail would
have waited since 1970. What is settled here when a mail is first seen is kept with it, so that a
client is told the same ever after (RFC 9051 §2.3.3).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

# For what is no date: older than all mail.
NO_DATE = " 1-Jan-1970 00:00:00 +0000"
_FORM = "%d-%b-%Y %H:%M:%S %z"  # RFC 9051 §9 date-time
_YEAR = slice(7, 11)  # of its 26 characters
# The epoch, by any zone, is a clock that was never set; no mailbox has mail of that year.
_NO_YEAR = "1970"
# A Date before that is a clock that began anew: FAT's is in 1980, some boards' in 1984.
_FIRST_SENT_US = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


def is_told(text: str) -> bool:
    """Whether ``text``, of 26 characters, is a date that a mail can have been received at."""
    return text[_YEAR] > _NO_YEAR


def received(told: str, sent_us: int | None, now_us: int) -> str | None:
    """What the provider has ``told``, else the mail's Date, else None: nobody knows."""
    if is_told(told):
        return told
    if sent_us is not None and _FIRST_SENT_US <= sent_us <= now_us:
        return internal_date(sent_us)
    return None


def internal_date(at_us: int) -> str:
    """In UTC, as it is told."""
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).strftime(_FORM)


# A conversation may have thousands of mails, each of whose dates is compared with each answer's.
@lru_cache(maxsize=16_384)
def internal_date_us(text: str) -> int:
    """``17-Jul-1996 02:44:25 -0700`` in microseconds since the epoch; 0 where it is none."""
    try:
        return int(datetime.strptime(text.strip(), _FORM).timestamp() * 1_000_000)
    except ValueError:
        return 0
