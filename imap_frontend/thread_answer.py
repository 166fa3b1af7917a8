"""Threads as THREAD tells them (RFC 5256 §4 and §5, thread-data).

    thread-list    = "(" (thread-members / thread-nested) ")"
    thread-members = nz-number *(SP nz-number) [SP thread-nested]
    thread-nested  = 2*thread-list

Not recursive: a thread may have tens of thousands of levels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proxyd.domain.ordering import ThreadNode


def thread_list(threads: Sequence[ThreadNode], number_of: Callable[[int], int]) -> bytes:
    """``1*thread-list``, or nothing. ``number_of`` a UID: how the client calls it."""
    pieces: list[bytes] = []
    waiting: list[ThreadNode | None] = [*reversed(threads)]  # None: a list ends here
    while waiting:
        node = waiting.pop()
        if node is None:
            pieces.append(b")")
            continue
        pieces.append(b"(")
        waiting.append(None)
        chain = _chain(node)
        numbers = [b"%d" % number_of(one.uid) for one in chain if one.uid is not None]
        last = chain[-1]
        if numbers and last.children:
            numbers.append(b"")  # the space before what is nested
        pieces.append(b" ".join(numbers))
        waiting += reversed(last.children)
    return b"".join(pieces)


def _chain(node: ThreadNode) -> list[ThreadNode]:
    """The node and those below it as long as there is one child alone: the members of one list."""
    chain = [node]
    while len(node.children) == 1:
        (node,) = node.children
        chain.append(node)
    return chain
