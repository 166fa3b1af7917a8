"""Exports of the access log: their rows, and the folder in which their files lie."""

from __future__ import annotations

from typing import Protocol

from proxyd.domain.log_export import ExportState, LogExport


class LogExportStore(Protocol):
    def add(self, export: LogExport) -> LogExport:
        """With its number, which is given to no other."""
        ...

    def find(self, export_id: int) -> LogExport | None: ...

    def all(self) -> list[LogExport]:
        """Newest first."""
        ...

    def set_state(self, export_id: int, state: ExportState, rows: int, octets: int) -> None: ...

    def remove(self, export_id: int) -> None: ...


class ExportFolder(Protocol):
    """Readable by nobody else. Blocks: call it off the event loop. Raises OSError."""

    def begin(self, name: str) -> None:
        """A new, empty file."""
        ...

    def append(self, name: str, text: str) -> int:
        """How many octets it has then."""
        ...

    def piece(self, name: str, at: int, most: int) -> bytes:
        """From there on; b"" at its end."""
        ...

    def remove(self, name: str) -> None:
        """Also one that is not there."""
        ...

    def names(self) -> list[str]: ...
