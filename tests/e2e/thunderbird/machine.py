"""A machine of the company: Thunderbird's program with what an admin puts beside it.

Thunderbird looks for policies in ``distribution`` where its program lies, and that is no place for
tests. So it lies once more in a directory of their own: as links, and a copy of the one file from
which it tells where it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

PLACES = ("/usr/lib/thunderbird", "/usr/lib64/thunderbird", "/opt/thunderbird")
STARTED = "thunderbird-bin"


def machine(directory: Path, beside: Mapping[str, bytes]) -> Path:
    """The program. ``beside``: files by their names below ``distribution``."""
    found = [Path(place) for place in PLACES if (Path(place) / STARTED).exists()]
    assert found, f"no {STARTED} in {', '.join(PLACES)}"
    installed = found[0]
    place = directory / "program"
    place.mkdir()
    for file in installed.iterdir():
        if file.name != "distribution":
            (place / file.name).symlink_to(file.resolve())
    program = place / STARTED
    program.unlink()
    shutil.copy(installed / STARTED, program)
    for name, octets in beside.items():
        file = place / "distribution" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(octets)
    return program
