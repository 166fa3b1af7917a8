"""What devices are asked to sign (service/accounts/challenges.py)."""

from __future__ import annotations

from itertools import count

from proxyd.domain.passkey import ANSWER_S
from proxyd.service.accounts import challenges as module
from proxyd.service.accounts.challenges import PER_PLACE, Challenges, ToSign

HERE = ToSign("tab-1")


def counting():
    numbers = count(1)
    return lambda octets: next(numbers).to_bytes(octets, "big")


def test_good_once_and_for_a_while(clock):
    challenges = Challenges(clock, counting())
    first, second = (challenges.made(HERE, "192.0.2.1") for _ in range(2))
    assert len(first) == 32
    assert challenges.taken(first) == HERE
    assert challenges.taken(first) is None
    clock.advance(seconds=ANSWER_S, us=-1)
    third = challenges.made(HERE, "192.0.2.1")
    clock.advance(us=1)
    assert challenges.taken(second) is None
    assert challenges.taken(third) == HERE
    assert len(challenges) == 0


def test_of_one_place_there_are_few_and_others_keep_theirs(clock):
    challenges = Challenges(clock, counting())
    other = challenges.made(HERE, "2001:db8:1::1")
    theirs = [challenges.made(HERE, f"2001:db8:2::{n:x}") for n in range(PER_PLACE + 1)]
    assert challenges.taken(theirs[0]) is None
    assert challenges.taken(theirs[1]) == challenges.taken(other) == HERE


def test_of_all_there_are_some_thousands(clock, monkeypatch):
    monkeypatch.setattr(module, "MOST", 5)
    challenges = Challenges(clock, counting())
    made = [challenges.made(HERE, f"192.0.2.{n}") for n in range(6)]
    assert len(challenges) == 5
    assert challenges.taken(made[0]) is None
    assert challenges.taken(made[5]) == HERE


def test_nothing_is_kept_of_what_is_over(clock):
    challenges = Challenges(clock, counting())
    for n in range(50):
        challenges.made(HERE, f"192.0.2.{n}")
    clock.advance(seconds=ANSWER_S)
    assert challenges.taken(b"") is None
    assert len(challenges) == 0 and challenges._of_place == {}
