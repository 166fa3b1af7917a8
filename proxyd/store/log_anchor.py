"""The head of the access log in a file of its own: ``NUMBER HEX``, one line.

It stands outside the database so that a cut or an old copy of the database shows. Whoever can write
both files can make them agree: copy it elsewhere now and then (a backup, syslog, another machine).
"""

from __future__ import annotations

import os
from pathlib import Path

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.store.belonging import give_to_owner

CHAIN_BYTES = 32  # HMAC-SHA256


class AnchorFile:
    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> Anchor | None:
        try:
            text = self._file.read_text("ascii")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._unusable(str(error)) from error
        return self.parsed(text)

    def parsed(self, text: str) -> Anchor:
        """Raises StoreUnavailable for a line that ``write`` did not write."""
        try:
            number, chain = text.split()
            anchor = Anchor(int(number), bytes.fromhex(chain))
        except ValueError as error:
            raise self._unusable("it is not a line of NUMBER HEX") from error
        if anchor.number < 0 or len(anchor.chain) != CHAIN_BYTES:
            raise self._unusable("it is not a line of NUMBER HEX")
        return anchor

    def write(self, anchor: Anchor) -> None:
        """On disk when it returns; never half of it."""
        draft = self._file.with_name(self._file.name + ".new")
        try:
            descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(f"{anchor.number} {anchor.chain.hex()}\n")
                stream.flush()
                os.fsync(stream.fileno())
                give_to_owner(stream.fileno(), self._file.parent)
            draft.replace(self._file)
            directory = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error

    def _unusable(self, reason: str) -> StoreUnavailable:
        return StoreUnavailable(f"the log's anchor {self._file} cannot be used: {reason}")
