"""The bench works: its cheap rows once with few mails, its servers, and what it writes.

What the numbers are is not this test's business: machines differ.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.bench.chart import chart
from tests.bench.child import child
from tests.bench.client import BareClient
from tests.bench.line import OCTETS_S, ROUND_TRIP_S
from tests.bench.load import loaded
from tests.bench.report import BEGIN, END, Section, page, tables
from tests.bench.result import Goal, Row, Spread

ROOT = Path(__file__).parent.parent


def row(ours: float, direct: float | None, goal: Goal | None = None, unit: str = "ms") -> Row:
    beside = None if direct is None else Spread.of([direct])
    return Row("select", "SELECT <first>", 50, unit, Spread.of([ours]), beside, goal)  # type: ignore[arg-type]


def test_each_cheap_row_is_measured_on_both_sides(tmp_path: Path) -> None:
    names = ["login", "select", "flags", "headers", "virtual", "bodies", "store", "tls-range"]
    found = tmp_path / "rows.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.run", "--mails", "50", "--rounds", "1",
         "--only", *names, "--json", str(found)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(found.read_text())
    assert {one["name"] for one in rows} == set(names)
    for one in rows:
        assert one["mails"] == 50
        assert one["ours"]["median"] > 0 and one["direct"]["median"] > 0
        assert one["ratio"] == pytest.approx(one["ours"]["median"] / one["direct"]["median"])
    assert done.stdout.count("\n| ") == len(names) + 1


def test_a_goal_is_reached_from_the_right_side() -> None:
    half = Goal("ratio", 0.5)
    assert row(1, 2, half).met and not row(1.1, 2, half).met
    assert row(1.1, 2, half, "/s").met and not row(0.9, 2, half, "/s").met
    assert row(5, 500, Goal("value", 5)).met and not row(5.1, 500, Goal("value", 5)).met
    assert row(1, None, half).met is None and row(1, 2).met is None
    assert row(1, 4).times_as_good == 4 and row(1, 4, None, "/s").times_as_good == 0.25


def test_the_page_keeps_what_stands_around_its_tables() -> None:
    sections = [Section("A mailbox", [row(1, 2, Goal("ratio", 0.4))])]
    once = page(f"before\n{BEGIN}\nold\n{END}\nafter\n", sections, "a machine")
    assert page(once, sections, "a machine") == once
    assert once.startswith("before\n") and once.endswith("\nafter\n") and "old" not in once
    assert "| SELECT <first> | 1 ms | 2 ms | 0.50 | ≤ 0.4: **short** |" in tables(sections)


def test_the_chart_is_well_formed_and_has_a_bar_for_each_comparison() -> None:
    picture = chart([row(1, 2), row(4, 1), row(1, 5000), row(1, None)], "A & B")
    tree = ElementTree.fromstring(picture)
    bars = [one for one in tree.iter() if one.tag.endswith("rect")]
    assert [bar.get("class") for bar in bars] == ["better", "worse", "better"]
    width = float(tree.attrib["viewBox"].split()[2])
    assert all(float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width for bar in bars)


def test_the_line_is_as_long_and_as_thin_as_it_says() -> None:
    with child("tests.bench.sink") as sink, child("tests.bench.line", *sink.ports) as line:
        start = time.monotonic()
        client = BareClient(line.ports[0])  # takes any greeting for one
        # At the least: a busy machine takes longer, and a timer may ring a millisecond early.
        assert time.monotonic() - start >= 1.9 * ROUND_TRIP_S
        client.close()
        waits = loaded(
            kind="submit", port=line.ports[0], auth="", sender="a@b.example", clients=1, each=1,
            octets=500_000, seed="x",
        )["waits"]  # fmt: skip
        assert waits[0] >= ROUND_TRIP_S + 500_000 / OCTETS_S - 0.15
        assert sink.ask()[0] == "1"
