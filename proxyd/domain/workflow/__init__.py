"""Whose turn a conversation is: its status and its assignee, and everything that changes them.

``table`` is the rule: event × state → status, assignee, record; whoever asks what sets a
status finds it there. ``words`` are the statuses and their keywords, ``wish`` what a client's flags
ask for. Pure: who was there and what was said is brought by service/mailbox/happening.py.
"""

from proxyd.domain.workflow.labels import in_our_words
from proxyd.domain.workflow.table import (
    TABLE,
    AssigneeIs,
    AssigneeThen,
    Event,
    State,
    StatusIs,
    StatusThen,
    WorkflowRow,
    keyword_of,
    row_of,
)
from proxyd.domain.workflow.wish import Wish, check_shows, new_assignee, new_status, wish_of
from proxyd.domain.workflow.words import (
    ASSIGNEE_PREFIX,
    HOLD,
    OVERDUE,
    REPLYING,
    SHIPPED,
    STATUS_PREFIX,
    UNFINISHED,
    StatusSet,
    StatusWord,
    earliest,
    is_ours,
)

__all__ = [
    "ASSIGNEE_PREFIX",
    "HOLD",
    "OVERDUE",
    "REPLYING",
    "SHIPPED",
    "STATUS_PREFIX",
    "TABLE",
    "UNFINISHED",
    "AssigneeIs",
    "AssigneeThen",
    "Event",
    "State",
    "StatusIs",
    "StatusSet",
    "StatusThen",
    "StatusWord",
    "Wish",
    "WorkflowRow",
    "check_shows",
    "earliest",
    "in_our_words",
    "is_ours",
    "keyword_of",
    "new_assignee",
    "new_status",
    "row_of",
    "wish_of",
]
