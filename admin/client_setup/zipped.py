"""A ZIP archive of a few files, the same octets for the same files. Pure."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

_MADE: Final = (1980, 1, 1, 0, 0, 0)  # the first that ZIP knows


def zipped(files: Mapping[str, bytes]) -> bytes:
    """``files``: by their paths in it, with "/"."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, octets in files.items():
            entry = zipfile.ZipInfo(name, _MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16  # else nobody may read what is unpacked
            archive.writestr(entry, octets)
    return made.getvalue()
