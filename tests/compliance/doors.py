"""A Dovecot and a proxyd in front of it, both on free ports of 127.0.0.1."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.installation import PASSWORD, Installation
from tests.servers.certificates import make_ca
from tests.servers.dovecot import Dovecot

ALONE = "direct@example.test"  # a mailbox that no proxy watches
UPSTREAM = "upstream secret"


@dataclass(frozen=True, slots=True)
class Door:
    """Where ImapTest signs in."""

    port: int
    user: str
    password: str

    @property
    def words(self) -> list[str]:
        """As ImapTest wants them."""
        return [f"port={self.port}", f"user={self.user}", f"pass={self.password}"]


@contextmanager
def two_doors(directory: Path) -> Iterator[tuple[Door, Door, Installation]]:
    """Dovecot's own, proxyd's, and proxyd."""
    for part in ("tls", "proxy"):
        (directory / part).mkdir()
    certificates = make_ca(directory / "tls")
    users = {"support@example.test": UPSTREAM, ALONE: UPSTREAM}
    with Dovecot(certificates=certificates, users=users) as dovecot:
        proxy = Installation(directory / "proxy", certificates)
        proxy.set_up(dovecot, "smtps://nobody%40example.test@127.0.0.1:1", dovecot.password)
        proxy.add_person("mara", "Mara", "support:manage")
        proxy.start()
        try:
            proxy.wait_synced(0)
            directly = Door(dovecot.plain_port, ALONE, UPSTREAM)
            yield directly, Door(proxy.ports["imap-starttls"], "mara", PASSWORD), proxy
        finally:
            proxy.close()


def require_program(parser: argparse.ArgumentParser, program: str) -> None:
    """Exit code 2 where there is none."""
    if shutil.which(program) is None:
        parser.error(f"{program}: no such program; give ImapTest's: IMAPTEST=…/imaptest")
