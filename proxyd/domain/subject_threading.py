"""THREAD=ORDEREDSUBJECT (RFC 5256 §3): one thread per base subject, the oldest message on top.

Pure: posts in, trees out; linear but for the sorting.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.ordering import ThreadNode
from proxyd.domain.thread_nodes import Post


def by_subject(posts: Sequence[Post]) -> list[ThreadNode]:
    threads: dict[str, list[Post]] = {}
    for post in sorted(posts, key=lambda post: post.sent_us):  # ties stay as they come
        threads.setdefault(post.subject, []).append(post)
    return [
        ThreadNode(first.uid, tuple(ThreadNode(post.uid) for post in others))
        for first, *others in threads.values()
    ]
