"""A thread while it is being built, and how it becomes the finished value.

Invariant: nothing here is recursive; threads of tens of thousands of levels are met where machines
answer each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proxyd.domain.header_facts import NO_ID
from proxyd.domain.ordering import ThreadNode


@dataclass(frozen=True, slots=True)
class Post:
    """A message to be threaded. Posts come in the order of their sequence numbers."""

    uid: int
    sent_us: int
    subject: str = ""  # base subject, casemapped
    is_answer: bool = False
    id: int = NO_ID
    references: Sequence[int] = ()  # ids, oldest first


class Node:
    """A container of RFC 5256 §3: a post, or a dummy for one that is not there."""

    __slots__ = ("children", "parent", "position", "post", "upwards")

    def __init__(self, position: int = -1, post: Post | None = None) -> None:
        self.position = position  # among the posts
        self.post = post
        self.children: list[Node] = []
        self.parent: Node | None = None
        self.upwards: Node | None = None  # somewhere above in the tree; None at its top

    @property
    def date(self) -> tuple[int, int]:
        """By which siblings are sorted; of a dummy its first child's, once these are in order."""
        node = self if self.post is not None else self.children[0]
        assert node.post is not None
        return node.post.sent_us, node.position

    @property
    def subject(self) -> str:
        node = self if self.post is not None else self.children[0]
        assert node.post is not None
        return node.post.subject


def in_order(nodes: Iterable[Node]) -> list[Node]:
    """By sent date (RFC 5256 §3 step 4); dummies stand at the top alone, above posts."""
    found = list(nodes)
    for node in found:
        if node.post is None:
            node.children.sort(key=_date)
    return sorted(found, key=_date)


def _date(node: Node) -> tuple[int, int]:
    return node.date


def finished(roots: Iterable[Node]) -> list[ThreadNode]:
    """Every set of siblings sorted by sent date (step 6)."""
    top = in_order(roots)
    walked: list[Node] = []  # parents before their children
    waiting = list(top)
    while waiting:
        node = waiting.pop()
        walked.append(node)
        if node.post is not None:
            node.children.sort(key=_date)
        waiting += node.children
    done: dict[int, ThreadNode] = {}
    for node in reversed(walked):
        children = tuple(done.pop(id(child)) for child in node.children)
        done[id(node)] = ThreadNode(node.post.uid if node.post else None, children)
    return [done[id(node)] for node in top]
