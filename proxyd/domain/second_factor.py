"""What somebody shows besides the password, and how long the next try waits.

Pure. A code of six digits has a million values, of which three are good at a time: who has the
password may not try them as fast as this machine answers. A recovery code has 2^120 and needs no
pause, so that nobody is shut out by somebody else's tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CODE_DIGITS: Final = 6  # RFC 6238, as authenticator apps show them
STEP_S: Final = 30  # RFC 6238 §5.2
DRIFT_STEPS: Final = 1  # RFC 6238 §5.2: one step for the network and for clocks

RECOVERY_CODES: Final = 10
# Of 32 different ones: 120 bits. With 112 or more a plain digest is enough (OWASP ASVS 5.0, 6.5.2).
RECOVERY_CODE_CHARACTERS: Final = 24
LONGEST_TYPED: Final = 64  # with spaces and dashes; more is no code

FREE_TRIES: Final = 5
FIRST_PAUSE_S: Final = 30
# A day of tries at the longest pause: 96 of a million, three of which are good.
LONGEST_PAUSE_S: Final = 900


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What one person has. Times in microseconds since the epoch; None: no app is set up."""

    since_us: int | None = None
    recovery_codes: int = 0  # how many are left
    passkeys: int = 0

    @property
    def there(self) -> bool:
        return self.since_us is not None or self.passkeys > 0


def pause_s(failures: int) -> int:
    """Seconds after the last of so many wrong codes in a row in which none is looked at."""
    if failures < FREE_TRIES:
        return 0
    doubled = FIRST_PAUSE_S << min(failures - FREE_TRIES, 10)
    return min(doubled, LONGEST_PAUSE_S)


def as_code(typed: str) -> str:
    """The digits of an app's code as somebody typed it, also full-width ones; "" for none."""
    if len(typed) > LONGEST_TYPED:
        return ""
    bare = "".join(one for one in typed if not one.isspace() and one != "-")
    if len(bare) != CODE_DIGITS or not bare.isdecimal():
        return ""
    return "".join(str(int(one)) for one in bare)


_BASE32 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def as_recovery_code(typed: str) -> str:
    """A recovery code as it was made: upper case, without dashes; "" for what is none."""
    if len(typed) > LONGEST_TYPED:
        return ""
    bare = "".join(one for one in typed.upper() if not one.isspace() and one != "-")
    fits = len(bare) == RECOVERY_CODE_CHARACTERS and _BASE32.issuperset(bare)
    return bare if fits else ""


def shown_recovery_code(code: str) -> str:
    """In groups of four, as it is read off paper."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
