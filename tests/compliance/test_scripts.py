"""What is changed in ImapTest's scripts, and how its words are read."""

from __future__ import annotations

from pathlib import Path

from tests.compliance.scripts import copy_scripts, ready, verdict

OURS = "$!unordered $!noextra $!ignore=\\recent $!ignore=$HasAttachment"


def test_only_lists_of_flags_in_answers_are_changed() -> None:
    script = "ok store 1 flags (\\seen)\n* 1 fetch (uid 5 flags (\\seen))\n! 2 fetch ()\n"
    first, second, third, _ = ready(script).split("\n")
    assert first == "ok store 1 flags (\\seen)"
    assert second.startswith(f"* 1 fetch (uid 5 flags ({OURS}")
    assert second.endswith("$!ignore=$status-open $!ignore=$overdue \\seen))")
    assert third == "! 2 fetch ()"
    own = "* 1 fetch (flags ($!extra))"
    assert ready(own) == own


def test_octets_and_mails_stay(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.mkdir()
    target.mkdir()
    (source / "group").write_bytes(b"state: auth\n\nok noop \xff\n")
    (source / "group.mbox").write_bytes(b"From \xff\n")
    (source / "broken").mkdir()
    assert copy_scripts(source, target) == ["group"]
    assert (target / "group").read_bytes() == b"state: auth\n\nok noop \xff\n"
    assert (target / "group.mbox").read_bytes() == b"From \xff\n"


def test_verdicts() -> None:
    head = "1 test groups: {} failed, {} skipped due to missing capabilities\n"
    assert verdict("list", head.format(0, 0)).word == "pass"
    assert verdict("list", head.format(0, 1)).word == "skip"
    assert verdict("list", head.format(1, 0)).word == "fail"
    said = "*** Test list command 2/3 (line 4)\n - failed: …\n" + head.format(0, 0)
    assert verdict("list", said).word == "fail"
    assert verdict("list", "Segmentation fault").word == "fail"
