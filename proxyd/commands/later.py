"""Groups of commands that are loaded when they are asked for: each command needs another part of
the program, and to load what all of them need takes longer than most of them do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer

from proxyd.commands.plain import PlainGroup


def group_of(
    help: str,
    later: Mapping[str, str] | None = None,
    **more: Any,
) -> typer.Typer:
    """``later``: a command's name → "file:what", a function or a group in ``proxyd.commands``."""

    class Group(PlainGroup):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands = Later(self.commands, later or {})  # type: ignore[assignment]

    return typer.Typer(
        cls=Group,
        help=help,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        **more,
    )


class Later(Mapping[str, Any]):
    """What is there, then what is loaded when it is asked for by its name."""

    def __init__(self, there: Mapping[str, Any], places: Mapping[str, str]) -> None:
        self._there = dict(there)
        self._places = places
        self._names = (*there, *places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> Any:
        if name not in self._there:
            self._there[name] = _loaded(name, self._places[name])
        return self._there[name]


def _loaded(name: str, place: str) -> Any:
    file, what = place.split(":")
    found = getattr(import_module(f"proxyd.commands.{file}"), what)
    if isinstance(found, typer.Typer):
        return typer.main.get_group(found)
    alone = group_of("")
    alone.command(name)(found)
    return typer.main.get_group(alone).commands[name]
