"""What a guard is: a row with a key, what it looks at, a pure rule, and what people read of it.

Knows no single guard. Invariant: a rule reads of the facts only what its row names in
``looks_at``, so that whoever gathers them knows what for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from proxyd.domain.guard import Answer
from proxyd.domain.outbox import Sending


@dataclass(frozen=True, slots=True)
class Turn:
    """Who gave a conversation its status, when, and by which answer ("" = by hand)."""

    status: str
    login: str
    name: str
    at_us: int
    answer_id: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a mail that is about to go out, and of one conversation that it is about, at one instant.

    Without a conversation what is of one stays as it is here. Times are in microseconds.
    """

    account_id: int = 0  # who sends
    login: str = ""
    refers_to: Sequence[str] = ()  # the ids it names, its parent first
    now_us: int = 0
    # Of the mail
    earlier: Sending | None = None  # the same has been sent before, and perhaps went out
    earlier_by: str = ""  # whoever sent that, as colleagues call the person
    under_way: bool = False  # that one is going out at this moment
    promise: str = ""  # the word by which its text says that something is attached
    files: int = 0  # that are attached
    note: bool = False  # it answers an internal note, or has one in it
    note_words: str = ""  # the run of an internal note's words that its text has
    # Of the conversation
    guessed: bool = False  # by its subject: the mail names no id of it
    forwards: bool = False  # the subject says that the mail passes another on
    colleague: str = ""  # who is sending an answer in it at this moment
    colleague_asks: bool = False  # that answer waits for approval
    colleague_guessed: bool = False  # as far as can be told by the subject
    answers: Sequence[Answer] = ()
    own_waiting: Sequence[Answer] = ()  # of the sender, and have not left yet
    perhaps: Sequence[Answer] = ()  # nobody knows whether they went out; none is this very mail
    arrived: Mapping[str, int] = field(default_factory=dict)  # Message-ID → when it came
    outside: Mapping[str, int] = field(default_factory=dict)  # those of it from outside
    status: str = ""
    stops: str = ""  # what that is called, for the sender, where it stops answers
    finished: bool = False  # the status is the one that an answer gives
    waited: bool = True  # a person outside has written in it
    turn: Turn | None = None  # who gave it that status; None: nobody knows
    assignee_id: int | None = None
    assignee: str = ""  # as colleagues call the person
    strangers: Sequence[str] = ()  # recipients outside of us who are in none of its mails


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a guard stops the mail, and what its sentence tells."""

    since_us: int = 0  # when that came about; 0 where nobody knows
    name: str = ""
    own: bool = False  # it came about by the very person who is told of it
    overridable: bool = True
    told: Mapping[str, str] = field(default_factory=dict)  # further facts of the sentence
    matter: str = ""  # what consent is to, where one guard may stop for several things


Rule = Callable[[Facts], Reason | None]


class Kind(StrEnum):
    """What it is about. Of ``TURN`` one reason is told; each other guard tells its own."""

    ON_ITS_WAY = "on its way"
    TURN = "somebody else's turn"
    SLIP = "the writer's slip"


class About(StrEnum):
    """Which mails a guard is asked about."""

    MAIL = "any mail"
    REFERRING = "a mail in a conversation"
    ANSWER = "an answer"  # it goes to a correspondent of what it is about


@dataclass(frozen=True, slots=True)
class Guard:
    key: str  # of its sentences, in the log and, as ``guard-<key>``, in the mailbox's policy
    kind: Kind
    about: About
    looks_at: tuple[str, ...]  # fields of Facts
    rule: Rule
    when: str  # it stops a mail, for docs/guards.md
    help: str = ""  # of the choice; "": there is none, it is always on
    default: bool = True

    @property
    def is_choice(self) -> bool:
        return bool(self.help)
