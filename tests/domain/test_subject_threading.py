"""THREAD=ORDEREDSUBJECT (RFC 5256 §3)."""

from __future__ import annotations

from proxyd.domain.ordering import ThreadNode
from proxyd.domain.subject_threading import by_subject
from proxyd.domain.thread_nodes import Post


def test_one_thread_for_a_subject_the_oldest_on_top() -> None:
    posts = [
        Post(1, 30, "A"), Post(2, 10, "B"), Post(3, 20, "A"), Post(4, 40, "A"), Post(5, 10, "C"),
    ]  # fmt: skip
    assert by_subject(posts) == [
        ThreadNode(2),
        ThreadNode(5),
        ThreadNode(3, (ThreadNode(1), ThreadNode(4))),
    ]


def test_nothing() -> None:
    assert by_subject([]) == []
