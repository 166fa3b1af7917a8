r"""STORE … .SILENT: whoever assumes what it sent, and believes what it is told, knows the truth."""

from __future__ import annotations

import asyncio
import re

import imap_fakes
from hypothesis import example, given, settings
from hypothesis import strategies as st

FLAGS = st.sampled_from(
    ["\\Seen", "\\Flagged", "$status-done", "$status-hold", "$STATUS-OPEN", "x"]
)
STORES = st.tuples(
    st.just("store"),
    st.sampled_from(["1:*", "2", "3:4", "5"]),
    st.sampled_from(["+", "-", ""]),
    st.booleans(),  # .SILENT
    FLAGS,
)
OTHERS = st.tuples(st.just("other"), st.sampled_from([11, 12, 15, 20]), FLAGS)

Believed = dict[int, frozenset[str]]  # sequence number → flags, in lower case


@settings(max_examples=80, deadline=None)
@given(st.lists(STORES | OTHERS, max_size=8))
@example([("other", 12, "\\Flagged"), ("store", "2", "+", True, "\\Seen")])
@example([("other", 12, "$status-hold"), ("store", "2", "+", True, "$status-hold")])
@example([("store", "3", "+", True, "$status-done"), ("store", "4", "", True, "\\Seen")])
@example([("store", "2", "+", False, "\\Seen"), ("store", "2", "", True, "\\Seen")])
def test_a_client_that_assumes_and_believes_knows_the_truth(events: list[tuple]) -> None:
    asyncio.run(play(events))


async def play(events: list[tuple]) -> None:
    world = imap_fakes.standard_world()
    client = imap_fakes.Client(world)
    await client.login()
    await client.select()
    believed: Believed = {}
    believe(believed, await client.send(b"a FETCH 1:* FLAGS\r\n"))
    for event in events:
        if event[0] == "other":
            world.change("INBOX", event[1], "+", [event[2]])
            continue
        _, numbers, mode, silent, flag = event
        verb = f"{mode}FLAGS{'.SILENT' if silent else ''}"
        said = await client.send(f"b STORE {numbers} {verb} ({flag})\r\n".encode())
        assert b"b OK" in said
        if silent:
            assume(believed, numbers, mode, flag.lower())
        believe(believed, said)
    believe(believed, await client.send(b"c NOOP\r\n"))
    rows = world.folders["INBOX"].rows.values()
    truth = {n: folded(" ".join(message.flags)) for n, message in enumerate(rows, 1)}
    assert believed == truth
    await client.leave()


def assume(believed: Believed, numbers: str, mode: str, flag: str) -> None:
    low, _, high = numbers.partition(":")
    last = len(believed) if high == "*" else int(high or low)
    for number in range(int(low), last + 1):
        before = believed[number]
        change = frozenset({flag})
        believed[number] = {"+": before | change, "-": before - change, "": change}[mode]


def believe(believed: Believed, told: bytes) -> None:
    for number, flags in re.findall(r"\* (\d+) FETCH \(.*FLAGS \((.*?)\)\)", told.decode()):
        believed[int(number)] = folded(flags)


def folded(flags: str) -> frozenset[str]:
    return frozenset(flags.lower().split())
