"""From records of the access log to alarms, one for each cause (domain/alarms.py). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from proxyd.domain.alarms import (
    APART_US,
    DAY_US,
    ENDS,
    NO_ALARM,
    SHOWN_US,
    TROUBLE,
    WELL,
    Alarm,
    AlarmGroup,
    AlarmMark,
)
from proxyd.domain.ports.access_log import StoredRecord


def cause_of(stored: StoredRecord) -> str:
    """ "" for what is no alarm; the end of a trouble has the cause of its beginning."""
    record, detail = stored.record, stored.record.detail
    what = str(detail.get("what", ""))
    if not what or what in NO_ALARM:
        return ""
    what = TROUBLE if what == WELL else what
    parts = (what, record.mailbox, record.actor, detail.get("kind", ""), detail.get("folder", ""))
    return "\t".join(str(part) for part in parts)


def alarms_of(
    records: Iterable[StoredRecord],
    marks: Iterable[AlarmMark],
    now_us: int,
    going_on: Collection[tuple[str, str, str]] | None = None,
) -> list[Alarm]:
    """``records`` oldest first. ``going_on``: mailbox, kind and folder of the troubles that there
    are; None where nobody knows but the log. Newest first.
    """
    found: dict[str, list[Alarm]] = {}
    for stored in records:
        cause = cause_of(stored)
        if not cause:
            continue
        former = found.setdefault(cause, [])
        if stored.record.detail.get("what") == WELL:
            if former and former[-1].over_us is None:
                former[-1] = replace(former[-1], over_us=stored.at_us)
            continue
        if former and stored.at_us - former[-1].latest_us < APART_US:
            former[-1] = _once_more(former[-1], stored)
        else:
            former.append(_first(cause, stored))
    by_cause = {mark.cause: mark for mark in marks}
    all_ = [
        _placed(one, by_cause.get(cause), now_us, going_on, is_latest=one is each[-1])
        for cause, each in found.items()
        for one in each
    ]
    kept = [
        one
        for one in all_
        if one.group is not AlarmGroup.OVER or now_us - (one.over_us or 0) < SHOWN_US
    ]
    return sorted(kept, key=lambda one: one.last, reverse=True)


def _first(cause: str, stored: StoredRecord) -> Alarm:
    record, detail = stored.record, stored.record.detail
    return Alarm(
        cause,
        stored.number,
        stored.number,
        str(detail["what"]),
        str(detail.get("kind", "")),
        record.mailbox,
        record.actor,
        stored.at_us,
        stored.at_us,
        1,
        detail,
    )


def _once_more(alarm: Alarm, stored: StoredRecord) -> Alarm:
    return replace(
        alarm,
        last=stored.number,
        latest_us=stored.at_us,
        times=alarm.times + 1,
        facts=stored.record.detail,
        over_us=None,
    )


def _placed(
    alarm: Alarm,
    mark: AlarmMark | None,
    now_us: int,
    going_on: Collection[tuple[str, str, str]] | None,
    *,
    is_latest: bool,
) -> Alarm:
    """With its group. What somebody saw, or a later time of the same cause has replaced, is over a
    day after it happened last.
    """
    is_seen = mark is not None and mark.seen_number >= alarm.last
    is_silent = mark is not None and mark.is_silent(now_us) and is_latest
    alarm = replace(alarm, mark=mark if is_seen or is_silent else None)
    if alarm.what in ENDS:
        key = (alarm.mailbox, alarm.kind, str(alarm.facts.get("folder", "")))
        if alarm.over_us is None and going_on is not None and key not in going_on:
            alarm = replace(alarm, over_us=alarm.latest_us)  # ended while nobody looked
        if alarm.over_us is None and not is_latest:
            alarm = replace(alarm, over_us=alarm.latest_us)
    elif (is_seen or not is_latest) and now_us - alarm.latest_us >= DAY_US:
        alarm = replace(alarm, over_us=alarm.latest_us)
    if alarm.over_us is not None:
        return replace(alarm, group=AlarmGroup.OVER)
    return replace(alarm, group=AlarmGroup.SEEN if is_seen or is_silent else AlarmGroup.NOW)
