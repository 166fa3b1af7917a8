"""What people said of alarms: seen, silenced."""

from __future__ import annotations

from typing import Protocol

from proxyd.domain.alarms import AlarmMark


class AlarmMarkStore(Protocol):
    def all(self) -> list[AlarmMark]: ...

    def put(self, mark: AlarmMark) -> None:
        """In place of the former one of its cause."""
        ...
