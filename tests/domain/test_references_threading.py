"""The steps of RFC 5256 §3, one by one, and what hostile ids can't do."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.ordering import ThreadNode
from proxyd.domain.references_threading import by_references
from proxyd.domain.thread_nodes import Post
from tests.effort import effort_below

DEEP = 20_000


def post(uid: int, *references: int, subject: str = "", re: bool = False, at: int = 0) -> Post:
    """A post whose id is its UID; other numbers are ids of nobody here."""
    return Post(uid, at or uid, subject, re, uid, references)


def shown(nodes: list[ThreadNode]) -> str:
    """For small trees, as on the wire; a dummy is a star."""

    def one(node: ThreadNode) -> str:
        name = "*" if node.uid is None else str(node.uid)
        return " ".join([name, *(f"({one(child)})" for child in node.children)])

    return "".join(f"({one(node)})" for node in nodes)


def uids(nodes: list[ThreadNode]) -> list[int]:
    found: list[int] = []
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        waiting += node.children
        if node.uid is not None:
            found.append(node.uid)
    return sorted(found)


def depth(node: ThreadNode) -> int:
    """Of a tree that is a mere chain."""
    count = 1
    while node.children:
        (node,) = node.children
        count += 1
    return count


def test_answers_stand_below_what_they_answer_whatever_the_order() -> None:
    assert shown(by_references([post(1), post(2, 1), post(3, 1, 2)])) == "(1 (2 (3)))"
    assert shown(by_references([post(3, 1, 2, at=3), post(2, 1, at=2), post(1, at=1)])) == (
        "(1 (2 (3)))"
    )


def test_the_last_reference_is_the_parent_also_against_what_others_say() -> None:
    # 4 says that 3 answers 1; 3 itself says that it answers 2
    assert shown(by_references([post(1), post(2, 1), post(3, 1, 2), post(4, 1, 3)])) == (
        "(1 (2 (3 (4))))"
    )
    assert shown(by_references([post(1), post(2, 1), post(4, 1, 3), post(3, 1, 2)])) == (
        "(1 (2 (3 (4))))"
    )


def test_a_mail_without_references_takes_its_place_from_later_mails_only() -> None:
    """Step 1.B: "if this message has no references, it will now have no parent"."""
    assert shown(by_references([post(1), post(2), post(3, 1, 2)])) == "(1 (2 (3)))"
    assert shown(by_references([post(1), post(3, 1, 2), post(2)])) == "(1)(2 (3))"


def test_a_parent_that_is_not_here() -> None:
    assert shown(by_references([post(2, 100)])) == "(2)"
    assert shown(by_references([post(2, 100), post(3, 100)])) == "(* (2) (3))"
    assert shown(by_references([post(2, 100, 101), post(3, 100, 102)])) == "(* (2) (3))"
    # in the middle a dummy never stays
    assert shown(by_references([post(1), post(2, 1, 100), post(3, 1, 100)])) == "(1 (2) (3))"


def test_loops_are_not_made() -> None:
    assert uids(by_references([post(1, 2), post(2, 1)])) == [1, 2]
    assert shown(by_references([post(1, 1)])) == "(1)"
    assert uids(by_references([post(1, 2, 3), post(2, 3, 1), post(3, 1, 2)])) == [1, 2, 3]


def test_of_two_mails_with_one_id_the_second_counts_as_without() -> None:
    first, again = Post(1, 1, id=7), Post(2, 2, id=7)
    assert shown(by_references([first, again, post(3, 7)])) == "(1 (3))(2)"


def test_mails_without_an_id_are_all_there() -> None:
    assert shown(by_references([Post(1, 1), Post(2, 2), Post(3, 3, references=(50,))])) == (
        "(1)(2)(3)"
    )


# ---------------------------------------------------------------- by subject


def test_an_answer_goes_below_the_first_mail_of_its_subject() -> None:
    assert shown(by_references([post(1, subject="A"), post(2, subject="A", re=True)])) == "(1 (2))"
    late = [post(1, subject="A", re=True), post(2, subject="A")]
    assert shown(by_references(late)) == "(2 (1))"


def test_equals_of_one_subject_get_a_parent_that_is_not_here() -> None:
    posts = [post(1, subject="A"), post(2, subject="A"), post(3, subject="A", re=True)]
    assert shown(by_references(posts)) == "(* (1) (2) (3))"
    answers = [post(1, subject="A", re=True), post(2, subject="A", re=True)]
    assert shown(by_references(answers)) == "(* (1) (2))"


def test_dummies_of_one_subject_become_one() -> None:
    posts = [post(n, 100 + n // 3, subject="A") for n in range(1, 6)]
    assert shown(by_references(posts)) == "(* (1) (2) (3) (4) (5))"
    mixed = [post(1, subject="A"), post(2, 100, subject="A"), post(3, 100, subject="A")]
    assert shown(by_references(mixed)) == "(* (1) (2) (3))"


def test_an_empty_subject_joins_nothing() -> None:
    assert shown(by_references([post(1), post(2), post(3)])) == "(1)(2)(3)"


def test_siblings_are_sorted_by_date_and_then_by_arrival() -> None:
    posts = [post(1, at=50), post(2, 1, at=9), post(3, 1, at=7), post(4, 1, at=9), post(5, at=4)]
    assert shown(by_references(posts)) == "(5)(1 (3) (2) (4))"


def test_a_thread_without_its_first_mail_stands_where_its_oldest_mail_would() -> None:
    posts = [post(1, at=5), post(2, 100, at=9), post(3, 100, at=3)]
    assert shown(by_references(posts)) == "(* (3) (2))(1)"


# ---------------------------------------------------------------- bounds


def test_twenty_thousand_levels() -> None:
    ids = range(1, DEEP + 1)
    chain = [post(1), *(post(own, parent) for parent, own in pairwise(ids))]
    for posts in (chain, chain[::-1]):
        (root,) = by_references(posts)
        assert depth(root) == DEEP


def test_a_chain_told_in_hostile_order_takes_no_quadratic_time() -> None:
    """Every second one first: links join long chains again and again."""
    ids = list(range(1, DEEP + 1))
    posts = [post(own, own - 1) if own > 1 else post(own) for own in ids[::2] + ids[1::2]]
    with effort_below(3):
        (root,) = by_references(posts)
        assert depth(root) == DEEP


def test_many_dummies_above_many_mails_take_no_quadratic_time() -> None:
    chain = [Post(n, n, references=range(100 * n + 1, 100 * n + 102)) for n in range(1, 200)]
    below = [Post(n, n, references=(20_001,)) for n in range(1000, 6000)]
    with effort_below(3):
        assert len(uids(by_references(chain + below))) == 5199


ids = st.integers(1, 12)


@given(
    st.lists(
        st.tuples(ids, st.lists(ids, max_size=4), st.sampled_from(["", "A", "B"]), st.booleans()),
        max_size=12,
    )
)
def test_whatever_the_ids_say_each_mail_stands_there_once(
    drawn: list[tuple[int, list[int], str, bool]],
) -> None:
    posts = [
        Post(uid, uid % 5, subject, re, own, tuple(references))
        for uid, (own, references, subject, re) in enumerate(drawn, 1)
    ]
    assert uids(by_references(posts)) == list(range(1, len(posts) + 1))
