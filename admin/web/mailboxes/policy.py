"""What is chosen for a mailbox: each choice with what follows from it, and what would change before
it does.

Choices, their limits and their words are policy_options' alone; here is where they stand on a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from admin.web.mailboxes.common import (
    ONE,
    done_of,
    facts_of_one,
    for_admins,
    mailbox_of,
    path_of,
    services_of,
)
from admin.web.page import Answer, Go, Problem, Show, ShowAgain, Typed, Visit
from proxyd.domain.errors import BadInput
from proxyd.domain.guards import CHOICES
from proxyd.domain.policy import Policy
from proxyd.domain.policy_options import BY_KEY, OPTIONS, Option
from proxyd.domain.types import SharedMailbox

POLICY: Final = f"{ONE}/policy"
SAVE: Final = f"{POLICY}/save"
SAVE_DELETING: Final = f"{POLICY}/save-deleting"
# What becomes of deleted mail can't be taken back: asked for once more who it is.
DELETING: Final = frozenset({"delete", "destroy"})
OF_OFFICE: Final = ("zone", "office-hours", "holidays", "reply-goal", "reminder-at")
SECTIONS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("policy-part.guards", tuple(f"guard-{guard.key}" for guard in CHOICES)),
    (
        "policy-part.override",
        ("override", "override-pause-s", "override-window-s", "override-mark"),
    ),
    ("policy-part.sending", ("send-delay-s", "lookback-days")),
    ("policy-part.deleting", ("delete", "destroy")),
    ("policy-part.copying", ("copy-alarm-factor", "copy-alarm-floor")),
    ("policy-part.folders", ("folder-order",)),
)
_WORD: Final = 2000  # characters; office hours of a week with many openings


@dataclass(frozen=True, slots=True)
class ShownOption:
    """``now``: as it is chosen; ``usual``: what is chosen for nobody in particular."""

    option: Option
    now: str
    usual: str


def shown_options(mailbox: SharedMailbox, keys: Iterable[str]) -> list[ShownOption]:
    usual = Policy()
    options = [BY_KEY[key] for key in keys]
    return [ShownOption(one, one.shown(mailbox.policy), one.shown(usual)) for one in options]


async def page(visit: Visit) -> Answer:
    mailbox = await mailbox_of(visit)
    sections = [(word, shown_options(mailbox, keys)) for word, keys in SECTIONS]
    facts = {"sections": sections, "done": done_of(visit, "nothing")}
    return Show("mailboxes/policy.html", {**facts_of_one(mailbox), **facts})


async def look(visit: Visit) -> Answer:
    return await what_changes(visit, POLICY)


async def what_changes(visit: Visit, shown_on: str) -> Answer:
    """The page that says it, and asks. ``shown_on``: where it is mended. Raises NotFound."""
    mailbox = await mailbox_of(visit)
    try:
        changes = await services_of(visit).admin.policy_changes(mailbox.name, words_of(visit.form))
    except BadInput as error:
        return ShowAgain(shown_on, policy_problems(error))
    part = shown_on.rpartition("/")[2]
    if not changes:
        return Go(f"{path_of(mailbox.name, part)}?done=nothing")
    facts = {
        "changes": [(BY_KEY[one.key], one.before, one.after) for one in changes],
        "fields": {one.key: one.after for one in changes},
        "deleting": any(one.key in DELETING for one in changes),
        "part": part,
    }
    return Show("mailboxes/policy_changes.html", {**facts_of_one(mailbox), **facts})


async def save(visit: Visit) -> Answer:
    """What becomes of deleted mail is not chosen here."""
    if DELETING & words_of(visit.form).keys():
        return await look(visit)
    return await save_all(visit)


async def save_all(visit: Visit) -> Answer:
    """Raises NotFound."""
    name, words = visit.path["name"], words_of(visit.form)
    if not words:
        return Go(path_of(name, "policy"))
    try:
        await services_of(visit).admin.set_policy(name, words, by=visit.actor)
    except BadInput as error:
        page_of = f"{ONE}/hours" if words.keys() <= set(OF_OFFICE) else POLICY
        return ShowAgain(page_of, policy_problems(error))
    return Go(f"{path_of(name)}?done=policy")


def words_of(form: Mapping[str, str]) -> dict[str, str]:
    return {key: form[key].strip() for key in BY_KEY if key in form}


def policy_problems(error: BadInput) -> tuple[Problem, ...]:
    """Of several choices that make an office that never opens, the hours are where it is mended."""
    found: list[Problem] = []
    for one in error.all:
        if "would be closed" in one.problem:
            found.append(("office-hours", "policy-wrong.closed"))
        else:
            found.append((one.what, f"policy-wrong.{one.what}"))
    return tuple(dict.fromkeys(found))


CHOSEN: Final = tuple(Typed(option.key, _WORD) for option in OPTIONS)
PAGES: Final = (
    for_admins("GET", POLICY, page),
    for_admins("POST", POLICY, look, *CHOSEN),
    for_admins("POST", SAVE, save, *CHOSEN),
    for_admins("POST", SAVE_DELETING, save_all, *CHOSEN, step_up=True),
)
