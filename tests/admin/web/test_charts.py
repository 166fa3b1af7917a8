"""Numbers as places on a canvas (admin/web/charts.py), and how they are drawn."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from admin.web.charts import CEILING, FLOOR, HEIGHT, LEAST, WIDTH, columns, share

VALUES = st.lists(st.integers(0, 10**12), max_size=60)


@given(VALUES, st.none() | st.integers(0, 10**12))
def test_everything_stands_on_the_canvas_in_proportion(values, line):
    chart = columns(values, [str(one) for one in range(len(values))], line=line)
    assert len(chart.columns) == len(values)
    base, high = HEIGHT - FLOOR, max(values, default=0)
    for value, one in zip(values, chart.columns, strict=True):
        assert one.x >= 0 and one.x + one.width <= WIDTH + 0.1
        assert one.y >= CEILING - 0.1 and abs(one.y + one.height - base) < 0.1
        assert (one.height > 0) == (value > 0)
        if one.height > LEAST + 0.1:
            assert abs(one.height - (base - CEILING) * value / high) < 0.1
    for before, after in zip(chart.columns, chart.columns[1:], strict=False):
        assert before.x + before.width < after.x
    if chart.line is not None:
        assert CEILING <= chart.line <= base


def test_nothing_is_flat_and_something_is_seen():
    assert [one.height for one in columns([0, 0], ["a", "b"]).columns] == [0, 0]
    assert columns([1, 10**9], ["a", "b"]).columns[0].height == LEAST
    assert columns([], []).columns == ()


def test_marks_decide_the_scale_too_and_a_line_above_all_is_left_out():
    chart = columns([5], ["a"], marks=[10], line=7)
    assert chart.marks == (CEILING,) and chart.line is not None
    assert chart.columns[0].height == (HEIGHT - FLOOR - CEILING) / 2
    assert columns([5], ["a"], line=6).line is None
    assert columns([5], ["a"], marks=[None]).marks == (None,)


def test_labels_leave_room_for_each_other():
    shown = [one.label for one in columns([1] * 24, [str(n) for n in range(24)]).columns]
    assert [label for label in shown if label] == ["0", "3", "6", "9", "12", "15", "18", "21"]


def test_a_share_of_what_is_not_nothing_is_seen():
    assert [share(*pair) for pair in ((0, 5), (1, 1000), (5, 10), (7, 7), (3, 0))] == [
        0, 1, 50, 100, 0,
    ]  # fmt: skip


def test_drawn_it_is_an_image_with_a_name_and_no_style_of_its_own():
    folder = FileSystemLoader("admin/web/templates")
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    chart = columns([3, 0, 4], ["<b>", "b", "c"], marks=[5, None, 4], line=2)
    module = environment.get_template("charts.html").module
    root = ElementTree.fromstring(str(module.drawn(chart, "x", "A & B", "<told>")))
    assert root.get("role") == "img" and root.get("aria-labelledby") == "x-title x-told"
    assert [root.find(name).text for name in ("title", "desc", "text")] == [
        "A & B",
        "<told>",
        "<b>",
    ]
    assert len(root.findall("rect")) == 3
    kinds = [one.get("class") for one in root.findall("path")]
    assert sorted(kinds) == ["base", "line", "mark", "mark"]
    assert not [one for one in root.iter() if "style" in one.attrib or one.tag == "style"]
