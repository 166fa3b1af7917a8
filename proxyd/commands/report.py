"""``proxyd report …``: how quickly we answer, and who has how much."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from proxyd.commands.later import group_of

app = group_of(
    "Reports: how quickly mails are answered, and who has how much.",
    {"response-times": "response_times:response_times", "load": "load:load"},
)

ALL = "(all)"  # the line of the whole; neither a login nor a week


class ReportFormat(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


InMailbox = Annotated[
    str | None, typer.Option("--mailbox", metavar="NAME", help="Of this shared mailbox alone.")
]
As = Annotated[
    ReportFormat, typer.Option("--format", help="A table, CSV for a spreadsheet, or JSON.")
]
