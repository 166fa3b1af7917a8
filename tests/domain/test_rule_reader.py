"""Rules as they are written: read, or refused with a remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.errors import BadInput
from proxyd.domain.rule_reader import MOST_FIELDS, MOST_OCTETS, MOST_PATTERNS, MOST_RULES, read
from proxyd.domain.rules import Rule

EXAMPLE = Path(__file__).parent.parent.parent / "conf" / "rules.example.toml"
ONE = '[[rule]]\nname = "one"\nfrom = "a@x"\nstatus = "done"\n'


def test_the_example_is_read() -> None:
    rules = read(EXAMPLE.read_text("utf-8"))
    assert [rule.name for rule in rules][:2] == ["Invoices", "Newsletters"]
    assert rules[0] == Rule(
        "Invoices",
        senders=("*@supplier.example", "billing@*"),
        recipients=("support@company.example",),
        subjects=("invoice", "請求書"),
        automatic=False,
        status="checking",
    )
    assert rules[1].automatic and rules[1].lists == ("*.news.example",)
    assert rules[2].fields == {"X-PRIORITY": ("1*",)} and not rules[2].stop
    assert rules[3].hold_until == "Monday"
    assert rules[4].assignees == ("anna", "ben")


def test_a_date_of_toml_is_a_date() -> None:
    text = ONE.replace('status = "done"', "hold-until = 2026-12-24")
    assert read(text)[0].hold_until == "2026-12-24"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "there is no rule; to have none: proxyd rules clear"),
        ("[[rule]\n", "no TOML: Expected ']]' at the end of an array declaration (at line 1"),
        ("a = [" + "[" * 50_000, "no TOML: too deeply nested"),
        ("a = " + "9" * 9_000, "no TOML"),
        (ONE.replace("[[rule]]", "[rule]"), "rule is no list of tables; write [[rule]]"),
        (ONE.replace("[[rule]]", "[[rules]]"), "unknown table or key 'rules'; write [[rule]]"),
        ("rule = [1]", "rule is no list of tables"),
        (ONE + "statsu = 1\n", "rule \"one\": unknown key 'statsu'; did you mean status?"),
        (ONE.replace('name = "one"\n', ""), "rule number 1: no name; give it one"),
        (ONE.replace('"one"', '""'), "rule number 1: name is no text"),
        (ONE.replace('"one"', "7"), "rule number 1: name is no text"),
        (ONE + ONE, 'rule "one": two rules have this name'),
        (ONE.replace('from = "a@x"\n', ""), 'rule "one": no condition; write at least one of'),
        (ONE.replace('status = "done"\n', ""), 'rule "one": no action; write at least one of'),
        (ONE.replace('"a@x"', "[]"), "from is an empty list"),
        (ONE.replace('"a@x"', '["a@x", ""]'), "from has what is no text, or an empty one"),
        (ONE.replace('"a@x"', "{}"), "from has what is no text"),
        (ONE.replace('"a@x"', f'"{"a" * 251}"'), "from has what is no text"),
        (ONE + "header = {}\n", "header is no table"),
        (ONE + 'header = "X-A: 1"\n', "header is no table"),
        (ONE + 'header = { "X-A:" = "1" }\n', "'X-A:' is no header field"),
        (ONE + 'header = { "X-A" = [] }\n', "header X-A is an empty list"),
        (ONE + 'automatic = "yes"\n', "automatic is neither true nor false"),
        (ONE + "stop = 0\n", "stop is neither true nor false"),
        (ONE + "assign-in-turn = []\n", "assign-in-turn is an empty list"),
        (ONE + 'assign-in-turn = "anna"\n', "assign-in-turn is no list"),
        (ONE + 'assignee = ["anna"]\n', "assignee is no text"),
        (ONE + 'assignee = "a"\nassign-in-turn = ["b"]\n', "both assignee and assign-in-turn"),
        (ONE + 'hold-until = "3d"\n', "both status and hold-until"),
        (ONE.replace('status = "done"', 'hold-until = "soon"'), "hold-until: 'soon' names no day"),
        (ONE.replace('status = "done"', "hold-until = 2026-12-24T10:00:00"), "hold-until is no"),
        (ONE * (MOST_RULES + 1), f"more than {MOST_RULES} rules"),
        (ONE + "#" * MOST_OCTETS, "more than 100 kB"),
        (
            ONE.replace('"a@x"', json.dumps(["a"] * (MOST_PATTERNS + 1))),
            f"{MOST_PATTERNS + 1} patterns; write at most",
        ),
        (
            ONE + "".join(f'header.X-{n} = "a"\n' for n in range(MOST_FIELDS + 1)),
            "too many header fields",
        ),
    ],
    ids=range(35),
)
def test_what_is_wrong_is_told_with_its_rule_and_a_remedy(text: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(text)
    assert any(sentence in str(one) for one in refused.value.all), refused.value.all


def test_all_of_it_is_told_at_once() -> None:
    with pytest.raises(BadInput) as refused:
        read('[[rule]]\nname = "a"\nfrm = "x"\n[[rule]]\nname = "b"\nfrom = 1\nstatus = "x"\n')
    assert [one.what for one in refused.value.all] == ['rule "a"'] * 3 + ['rule "b"']


def shown(value: object) -> str:
    """In TOML, for what is the same in JSON."""
    return json.dumps(value, ensure_ascii=False)


texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
lower = st.from_regex(r"[a-z0-9*.@-]{1,20}", fullmatch=True)
several = st.lists(lower, min_size=1, max_size=3).map(tuple)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Rule]:
    """A rule, and how it is written."""
    rule = Rule(
        draw(texts),
        senders=draw(several),
        subjects=draw(several),
        fields=draw(st.just({}) | st.dictionaries(st.sampled_from(["X-A", "LIST-ID"]), several)),
        lists=draw(st.just(()) | several),
        automatic=draw(st.none() | st.booleans()),
        status=draw(lower),
        assignees=tuple(dict.fromkeys(draw(st.just(()) | several))),
        stop=draw(st.booleans()),
    )
    table: dict[str, object] = {
        "name": rule.name,
        "from": rule.senders,
        "subject": rule.subjects,
        "list": rule.lists,
        "automatic": rule.automatic,
        "status": rule.status,
        "assign-in-turn": rule.assignees,
        "stop": rule.stop,
    }
    lines = [
        f"{k} = {json.dumps(v, ensure_ascii=False)}"
        for k, v in table.items()
        if v not in (None, ())
    ]
    lines += [f"header.{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in rule.fields.items()]
    return "[[rule]]\n" + "\n".join(lines) + "\n", rule


@given(st.lists(written(), min_size=1, max_size=3, unique_by=lambda pair: pair[1].name))
def test_what_is_written_is_read(pairs: list[tuple[str, Rule]]) -> None:
    assert read("".join(text for text, _ in pairs)) == tuple(rule for _, rule in pairs)


KEYS = st.sampled_from(
    ["name", "from", "to", "header", "list", "status", "hold-until", "stop", "x"]
)
values = st.recursive(
    st.text(max_size=5) | st.integers() | st.booleans() | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
tables = st.dictionaries(KEYS, values, max_size=6).map(
    lambda table: "[[rule]]\n" + "".join(f"{k} = {shown(v)}\n" for k, v in table.items())
)


@given(st.text(max_size=60) | st.lists(tables, max_size=3).map("".join))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    try:
        assert all(rule.name for rule in read(text))
    except BadInput as error:
        assert all(one.problem and one.instead for one in error.all)
