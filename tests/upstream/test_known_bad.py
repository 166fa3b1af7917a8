"""What a provider could not tell lately (upstream/known_bad.py)."""

from __future__ import annotations

from proxyd.upstream.known_bad import FIRST_S, KEPT, MOST_S, KnownBad


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_asked_for_again_at_growing_distances() -> None:
    seconds = Seconds()
    bad = KnownBad(seconds)
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


def test_one_answer_ends_it() -> None:
    bad = KnownBad(Seconds())
    bad.answered("mail")
    bad.failed("mail", "")
    assert bad.why_not("mail") == "unknown"
    bad.answered("mail")
    assert bad.why_not("mail") == ""


def test_it_is_bounded_and_keeps_the_newest() -> None:
    bad = KnownBad(Seconds())
    for number in range(KEPT + 5):
        bad.failed(number, "no")
    assert len(bad._bad) == KEPT
    assert not bad.why_not(4) and bad.why_not(5) and bad.why_not(KEPT + 4)
