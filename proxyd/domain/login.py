"""What a login looks like."""

from __future__ import annotations

import re

# Logins become keywords ($assignee-<login>), so they keep to what an IMAP atom and every client
# take. 63: as a DNS label, and short enough for a keyword.
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
