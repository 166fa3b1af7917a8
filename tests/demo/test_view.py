"""What a client was told, against what is: a client that follows the lines knows the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyd.demo.mailbox import DemoMailbox
from proxyd.demo.view import DemoView, NoSuchNumberError
from proxyd.imapwire.numset import NumSet

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "flag", "hear", "hear quietly"]), st.integers(0, 9)
    ),
    max_size=40,
)


class Believer:
    """A client: all it knows is what it was told."""

    def __init__(self, view: DemoView) -> None:
        self.count = len(view.told)
        self.flags: dict[int, str] = {}

    def read(self, lines: list[bytes]) -> None:
        for line in lines:
            match = re.fullmatch(
                rb"\* (\d+) (EXISTS|EXPUNGE|FETCH \(UID (\d+) FLAGS \((.*)\)\))\r\n", line
            )
            assert match
            number = int(match[1])
            if match[2] == b"EXPUNGE":
                assert 1 <= number <= self.count
                self.count -= 1
            elif match[2] == b"EXISTS":
                assert number > self.count
                self.count = number
            else:
                assert 1 <= number <= self.count
                self.flags[int(match[3])] = match[4].decode()


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> DemoMailbox:
    path: Path = tmp_path_factory.mktemp("view") / "imap.sqlite"
    return DemoMailbox(path, lambda: 0)


@given(actions=ACTIONS)
@settings(max_examples=60, deadline=None)
def test_a_client_that_follows_knows_the_truth(mailbox: DemoMailbox, actions: list) -> None:
    folder = mailbox.folders["INBOX"]
    view = DemoView(folder, read_only=False, changed=lambda: None)
    believer = Believer(view)
    for action, number in actions:
        uids = list(folder.messages)
        if action == "add":
            mailbox.append(folder, b"x", ())
        elif action == "remove" and uids:
            mailbox.expunge(folder, [uids[number % len(uids)]])
        elif action == "flag" and uids:
            mailbox.set_flags(folder, {uids[number % len(uids)]: (f"${number}",)})
        elif action == "hear":
            believer.read(view.catch_up(expunge=True))
            assert view.told == list(folder.messages)
        elif action == "hear quietly":
            believer.read(view.catch_up(expunge=False))
        assert believer.count == len(view.told) or action not in ("hear", "hear quietly")
    believer.read(view.catch_up(expunge=True))
    assert believer.count == len(folder.messages)
    for uid, flags in believer.flags.items():
        if uid in folder.messages:
            assert " ".join(folder.messages[uid].flags) == flags
    assert view.catch_up(expunge=True) == []
    view.close()
    assert folder.watchers == []


def test_numbers_and_uids(tmp_path: Path) -> None:
    mailbox = DemoMailbox(tmp_path / "imap.sqlite", lambda: 0)
    folder = mailbox.folders["INBOX"]
    for _ in range(5):
        mailbox.append(folder, b"x", ())
    mailbox.expunge(folder, [2, 3])
    view = DemoView(folder, read_only=False, changed=lambda: None)
    assert view.uids(NumSet.parse(b"1:*"), uid=False) == [1, 4, 5]
    assert view.uids(NumSet.parse(b"2:4"), uid=True) == [4]
    assert view.uids(NumSet.parse(b"9:*"), uid=True) == [5]
    assert [view.number(uid) for uid in (1, 4, 5)] == [1, 2, 3]
    for beyond in (b"4", b"1:4", b"9:*"):
        with pytest.raises(NoSuchNumberError):
            view.uids(NumSet.parse(beyond), uid=False)


def test_closed_view_hears_nothing(tmp_path: Path) -> None:
    mailbox = DemoMailbox(tmp_path / "imap.sqlite", lambda: 0)
    folder = mailbox.folders["INBOX"]
    heard: list[int] = []
    view = DemoView(folder, read_only=False, changed=lambda: heard.append(1))
    mailbox.append(folder, b"x", ())
    view.close()
    mailbox.append(folder, b"x", ())
    assert heard == [1]
