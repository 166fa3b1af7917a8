"""Folder patterns and tree lines, against a reference that is slow and obvious."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imap_frontend.listing import PATTERN_MAX, listed, matcher, subscribed
from proxyd.imapwire.command import List
from proxyd.imapwire.errors import BadSyntax
from proxyd.service.api.folder_tree import Special, ViewInfo
from tests.effort import effort_below

NAMES = st.text("ab/.顧", max_size=8)
PATTERNS = st.text("ab/.顧*%", max_size=8)


@given(PATTERNS, NAMES)
def test_matches_as_a_regular_expression_would(pattern: str, name: str) -> None:
    parts = {"*": ".*", "%": "[^/]*"}
    regular = "".join(parts.get(character, re.escape(character)) for character in pattern)
    assert matcher(pattern)(name) is (re.fullmatch(regular, name, re.DOTALL) is not None)


@pytest.mark.parametrize("pattern", ["inbox", "INBOX", "iNb%", "*", "%", "inbo*", "*x"])
def test_inbox_has_no_case(pattern: str) -> None:
    assert matcher(pattern)("INBOX")


def test_inbox_as_first_level() -> None:
    assert matcher("inbox/Sub")("INBOX/Sub")
    assert matcher("inbox/*")("INBOX/Sub")
    assert not matcher("inbox/sub")("INBOX/Sub")
    assert not matcher("inboxes")("INBOXes")


def test_hostile_patterns_cost_nothing() -> None:
    match = matcher("*a" * (PATTERN_MAX // 2))
    with effort_below(0.1):
        assert not match("a" * 400 + "b")
    with pytest.raises(BadSyntax):
        matcher("x" * (PATTERN_MAX + 1))


def _view(name: str, *, subscribed: bool = False, selectable: bool = True) -> ViewInfo:
    special = Special.SENT if name == "Sent" else None
    return ViewInfo(name, selectable, subscribed, False, special)


TREE = [
    _view("INBOX", subscribed=True),
    _view("Sent"),
    _view("A", selectable=False),
    _view("A/B"),
    _view("A/B/C", subscribed=True),
]


def test_recursivematch_names_parents_of_subscribed_folders() -> None:
    """RFC 5258 §3.5, §5 example 7."""
    command = List("", ("%",), frozenset({"SUBSCRIBED", "RECURSIVEMATCH"}), extended=True)
    lines = listed(TREE, command)
    assert [(line.name, line.childinfo) for line in lines] == [("INBOX", False), ("A", True)]
    assert "\\Subscribed" not in lines[1].attributes


def test_subscribed_and_special_use_together() -> None:
    command = List("", ("*",), frozenset({"SUBSCRIBED", "SPECIAL-USE"}), extended=True)
    assert listed(TREE, command) == []


def test_lsub_names_hidden_parents_with_noselect() -> None:
    """RFC 3501 §6.3.9: "foo/bar" is subscribed, "%" is asked: "foo" comes back as \\Noselect."""
    lines = subscribed(TREE, "%")
    assert [(line.name, line.attributes) for line in lines] == [
        ("INBOX", ("\\HasNoChildren",)),
        ("A", ("\\Noselect",)),
    ]
    assert [line.name for line in subscribed(TREE, "A/%")] == ["A/B"]
    assert [line.name for line in subscribed(TREE, "*")] == ["INBOX", "A/B/C"]


def test_what_was_subscribed_and_is_gone_is_told_as_that() -> None:
    """RFC 5258 §3.4, RFC 3501 §6.3.9: a name stays subscribed until somebody says otherwise."""
    command = List("", ("A/*",), frozenset({"SUBSCRIBED"}), extended=True)
    lines = listed(TREE, command, ["A/gone", "Elsewhere"])
    assert [(line.name, line.attributes) for line in lines] == [
        ("A/B/C", ("\\HasNoChildren", "\\Subscribed")),
        ("A/gone", ("\\NonExistent", "\\Subscribed")),
    ]
    assert [line.name for line in listed(TREE, List("", ("*",)), ["A/gone"])] == [
        view.name for view in TREE
    ]
    gone = subscribed(TREE, "A/*", ["A/gone", "Elsewhere"])[-1]
    assert (gone.name, gone.attributes) == ("A/gone", ("\\Noselect",))


def test_parents_tell_of_what_is_gone_and_still_subscribed() -> None:
    """RFC 5258 §5 example 7: "Foo" does not exist, "Foo/Baz" is subscribed."""
    selection = frozenset({"SUBSCRIBED", "RECURSIVEMATCH"})
    lines = listed(TREE, List("", ("%",), selection, extended=True), ["Foo/Baz", "Sent/old"])
    told = {line.name: line.attributes for line in lines if line.childinfo}
    assert told == {
        "Sent": ("\\HasNoChildren", "\\Sent"),
        "A": ("\\Noselect", "\\HasNoChildren"),
        "Foo": ("\\NonExistent",),
    }
    names = [line.name for line in subscribed(TREE, "%", ["Foo/Baz"])]
    assert names == ["INBOX", "A", "Foo"]
    plain = List("", ("%",), frozenset({"SUBSCRIBED"}), extended=True)
    assert [line.name for line in listed(TREE, plain, ["Foo/Baz"])] == ["INBOX"]


def test_no_parent_tells_of_what_is_named_itself() -> None:
    """RFC 5258 §3.5: CHILDINFO is for what the patterns do not reach."""
    selection = frozenset({"SUBSCRIBED", "RECURSIVEMATCH"})
    both = List("", ("A/B", "A/B/C"), selection, extended=True)
    assert [(line.name, line.childinfo) for line in listed(TREE, both)] == [("A/B/C", False)]


@pytest.mark.parametrize(("pattern", "named"), [("*", False), ("%", True), ("Shared", True)])
def test_the_bare_root_of_a_namespace_is_no_answer_to_everything(pattern: str, named: bool) -> None:
    tree = [_view("Shared", selectable=False), _view("Shared/sales", subscribed=True)]
    names = [line.name for line in listed(tree, List("", (pattern,)), (), {"Shared"})]
    assert ("Shared" in names) is named
    assert ("Shared/sales" in names) is (pattern == "*")
