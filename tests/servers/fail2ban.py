"""What the real ``fail2ban-regex`` makes of lines with the filter of ``conf/fail2ban``. It reads
them and does nothing; the server, which would change the firewall, is never started.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.patience import PATIENCE_S
from tests.servers.absent import needs

CONF = Path(__file__).parents[2] / "conf" / "fail2ban"


def banned(lines: Sequence[str], at: Path, options: str = "") -> list[str]:
    """The address of each line that it would count, in order. ``at``: a directory for a file."""
    needs("fail2ban-regex")
    log = at / "fail2ban-reads.log"
    log.write_text("".join(line + "\n" for line in lines), "utf-8")
    done = subprocess.run(
        ["fail2ban-regex", "-o", "ip", str(log), f"{CONF / 'filter.d/proxyd.conf'}{options}"],
        capture_output=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return done.stdout.decode().split()
