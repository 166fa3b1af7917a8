"""How many connections the doors may have with the descriptors that this process is allowed.

The store, the providers, the cache and the log come first: for them ``RESERVED`` are kept back.
"""

from __future__ import annotations

import logging
import resource
from dataclasses import dataclass

_log = logging.getLogger(__name__)

# Loop, doors, database and its readers, cache, three lines to each of some providers, the log.
RESERVED = 48
# A mail client's connection and the file that its upload goes to.
FOR_IMAP = 2
FEWEST = 4  # of each door, whatever the limit: less is no service


@dataclass(frozen=True, slots=True)
class Places:
    imap: int
    smtp: int


def places(imap: int, smtp: int, limit: int, reserved: int = RESERVED) -> Places:
    """As many as are wanted, or in proportion what ``limit`` descriptors leave."""
    wanted = FOR_IMAP * imap + smtp
    left = limit - reserved
    if wanted <= left:
        return Places(imap, smtp)
    share = max(left, 0) / wanted
    return Places(
        min(imap, max(int(imap * share), FEWEST)), min(smtp, max(int(smtp * share), FEWEST))
    )


def provided(imap: int, smtp: int, browsers: int = 0) -> Places:
    """Raises the process's own limit as far as it may be; says so where that is not enough.
    ``browsers``: connections that the console may have, where it is on.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reserved = RESERVED + browsers
    wanted = FOR_IMAP * imap + smtp + reserved
    if soft < wanted and soft != resource.RLIM_INFINITY:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
        soft = max(soft, most)
    given = places(imap, smtp, wanted if soft == resource.RLIM_INFINITY else soft, reserved)
    if given != Places(imap, smtp):
        _log.warning(
            "%d open files are allowed: %d connections of mail clients instead of %d, %d for"
            " sending instead of %d (raise LimitNOFILE to %d)",
            *(soft, given.imap, imap, given.smtp, smtp, wanted),
        )
    return given
