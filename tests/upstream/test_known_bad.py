"""What a provider could not tell lately (upstream/known_bad.py)."""

from __future__ import annotations

from proxyd.upstream.known_bad import FIRST_S, KEPT, KnownBad

MOST_S = 600.0


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_asked_for_again_at_growing_distances() -> None:
    seconds = Seconds()
    bad = KnownBad(seconds, MOST_S)
    distances = []
    for _ in range(12):
        bad.failed("mail", "no")
        since = seconds.now
        while bad.why_not("mail"):
            assert bad.why_not("mail") == "no" and bad.why_not("another") == ""
            seconds.now += 1
        distances.append(seconds.now - since)
    assert distances[0] == FIRST_S and distances[-1] == MOST_S
    assert distances == sorted(distances)


def test_no_pause_is_longer_than_the_longest() -> None:
    seconds = Seconds()
    bad = KnownBad(seconds, FIRST_S / 2)
    bad.failed("mail", "no")
    seconds.now += FIRST_S / 2
    assert not bad.why_not("mail")


def test_one_answer_ends_it() -> None:
    bad = KnownBad(Seconds(), MOST_S)
    bad.answered("mail")
    bad.failed("mail", "")
    assert bad.why_not("mail") == "unknown"
    bad.answered("mail")
    assert bad.why_not("mail") == ""


def test_it_is_bounded_and_keeps_the_newest() -> None:
    bad = KnownBad(Seconds(), MOST_S)
    for number in range(KEPT + 5):
        bad.failed(number, "no")
    assert len(bad._bad) == KEPT
    assert not bad.why_not(4) and bad.why_not(5) and bad.why_not(KEPT + 4)
