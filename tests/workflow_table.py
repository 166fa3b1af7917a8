"""Writes docs/workflow.md from the table in the code: ``python -m tests.workflow_table``."""

from __future__ import annotations

from pathlib import Path

from proxyd.domain.workflow import TABLE, Event, WorkflowRow
from proxyd.domain.workflow.table import MEANING

PAGE = Path(__file__).parent.parent / "docs" / "workflow.md"

HEAD = """# What changes a status, and what an assignee

Generated from the code by `python -m tests.workflow_table`; a test fails when it is out of date.

Everything that changes whose turn a conversation is, is one of these events. Its first row that
fits counts. *Open* and *done* stand for the status that a new mail gets and the one that an answer
sets, whatever an installation calls them. In doubt a conversation stays open: to forget a customer
is worse than one mail too many.

A mailing list's mail (List-Id or List-Post; Precedence says nothing) says of itself that nobody
waits for an answer. It opens a conversation again all the same where the list is the mailbox's own
address (the provider's group behind it), or where it comes to one of our addresses in answer to a
mail of ours: who shares an address writes through a list.

| what happened | it was | assignee was | status then | assignee then | the mail gets | in the log |
|---|---|---|---|---|---|---|
"""
FOOT = """
Each of them is in the access log, in the same transaction as the change. `by` there names it:

| `by` | |
|---|---|
"""


def page() -> str:
    rows = "".join(map(_line, TABLE))
    return HEAD + rows + FOOT + "".join(f"| `{event}` | {MEANING[event]} |\n" for event in Event)


def _line(row: WorkflowRow) -> str:
    cells = (
        MEANING[row.event],
        row.status_is or "any",
        row.assignee_is or "any",
        row.status,
        row.assignee,
        f"`{row.keyword}`" if row.keyword else "",
        _logged(row),
    )
    return f"| {' | '.join(cells)} |\n"


def _logged(row: WorkflowRow) -> str:
    if row.record is None:
        return ""
    return f"`{row.record}`" if row.always else f"`{row.record}`, if it changes"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
