"""Types commands one after the other, each in a process of its own, in circumstances that are set
up once: a program for tests/commands/test_circumstances.py.

Input, on standard input: a JSON list of commands, each a list of words. Output, to the file named
first: a line of JSON for each, with its exit code and what it wrote.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from typing import IO, Any

from tests.patience import PATIENCE_S

LIMIT_S = int(PATIENCE_S)


def main() -> None:
    import rich.console
    import rich.progress
    import rich.table  # noqa: F401 - this and all commands once, and not in each process

    from proxyd import cli

    load_all(cli._commands)

    circumstance = sys.argv[2]
    with open(sys.argv[1], "w", encoding="utf-8") as results:
        for words in json.loads(sys.stdin.read()):
            results.write(json.dumps(typed(cli.main, words, circumstance)) + "\n")
            results.flush()


def load_all(group: Any) -> None:
    for command in group.commands.values():
        if hasattr(command, "commands"):
            load_all(command)


def typed(command: object, words: list[str], circumstance: str) -> dict[str, object]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        return typed_into(out, err, command, words, circumstance)


def typed_into(
    out: IO[bytes], err: IO[bytes], command: object, words: list[str], circumstance: str
) -> dict[str, object]:
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT_S)
        streams(circumstance, out.fileno(), err.fileno())
        sys.argv = ["proxyd", *words]
        try:
            command()  # type: ignore[operator]
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            import traceback

            traceback.print_exc()
            code = 99
        else:
            code = 0
        try:
            sys.stdout.flush()
        except OSError:
            code = 120  # as the interpreter ends then
        os._exit(code)
    _, status = os.waitpid(child, 0)
    for stream in (out, err):
        stream.seek(0)
    said, complained = (stream.read().decode("utf-8", "replace") for stream in (out, err))
    code = os.waitstatus_to_exitcode(status)
    return {"words": words, "code": code, "out": said, "err": complained}


def streams(circumstance: str, out: int, err: int) -> None:
    """As the shell would have set them before the program began."""
    empty = os.open(os.devnull, os.O_RDONLY)
    if circumstance == "nobody reads":  # … | head
        end, out = os.pipe()
        os.close(end)
    elif circumstance == "output on a full disk":
        out = os.open("/dev/full", os.O_WRONLY)
    for number, descriptor in enumerate((empty, out, err)):
        os.dup2(descriptor, number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    if circumstance == "closed streams":
        os.close(0)
        os.close(1)
        sys.stdin = sys.stdout = None  # type: ignore[assignment]


if __name__ == "__main__":
    main()
