"""``python turned.py run …``: proxyd that looks at its clock all the time, because a test turns it.

Who is left alone looks once in a minute whether somebody has set the machine's clock.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from proxyd import cli
from proxyd.service.mailbox import deadlines
from proxyd.service.reminders import reminders

LOOKS_S = 0.1

if __name__ == "__main__":
    deadlines.LOOKS_S = reminders.LOOKS_S = LOOKS_S
    cli.main()
