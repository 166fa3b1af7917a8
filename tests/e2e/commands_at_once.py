"""Several commands of ``proxyd``, one after the other: imported once, each in a process of its own.

    python tests/e2e/commands_at_once.py < COMMANDS

COMMANDS is JSON: a list of [words, what it reads]. Ends with the first exit code that isn't 0. To
load Python and all libraries costs more than what most commands do.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

from proxyd.cli import main as proxyd


def main() -> int:
    for words, stdin in json.load(sys.stdin):
        child = os.fork()
        if not child:
            _become(words, stdin)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            print(f"{words}: exit {code}", file=sys.stderr)
            return code
    return 0


def _become(words: list[str], stdin: str) -> None:
    """Never returns."""
    with tempfile.TemporaryFile() as read:
        read.write(stdin.encode())
        read.seek(0)
        os.dup2(read.fileno(), 0)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.argv = ["proxyd", *words]
    code = 1
    try:
        proxyd()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    raise SystemExit(main())
