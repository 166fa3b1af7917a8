"""Languages that may be chosen on the command line."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    EN = "en"
    JA = "ja"
