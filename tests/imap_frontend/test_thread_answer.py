"""The grammar of THREAD's answer (RFC 5256 §4, §5), with the examples of §4."""

from __future__ import annotations

import pytest

from imap_frontend.thread_answer import thread_list
from proxyd.domain.ordering import ThreadNode
from tests.effort import effort_below

DEEP = 20_000


def node(uid: int | None, *children: ThreadNode) -> ThreadNode:
    return ThreadNode(uid, children)


@pytest.mark.parametrize(
    ("threads", "text"),
    [
        ([], b""),
        ([node(2)], b"(2)"),
        ([node(1), node(2)], b"(1)(2)"),
        (
            # "(2)(3 6 (4 23)(44 7 96))" of §4
            [
                node(2),
                node(3, node(6, node(4, node(23)), node(44, node(7, node(96))))),
            ],
            b"(2)(3 6 (4 23)(44 7 96))",
        ),
        ([node(None, node(3), node(5))], b"((3)(5))"),
        ([node(None, node(3, node(4)), node(5, node(6), node(7)))], b"((3 4)(5 (6)(7)))"),
    ],
)
def test_the_answer(threads: list[ThreadNode], text: bytes) -> None:
    assert thread_list(threads, lambda uid: uid) == text


def test_numbers_are_the_clients() -> None:
    assert thread_list([node(11, node(20))], {11: 1, 20: 5}.__getitem__) == b"(1 5)"


def test_twenty_thousand_levels() -> None:
    chain = node(1)
    comb = node(1)
    for uid in range(2, DEEP):
        chain = node(uid, chain)
        comb = node(uid, node(uid), comb)
    with effort_below(2):
        assert thread_list([chain], lambda uid: uid).count(b" ") == DEEP - 2
        assert thread_list([comb], lambda uid: uid).endswith(b")" * 1000)
