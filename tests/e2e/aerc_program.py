"""aerc on a terminal of its own, signed in as Anna, in a folder."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.programs import Terminal

ACCOUNT = """\
[office]
source = imaps://anna:{password}@localhost:{port}
default = {folder}
from = Support <support@example.test>
"""
HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")


def aerc(
    home: Path, proxy: Installation, folder: str, *, settings: str = "", rows: int = 40
) -> Terminal:
    """All its files are below ``home``."""
    files = home / "aerc"
    files.mkdir(parents=True)
    if settings:
        (files / "aerc.conf").write_text(settings)
    account = files / "accounts.conf"
    password, port = PASSWORD.replace(" ", "%20"), proxy.ports["imap-tls"]
    account.write_text(ACCOUNT.format(password=password, port=port, folder=folder))
    account.chmod(0o600)  # it refuses to read any other
    own = dict.fromkeys(HOMES, str(home)) | {"SSL_CERT_FILE": str(proxy.certificates.ca)}
    return Terminal(["aerc"], own, rows=rows)
