"""THREAD=REFERENCES (RFC 5256 §3): who answered whom, then what only the subject holds together.

Pure: posts in, trees out. Invariants: every post stands in the result exactly once, whatever the
ids say; nothing is recursive, so that no chain is too long; time is linear but for the sorting.

Step 1 of the RFC makes links that a later message breaks again, because only its own References
count for its parent. Such links are not made here at all: what comes out is the same, and which
tree a message is in can be kept as a forest of sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from proxyd.domain.header_facts import NO_ID
from proxyd.domain.ordering import ThreadNode
from proxyd.domain.thread_nodes import Node, Post, finished, in_order


def by_references(posts: Sequence[Post]) -> list[ThreadNode]:
    return finished(_merged_by_subject(in_order(_without_dummies(_linked(posts)))))


# ---------------------------------------------------------------- step 1


class _Links:
    """Containers by message id, and for each the top of its tree as far as known."""

    def __init__(self, posts: Sequence[Post]) -> None:
        self.nodes: dict[int, Node] = {}
        self.of_posts: list[Node] = []
        for position, post in enumerate(posts):
            node = Node(position, post)
            self.of_posts.append(node)
            # A second message of the same id counts as one without.
            if post.id != NO_ID:
                self.nodes.setdefault(post.id, node)

    def node_of(self, id_: int) -> Node:
        node = self.nodes.get(id_)
        if node is None:
            node = self.nodes[id_] = Node()
        return node

    def link(self, parent: Node, child: Node) -> None:
        """Unless it would make a loop. ``child`` has no parent yet: it is the top of its tree."""
        top = self._top(parent)
        if top is not child:
            child.parent = parent
            child.upwards = top
            parent.children.append(child)

    def _top(self, node: Node) -> Node:
        top = node
        while top.upwards is not None:
            top = top.upwards
        while node.upwards is not None:  # the next one looking is there at once
            node.upwards, node = top, node.upwards
        return top


def _linked(posts: Sequence[Post]) -> list[Node]:
    """All containers without a parent, in the order they came up."""
    links = _Links(posts)
    for position, (post, own) in enumerate(zip(posts, links.of_posts, strict=True)):
        parent: Node | None = None
        for id_ in post.references:
            node = links.node_of(id_)
            # A post that comes later, or is this one, decides itself about its parent.
            decided = node.post is None or node.position < position
            if parent is not None and node.parent is None and decided:
                links.link(parent, node)
            parent = node
        if parent is not None and own.parent is None:
            links.link(parent, own)
    everything = {id(node): node for node in (*links.nodes.values(), *links.of_posts)}
    return [node for node in everything.values() if node.parent is None]


# ---------------------------------------------------------------- steps 2 and 3


def _without_dummies(roots: Iterable[Node]) -> list[Node]:
    """Dummies go, and their children stand where they stood; at the top only a single one may."""
    kept: list[Node] = []
    for root in roots:
        below = _real_below(root)
        if root.post is not None:
            kept.append(root)
        elif len(below) == 1:
            kept.append(below[0])
        elif below:
            root.children = below
            kept.append(root)
    return kept


def _real_below(root: Node) -> list[Node]:
    """Give each post in the tree its nearest post above; returns those that have none."""
    top: list[Node] = []
    waiting: list[tuple[Node, list[Node]]] = [(root, top)]
    while waiting:
        node, siblings = waiting.pop()
        below, here = node.children, siblings
        if node.post is not None:
            if node is not root:
                siblings.append(node)
            node.children = here = []
        waiting.extend((child, here) for child in below)
    return top


# ---------------------------------------------------------------- steps 4 and 5


def _merged_by_subject(roots: list[Node]) -> list[Node]:
    table: dict[str, Node] = {}
    for root in roots:
        subject = root.subject
        if not subject:
            continue
        there = table.setdefault(subject, root)
        if there.post is not None and (
            root.post is None or (there.post.is_answer and not root.post.is_answer)
        ):
            table[subject] = root
    kept: dict[int, Node] = {}  # by identity, in order
    for root in roots:
        there = table.get(root.subject, root) if root.subject else root
        if there is root:
            kept[id(root)] = root
        else:
            _merge(table, kept, there, root)
    return list(kept.values())


def _merge(table: dict[str, Node], kept: dict[int, Node], there: Node, root: Node) -> None:
    """``root`` goes into the thread of the same subject that stands in the table."""
    if there.post is None:
        if root.post is None:
            there.children += root.children
        else:
            there.children.append(root)
    elif root.post is not None and root.post.is_answer and not there.post.is_answer:
        there.children.append(root)
    else:
        both = Node()
        both.children = [there, root]
        table[there.post.subject] = both
        # The first of a subject is the one in the table, so it has been kept already.
        del kept[id(there)]
        kept[id(both)] = both
