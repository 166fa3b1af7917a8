"""Rate, rest and percent are those of this reading; a line now and then, and one at the end."""

from __future__ import annotations

from proxyd.service.mailbox.progress import LOG_EVERY_S, ReadingProgress, begun


def test_what_an_earlier_reading_knew_counts_for_the_percent_and_not_for_the_rate() -> None:
    progress = begun(known=50_000, fresh=50_000, now=100.0)
    assert not progress.advance(10_000, 105.0)
    assert progress.told(105.0) == "60,000 of 100,000 mails, 60%, 2,000 a second, 20 s left"


def test_a_line_now_and_then_and_one_at_the_end() -> None:
    progress = begun(0, 1_000, 0.0)
    due = [progress.advance(100, second) for second in (1.0, LOG_EVERY_S, LOG_EVERY_S + 1)]
    assert due == [False, True, False]
    assert progress.advance(700, LOG_EVERY_S + 2)
    assert progress.percent == 100


def test_what_can_not_be_known_is_not_told() -> None:
    assert ReadingProgress(0, 5, 1.0).told(1.0) == "0 of 5 mails, 0%"
    assert ReadingProgress(0, 0, 1.0).percent == 100
    assert begun(0, 1_001, 0.0).percent == 0
