"""Metrics and log lines: named once, and nothing a peer writes can forge a line."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.types import Unfinished
from proxyd.telemetry import MAX_LINE, Metrics, configure_logging, visible

ROOT = Path(__file__).parent.parent


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(style: str, message: str, *args: object, **more: object) -> str:
    stream = io.StringIO()
    configure_logging("info", style, stream)
    logging.getLogger("proxyd.test").error(message, *args, **more)  # type: ignore[arg-type]
    return stream.getvalue()


def test_metrics_are_rendered_in_the_text_format() -> None:
    metrics = Metrics("9.9")
    metrics.sessions("imap", 1)
    metrics.sessions("imap", 1)
    metrics.sessions("imap", -1)
    metrics.turned_away("smtp", "connections")
    metrics.command("imap", "FETCH", "ok", 0.003)
    metrics.upstream_lines({"removed": True})
    metrics.waiting({"removed": asdict(Unfinished(1.0, 2, 3.0, 4))})
    metrics.waiting({"support": asdict(Unfinished(60.0, 7, 5.5, 1000))})
    metrics.conversations({"removed": {"waits": 1}})
    metrics.conversations({"support": {"waits": 4, "overdue": 2}})
    metrics.before_reading(lambda: metrics.upstream_lines({"support": False}, ["support"]))
    metrics.upstream_event("support", "opened")
    metrics.commit(7)
    none = dict.fromkeys(("small_misses", "body_hits", "body_misses", "damaged", "unwritten"), 0)
    for hits in (3, 5):  # since the start, each time
        metrics.cache({"small_hits": hits, **none}, {"disk": 4096, "memory": 7})
    lines = metrics.render().decode().splitlines()
    for expected in (
        'proxyd_build_info{version="9.9"} 1.0',
        'proxyd_sessions{door="imap"} 1.0',
        'proxyd_conversations{mailbox="support",state="overdue"} 2.0',
        'proxyd_turned_away_total{door="smtp",reason="connections"} 1.0',
        'proxyd_command_seconds_count{command="FETCH",door="imap",outcome="ok"} 1.0',
        'proxyd_command_seconds_bucket{command="FETCH",door="imap",le="0.005",outcome="ok"} 1.0',
        'proxyd_upstream_up{mailbox="support"} 0.0',
        'proxyd_upstream_limited{mailbox="support"} 1.0',
        'proxyd_upstream_events_total{event="opened",mailbox="support"} 1.0',
        'proxyd_upstream_line_seconds{mailbox="support"} 60.0',
        'proxyd_upstream_owed{mailbox="support"} 7.0',
        'proxyd_upstream_owed_seconds{mailbox="support"} 5.5',
        'proxyd_upstream_unread{mailbox="support"} 1000.0',
        'proxyd_commit_units_bucket{le="8.0"} 1.0',
        'proxyd_cache_reads_total{kind="small",result="hit"} 5.0',
        'proxyd_cache_reads_total{kind="body",result="miss"} 0.0',
        'proxyd_cache_troubles_total{what="damaged"} 0.0',
        'proxyd_cache_octets{where="disk"} 4096.0',
    ):
        assert expected in lines
    assert not any("removed" in line for line in lines)


def test_two_proxies_in_one_process_have_metrics_of_their_own() -> None:
    first, second = Metrics("1"), Metrics("1")
    first.sessions("imap", 1)
    assert b'proxyd_sessions{door="imap"}' not in second.render()


def test_a_text_line(root_logger: logging.Logger) -> None:
    line = logged("text", "hello %s", "world")
    assert line.endswith(" error proxyd.test hello world\n")
    assert line[10] == "T" and line[23] == "Z"


def test_a_json_line(root_logger: logging.Logger) -> None:
    fields = json.loads(logged("json", "hello %s", "世界"))
    assert fields["level"] == "error" and fields["message"] == "hello 世界"
    assert fields["logger"] == "proxyd.test"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_times_are_utc_wherever_the_machine_stands(
    root_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before = datetime.now(UTC).replace(microsecond=0)
        stamps = [logged("text", "hello").split()[0], json.loads(logged("json", "hello"))["time"]]
        after = datetime.now(UTC)
    finally:
        monkeypatch.undo()
        time.tzset()
    for stamp in stamps:
        assert stamp.endswith("Z") and before <= datetime.fromisoformat(stamp) <= after


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_traceback_stays_in_its_line(root_logger: logging.Logger, style: str) -> None:
    try:
        raise ValueError("no\nway")
    except ValueError:
        line = logged(style, "it failed", exc_info=True)
    assert line.count("\n") == 1 and "Traceback" in line and "ValueError" in line


@pytest.mark.parametrize("style", ["text", "json"])
@given(text=st.text(st.characters(codec=None), max_size=40))
def test_nothing_forges_a_line_or_reaches_the_terminal(style: str, text: str) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        line = logged(style, "peer says %s", text)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert line.endswith("\n") and line[:-1].isprintable()


@given(st.text(max_size=40))
def test_visible_text_is_left_alone(text: str) -> None:
    assert visible(text).isprintable()
    if text.isprintable():
        assert visible(text) == text


def test_a_line_has_an_end(root_logger: logging.Logger) -> None:
    assert len(logged("text", "x" * 100_000)) <= MAX_LINE + 1
    assert len(logged("json", "x" * 100_000)) <= MAX_LINE + 200


def test_below_the_level_nothing_is_written(root_logger: logging.Logger) -> None:
    stream = io.StringIO()
    configure_logging("warning", "text", stream)
    logging.getLogger("proxyd").info("not shown")
    logging.getLogger("mail.log").info("not shown")
    assert stream.getvalue() == ""


def test_what_smtp_clients_do_wrong_is_not_logged_line_by_line(root_logger: logging.Logger) -> None:
    stream = io.StringIO()
    configure_logging("debug", "text", stream)
    logging.getLogger("mail.log").warning("the client said nonsense")
    assert stream.getvalue() == ""
    logging.getLogger("mail.log").error("ours")
    assert "ours" in stream.getvalue()


def test_the_alerts_ask_for_metrics_that_exist() -> None:
    """And the ones they are grouped by have these labels."""
    rules = (ROOT / "conf" / "alerts.yml").read_text("utf-8")
    metrics = Metrics("1")
    metrics.turned_away("imap", "connections")
    metrics.command("imap", "FETCH", "ok", 0.1)
    metrics.upstream_lines({"support": True})
    metrics.disk(0)
    metrics.troubles({("support", "folder"): 0})
    metrics.copied_much({"support": 1})
    metrics.waiting({"support": asdict(Unfinished(1.0, 0, 0.0, 0))})
    rendered = metrics.render().decode()
    wanted = set(re.findall(r"proxyd_[a-z_]+", rules))
    assert len(wanted) >= 3
    for name in wanted:
        assert re.search(rf"^{name}[{{ ]", rendered, re.MULTILINE), name
    for label in set(re.findall(r"\$labels\.([a-z]+)", rules)):
        assert f'{label}="' in rendered
