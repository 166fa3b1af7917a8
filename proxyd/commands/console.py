"""What every command shares: its options, and how it shows things.

Results go to standard output, everything said beside them to standard error, so that a pipe gets
the result alone. Tables and progress bars are for a terminal; a script asks for ``--json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from proxyd.commands.failure import BAD_INPUT, Failed

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration. Without it: $PROXYD_CONFIG, ./proxyd.toml, "
        "/etc/proxyd/proxyd.toml.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts: JSON on standard output.")]
PasswordStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input, one line."),
]

# A password has at most some hundred characters; a file given by mistake may be GBs.
MAX_PASSWORD_LINE = 4096

# Columns of a table that is not shown on a terminal: nothing is cut off for lack of room.
WIDE = 10_000


def say(text: str) -> None:
    """A result, on standard output."""
    typer.echo(text)


def note(text: str) -> None:
    """Said beside the result, on standard error."""
    typer.echo(text, err=True)


def say_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def say_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Aligned columns. No markup: what is shown may come from strangers."""
    from rich.console import Console  # noqa: PLC0415 - as long to load as a command may take
    from rich.table import Table  # noqa: PLC0415

    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*row)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        typer.echo(line.rstrip())


def typed_password(prompt: str, *, from_stdin: bool, may_be_empty: bool = False) -> str:
    """From standard input, or asked for on the terminal without showing it."""
    if from_stdin:
        line = line_of_stdin()
        if not line:
            raise Failed("the password on standard input is empty", BAD_INPUT)
        return line
    if not sys.stdin.isatty():
        raise Failed(
            "there is no terminal to ask for the password on; give --password-stdin", BAD_INPUT
        )
    default = "" if may_be_empty else None
    return str(typer.prompt(prompt, default, hide_input=True, err=True, show_default=False))


def line_of_stdin() -> str:
    """Without its end. Raises Failed for octets that are no text."""
    try:
        line = sys.stdin.readline(MAX_PASSWORD_LINE).rstrip("\r\n")
        line.encode("utf-8")  # an octet that is no text passes as half a character elsewhere
    except UnicodeError:
        how = getattr(sys.stdin, "encoding", None) or "utf-8"
        raise Failed(f"standard input is not text in {how}", BAD_INPUT) from None
    return line


def agreed(question: str, *, yes: bool) -> None:
    """Asks on a terminal. Elsewhere ``--yes`` is the answer, and nothing else is: what comes on
    standard input may be meant for another question.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failed(
            f"{question} There is no terminal to ask on: say --yes if so. Nothing was done",
            BAD_INPUT,
        )
    if not typer.confirm(question, err=True):
        raise Failed("nothing was changed", 0)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, if that is a terminal; yields what takes the number done so far."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)
