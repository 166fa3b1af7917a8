"""What a spreadsheet would take for a formula gets an apostrophe in front."""

from __future__ import annotations

# A file begins with it, else Excel reads it in the machine's own character set, and 佐藤 turns to
# garbage.
MARK = "\ufeff"

# OWASP "CSV Injection". The full-width ones count in Japanese spreadsheets; white space before them
# is taken off by some.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_WHITE = ("\t", "\r", "\n")


def harmless(value: object) -> object:
    """For a cell of a CSV file; what is no text passes as it is."""
    if isinstance(value, str) and (value.startswith(_WHITE) or value.lstrip().startswith(_FORMULA)):
        return "'" + value
    return value
